//! P-384 arithmetic for ECDSA and ECDH.
#![no_std]

extern crate alloc;

mod backend;
mod batch;
mod ct;
mod error;
mod field;
mod generator;
mod limbs;
#[cfg(test)]
mod oracle;
mod recode;
mod safegcd;
mod scalar;

pub use backend::Backend;
pub use backend::cpu::HaveIfma;
pub use error::Error;
pub use recode::Window;
pub use scalar::SecretScalar;
