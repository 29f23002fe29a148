//! Portable Rust: six 64-bit limbs, one operation at a time.
