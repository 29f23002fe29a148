//! P-384 arithmetic for ECDSA and ECDH.
#![no_std]

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
