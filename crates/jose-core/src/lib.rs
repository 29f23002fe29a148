//! JOSE on P-384.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod alg;
pub mod base64url;
mod compact;
pub mod curve;
pub mod error;
pub mod es384;
mod header;
pub mod json;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod kdf;
pub mod nested;
pub mod policy;
pub mod secret;

pub use curve::{Backend, Level};
pub use error::Error;
