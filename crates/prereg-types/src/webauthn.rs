//! WebAuthn Level 3 data structures: the binary forms an authenticator makes.
//!
//! Data and parsing only. Whether to believe what was parsed (signatures,
//! chains, flags, whether a point is on its curve) is for the relying party.
//!
//! The parsers accept canonical input only: whatever parses encodes to the same
//! bytes again.

pub mod aaguid;
pub mod attestation_object;
mod authentication_response;
pub mod authenticator_data;
mod base64url_string;
mod client_data;
pub mod cose_key;
mod creation_options;
pub mod error;
mod registration_response;

pub use aaguid::Aaguid;
pub use attestation_object::{AttestationObject, AttestationStatement, PackedStatement};
pub use authentication_response::{AuthenticationResponseJson, AuthenticatorAssertionResponseJson};
pub use authenticator_data::{AttestedCredentialData, AuthenticatorData, Flags};
pub use client_data::CollectedClientData;
pub use cose_key::{CoseAlgorithm, CoseKey};
pub use creation_options::{
    AttestationConveyancePreference, AuthenticatorSelectionCriteria,
    PublicKeyCredentialCreationOptionsJson, PublicKeyCredentialDescriptorJson,
    PublicKeyCredentialParameters, PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntityJson,
    Requirement,
};
pub use error::Error;
pub use registration_response::{AuthenticatorAttestationResponseJson, RegistrationResponseJson};
