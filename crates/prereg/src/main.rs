//! WebAuthn pre-registration, both ends.
#![forbid(unsafe_code)]

fn main() {}
