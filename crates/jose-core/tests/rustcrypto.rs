//! The suite on [`Backend::RustCrypto`], the `p384` crate.

#[path = "suite/all.rs"]
mod suite;

const BACKEND: jose_core::Backend = jose_core::Backend::RustCrypto;
