//! Whose signing keys count: the provider's, pinned.
