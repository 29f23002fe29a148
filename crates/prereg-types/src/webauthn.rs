//! WebAuthn Level 3 data structures.
