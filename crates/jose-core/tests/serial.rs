//! The suite on [`Backend::Serial`], the engine's portable form.

#[path = "suite/all.rs"]
mod suite;

const BACKEND: jose_core::Backend = jose_core::Backend::Serial;
