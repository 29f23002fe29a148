//! Settings: file, environment, flags.
