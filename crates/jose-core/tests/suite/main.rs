//! The suite on [`Backend::Engine`], the fastest there is.

#[path = "all.rs"]
mod suite;

const BACKEND: jose_core::Backend = jose_core::Backend::Engine;
