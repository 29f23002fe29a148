//! The operations against an in-memory store, a simulated key and responses
//! made by hand, so that each can be wrong in exactly one way.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may panic"
)]

mod activation;
mod attestation;
mod authentication;
mod chain;
mod envelope;
mod life_cycle;
mod pin_mail;
mod replay;
mod secrets;
mod world;
