//! Eight operations at a time, in lanes of AVX-512 IFMA or of portable Rust.

#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod field;
mod software;
pub(crate) mod vector;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
pub(crate) use software::Software;

#[cfg(test)]
mod tests;
