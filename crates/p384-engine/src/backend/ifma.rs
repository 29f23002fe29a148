//! Eight operations at a time, in lanes of AVX-512 IFMA or of portable Rust.
//!
//! In the order in which to read: `vector` says what lanes and kernels are, `field`
//! and `field/montgomery` calculate in them, `point` and `fold` add points.
//! `digits` and `lookup` find the points that a scalar's digits choose in a table;
//! `multiply` sums them for one product, `tree` with `tree/chains` and
//! `multiply/batch` for many; `terms` and `verify` do so for public scalars. `chain`
//! and `unprepared` are for points without a table. `affine`, `safegcd` and `ecdh`
//! make coordinates of the sums. `proof` is what the unit tests prove.

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
