//! What users rely on, one subject a file. `docs/threats.md` names the attacks;
//! each test that holds one off quotes its row.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::similar_names,
    reason = "tests fail by panicking; signer, signed and signature belong together"
)]

mod batch;
mod corpora;
mod fixture;
mod into;
mod key_metadata;
mod keys;
mod kms;
mod nested;
mod other_libraries;
mod pkix;
mod policy;
mod properties;
mod randomness;
mod rfc;
mod round_trip;
mod secrets;
mod strict_json;
mod strict_tokens;
mod wycheproof;
