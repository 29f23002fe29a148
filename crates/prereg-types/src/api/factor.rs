//! `GET /users/{userId}/enrollments`, listWebAuthnPreregistrationFactors.

use serde::Serialize;

use super::FulfillmentProvider;
use crate::id::EnrollmentId;
use crate::time::Timestamp;

/// The schema `WebAuthnPreregistrationFactor`: the nine fields that the SQL
/// resource selects, and the provider that the documented example adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebAuthnPreregistrationFactor {
    /// The enrollment.
    pub id: EnrollmentId,
    /// When it was enrolled.
    pub created: Timestamp,
    /// Always `webauthn`.
    pub factor_type: &'static str,
    /// Who fulfills.
    pub fulfillment_provider: FulfillmentProvider,
    /// When it last changed.
    pub last_updated: Timestamp,
    /// What is known of the key.
    pub profile: FactorProfile,
    /// Always `FIDO`.
    pub provider: &'static str,
    /// Where the enrollment stands.
    pub status: FactorStatus,
    /// Always `FIDO`.
    pub vendor_name: &'static str,
    /// Where to read and delete it.
    #[serde(rename = "_links")]
    pub links: FactorLinks,
}

/// `profile` of a factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FactorProfile {
    /// The credential id in base64url, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<String>,
    /// The model, such as `YubiKey 5C`.
    pub authenticator_name: String,
    /// Whether the PIN set at the factory can still be sent to the user.
    pub preset_pin_available: bool,
}

/// `status` of a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FactorStatus {
    /// Enrolled and waiting, in the published enum.
    PendingActivation,
    /// Enrolled and waiting, under the name of the documents.
    FulfillmentPending,
    /// The shipment went wrong; it may still be activated.
    FulfillmentErrored,
    /// In use.
    Active,
    /// The challenge ran out before activation.
    Expired,
}

/// `_links` of a factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactorLinks {
    /// The factor itself.
    #[serde(rename = "self")]
    pub this: Link,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The address.
    pub href: String,
    /// What may be done there.
    pub hints: Hints,
}

/// What may be done at a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hints {
    /// HTTP methods.
    pub allow: Vec<&'static str>,
}

impl FactorStatus {
    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PendingActivation => "PENDING_ACTIVATION",
            Self::FulfillmentPending => "FULFILLMENT_PENDING",
            Self::FulfillmentErrored => "FULFILLMENT_ERRORED",
            Self::Active => "ACTIVE",
            Self::Expired => "EXPIRED",
        }
    }
}
