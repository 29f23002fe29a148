//! JOSE on P-384.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod base64url;
pub mod error;
pub mod json;

pub use error::Error;
