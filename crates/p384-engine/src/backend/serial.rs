//! Portable Rust: six 64-bit limbs, one operation at a time.

pub(crate) mod field;
pub(crate) mod point;
pub(crate) mod tables;
