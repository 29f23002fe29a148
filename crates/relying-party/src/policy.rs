//! What this relying party asks for and accepts.

use core::fmt;

use jose_core::Backend;
use jose_core::alg::KeyManagement;
use jose_core::jwk::{JwkSet, PublicJwk};
use prereg_types::api::FactorStatus;
use prereg_types::payload::PinSpec;

use crate::attestation::TrustAnchors;

/// Seconds of 30 days.
const THIRTY_DAYS: u64 = 30 * 24 * 60 * 60;

/// The settings of a relying party; start from [`Policy::new`].
#[derive(Clone, Debug)]
pub struct Policy {
    /// `iss` of every request and `aud` of every response: the address of this
    /// relying party, such as `https://acme.okta.example`. Links start with it.
    pub issuer: String,
    /// The name that keys and clients show for it.
    pub rp_name: String,
    /// How long a challenge stays usable, in seconds: 30 days by default,
    /// since a key travels by post.
    pub challenge_lifetime: u64,
    /// How long an authentication challenge stays usable, in seconds: 300 by
    /// default.
    pub authentication_lifetime: u64,
    /// How far the provider's clock may run ahead, in seconds: 300 by default.
    pub clock_skew: u64,
    /// Which PIN is asked for.
    pub pin: PinSpec,
    /// Whose signature on a response counts.
    pub trust: TrustPolicy,
    /// Which attestation roots count.
    pub attestation_roots: TrustAnchors,
    /// The status shown while an enrollment waits:
    /// [`FactorStatus::PendingActivation`] or [`FactorStatus::FulfillmentPending`].
    pub pending_status: PendingStatus,
    /// How responses may be encrypted; direct agreement only by default.
    pub key_management: Vec<KeyManagement>,
    /// Which arithmetic to use.
    pub backend: Backend,
}

/// Whose signature on a response counts.
#[derive(Clone, Debug)]
pub enum TrustPolicy {
    /// Keys of the provider that the operator pinned. The key a response names
    /// must be among the caller's `yubicoSigningJwks` and, with the same `kid`,
    /// x and y, among these.
    Pinned(JwkSet<PublicJwk>),
    /// Any key the caller brings. The caller could then make responses of its
    /// own: this proves integrity, not origin, and is for tests only.
    AcceptAnySigningKey,
}

/// What a relying party cannot work with; each names the key at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// Keys are to be pinned, and there is none.
    NoPinnedKey,
    /// A pinned key has no `kid`, by which responses could name it.
    PinnedKeyWithoutKid {
        /// Which one of the set, from 0.
        position: usize,
    },
    /// A pinned key is not for verification.
    UnusablePinnedKey {
        /// Its `kid`.
        kid: String,
        /// What speaks against it.
        why: jose_core::Error,
    },
}

/// The name of the waiting status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PendingStatus {
    /// `PENDING_ACTIVATION`: in the published enum, so every SDK reads it.
    #[default]
    PendingActivation,
    /// `FULFILLMENT_PENDING`.
    FulfillmentPending,
}

impl Policy {
    /// The defaults for an issuer.
    pub fn new(issuer: &str, trust: TrustPolicy, attestation_roots: TrustAnchors) -> Self {
        Self {
            issuer: issuer.trim_end_matches('/').to_owned(),
            rp_name: issuer.trim_start_matches("https://").to_owned(),
            challenge_lifetime: THIRTY_DAYS,
            authentication_lifetime: 300,
            clock_skew: 300,
            pin: PinSpec::DEFAULT,
            trust,
            attestation_roots,
            pending_status: PendingStatus::default(),
            key_management: vec![KeyManagement::EcdhEs],
            backend: Backend::default(),
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPinnedKey => f.write_str("no signing key is pinned"),
            Self::PinnedKeyWithoutKid { position } => {
                write!(f, "pinned key {position} has no kid")
            }
            Self::UnusablePinnedKey { kid, why } => write!(f, "pinned key {kid:?}: {why}"),
        }
    }
}

impl core::error::Error for PolicyError {}

impl From<PendingStatus> for FactorStatus {
    fn from(status: PendingStatus) -> Self {
        match status {
            PendingStatus::PendingActivation => Self::PendingActivation,
            PendingStatus::FulfillmentPending => Self::FulfillmentPending,
        }
    }
}
