//! A simulated fulfillment provider: transport and signing keys, shipments, PIN
//! generation, programming, signed responses, and faults by name.
//!
//! [`Provider`] is the provider. It publishes its keys, takes shipments whose
//! requests are encrypted to one of them, programs one simulated security key
//! per PIN request, and seals signed responses to the relying party. Then it
//! forgets what it knew. A [`Fault`] breaks one of these steps. A [`Seed`] makes
//! a run reproducible.
//!
//! The keys it has made live on in the store, as things in somebody's hands:
//! [`Provider::authenticate`] plays that person. A provider that is opened on the
//! same store again is the same provider.
//!
//! No network, no clock: requests come in as values, time is passed in, and
//! records go to a [`store::ProviderStore`].
#![forbid(unsafe_code)]

pub mod error;
pub mod fault;
pub mod pin_policy;
mod program;
pub mod progress;
pub mod provider;
mod respond;
pub mod seed;
mod shipment;
pub mod signing_keys;
pub mod store;
pub mod transport_keys;

pub use error::{Error, ErrorKind, RequestRefusal};
pub use fault::{Culprit, Fault};
pub use pin_policy::{PinAlphabet, PinPolicy};
pub use progress::{Progress, Progression};
pub use provider::{Provider, ProviderKeys, Settings, SignIn};
pub use seed::{Seed, Stream};
pub use signing_keys::SigningKeys;
pub use store::{MemoryStore, ProviderStore};
pub use transport_keys::TransportKeys;
