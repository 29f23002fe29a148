//! Portable Rust: six 64-bit limbs, one operation at a time.

pub(crate) mod ecdh;
pub(crate) mod field;
pub(crate) mod multiply;
pub(crate) mod point;
pub(crate) mod sha512;
pub(crate) mod tables;
pub(crate) mod verify;
