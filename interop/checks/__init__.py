"""Checks of the prereg program by libraries that others wrote."""
