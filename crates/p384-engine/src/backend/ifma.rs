//! Eight operations at a time, in lanes of AVX-512 IFMA or of portable Rust.

pub(crate) mod affine;
#[cfg(target_arch = "x86_64")]
mod avx256;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod chain;
pub(crate) mod digits;
pub(crate) mod ecdh;
pub(crate) mod field;
pub(crate) mod fold;
pub(crate) mod lookup;
pub(crate) mod multiply;
pub(crate) mod point;
pub(crate) mod safegcd;
pub(crate) mod sha512;
mod software;
pub(crate) mod tables;
pub(crate) mod terms;
pub(crate) mod tree;
pub(crate) mod unprepared;
pub(crate) mod vector;
pub(crate) mod verify;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
pub(crate) use software::Software;

#[cfg(test)]
mod proof;
#[cfg(test)]
mod tests;
