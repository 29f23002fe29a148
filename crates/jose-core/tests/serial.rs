//! The suite on [`Backend::Serial`], the engine's portable form.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::similar_names,
    reason = "tests fail by panicking; signer, signed and signature belong together"
)]

#[path = "suite"]
mod suite {
    pub(crate) mod batch;
    pub(crate) mod corpora;
    pub(crate) mod fixture;
    pub(crate) mod into;
    pub(crate) mod key_metadata;
    pub(crate) mod keys;
    pub(crate) mod kms;
    pub(crate) mod nested;
    pub(crate) mod other_libraries;
    pub(crate) mod pkix;
    pub(crate) mod policy;
    pub(crate) mod properties;
    pub(crate) mod randomness;
    pub(crate) mod rfc;
    pub(crate) mod round_trip;
    pub(crate) mod secrets;
    pub(crate) mod strict_json;
    pub(crate) mod strict_tokens;
    pub(crate) mod wycheproof;
}

use jose_core::Backend;
// The files name each other by their paths in `suite/main.rs`.
use suite::{fixture, keys, randomness};

const BACKEND: Backend = Backend::Serial;
