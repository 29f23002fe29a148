//! The simulated key seen from outside: what CTAP and WebAuthn promise of it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

mod attestation;
mod credentials;
mod models;
mod pin;
mod quirks;
mod redaction;
mod setup;
mod states;
