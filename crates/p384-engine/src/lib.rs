//! P-384 arithmetic for ECDSA and ECDH.
#![no_std]
#![expect(
    clippy::inline_always,
    reason = "field operations are worth a call's price; measured"
)]
#![expect(
    clippy::many_single_char_names,
    reason = "the names of the formulas that a function computes"
)]
#![expect(
    clippy::doc_markdown,
    reason = "the notes are full of formulas, which are not code"
)]
#![expect(
    clippy::wrong_self_convention,
    reason = "points are Copy, but large: they go by reference"
)]

extern crate alloc;

mod backend;
mod batch;
mod ct;
pub mod ecdh;
pub mod ecdsa;
mod error;
mod field;
mod generator;
mod limbs;
#[cfg(test)]
mod oracle;
mod point;
mod recode;
mod safegcd;
mod scalar;
mod tables;

pub use backend::Backend;
pub use backend::cpu::HaveIfma;
pub use error::Error;
pub use point::PublicKey;
pub use recode::Window;
pub use scalar::SecretScalar;
pub use tables::PreparedKey;
