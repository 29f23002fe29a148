//! WebAuthn Level 3 data structures: the binary forms an authenticator makes.
//!
//! Data and parsing only. Whether to believe what was parsed (signatures,
//! chains, flags, whether a point is on its curve) is for the relying party.
//!
//! The parsers accept canonical input only: whatever parses encodes to the same
//! bytes again.

pub mod aaguid;
pub mod attestation_object;
pub mod authenticator_data;
pub mod cose_key;
pub mod error;

pub use aaguid::Aaguid;
pub use attestation_object::{AttestationObject, AttestationStatement, PackedStatement};
pub use authenticator_data::{AttestedCredentialData, AuthenticatorData, Flags};
pub use cose_key::{CoseAlgorithm, CoseKey};
pub use error::Error;
