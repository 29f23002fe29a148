//! One user's key over HTTP, as an orchestrator goes it: from the order to the
//! mail with the PIN, against these servers or the vendors' own.
//!
//! The orchestrator carries envelopes that it cannot open. It polls, since the
//! provider calls nobody back, and does what the provider's template does at
//! each state of a shipment.

mod client;
mod error;
mod journey;
mod okta;
mod order;
mod retry;
mod saved;
mod step;
#[cfg(test)]
mod tests;
mod yubico;

pub(crate) use client::{Authorization, Client, is_this_machine};
pub(crate) use error::Stop;
pub(crate) use journey::{Arrived, Journey, Patience};
pub(crate) use okta::Okta;
pub(crate) use order::{Address, Order};
pub(crate) use saved::{Ends, Saved};
pub(crate) use step::{Observer, Step};
pub(crate) use yubico::Yubico;
