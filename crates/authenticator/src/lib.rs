//! A simulated security key: CTAP 2.1 operations, PIN state, resident
//! credentials, attestation.
//!
//! [`SecurityKey`] is an authenticator: it counts wrong PINs, runs out of room,
//! refuses excluded credentials and signs what a relying party can verify.
//! [`attestation`] makes the certificates that say so, under a root that says
//! SIMULATED. [`model`] holds what differs between models, [`quirks`] how a key
//! may be made to misbehave.
//!
//! ```
//! use std::sync::Arc;
//! use authenticator::{
//!     GetAssertion, MakeCredential, Pin, Quirks, SecurityKey, attestation::AttestationIssuer, model,
//! };
//! # use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
//! # let mut rng = ChaCha20Rng::from_seed([7; 32]);
//! # let serial = prereg_types::Serial::parse("3632071").unwrap();
//! let now = 1_780_000_000;
//! let model = model::YUBIKEY_5_NFC_5_7;
//! let issuer = AttestationIssuer::generate(&mut rng, now)?;
//! let batch = Arc::new(issuer.issue_batch(&model, &Quirks::NONE, &mut rng, now)?);
//! let mut key = SecurityKey::new(model, serial, batch, Quirks::NONE);
//!
//! let pin = Pin::new("847261");
//! key.set_pin(&pin)?;
//! let made = key.make_credential(
//!     &MakeCredential {
//!         client_data_hash: &[1; 32],
//!         rp_id: "example.com",
//!         user_id: b"00u1",
//!         pub_key_cred_params: &[-7, -35],
//!         exclude_list: &[],
//!         pin: Some(&pin),
//!     },
//!     &mut rng,
//! )?;
//! let assertion = key.get_assertion(&GetAssertion {
//!     client_data_hash: &[2; 32],
//!     rp_id: "example.com",
//!     allow_list: &[],
//!     pin: Some(&pin),
//! })?;
//! assert_eq!(assertion.credential_id, made.credential_id);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod attestation;
#[doc(hidden)]
pub mod fuzzing;
pub mod model;
pub mod quirks;
pub mod state;

mod client_pin;
mod config;
mod credential;
mod get_assertion;
mod get_info;
mod make_credential;
mod pin;
mod reset;
mod security_key;
mod status;

pub use client_pin::PinRetries;
pub use credential::ResidentCredential;
pub use get_assertion::{Assertion, GetAssertion};
pub use get_info::Info;
pub use make_credential::{MakeCredential, NewCredential};
pub use model::Model;
pub use pin::{MAX_CONSECUTIVE_MISMATCHES, MAX_PIN_BYTES, MAX_RETRIES, Pin};
pub use quirks::{Quirk, Quirks};
pub use security_key::SecurityKey;
pub use state::StateError;
pub use status::Status;
