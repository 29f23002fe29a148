#![doc = env!("CARGO_PKG_DESCRIPTION")]
//!
//! [`RelyingParty`] has one method per operation, each in the file of its name:
//! `fulfillment` (initiate-fulfillment-request), `enroll`, `activate`, `pin`
//! (send-pin), `list`, `delete`, `mark_error` and `authenticate`. An operation
//! loads from the [`Store`](store::Store), decides without side effects, and
//! commits one [`Change`](store::Change). What refuses is named by a
//! [`Refusal`].
#![forbid(unsafe_code)]

mod activate;
pub mod attestation;
mod authenticate;
pub mod clock;
mod delete;
mod enroll;
pub mod enrollment;
pub mod error;
pub mod event;
mod fulfillment;
mod list;
pub mod mail;
mod mark_error;
mod party;
mod pin;
pub mod policy;
mod refusal;
mod registration;
mod signature;
pub mod store;
mod trust;

pub use authenticate::{Assertion, AuthenticationChallenge};
pub use error::Error;
pub use party::RelyingParty;
pub use policy::{Policy, PolicyError, TrustPolicy};
pub use refusal::Refusal;
