//! `POST /enroll`, enrollPreregistrationEnrollment.

use jose_core::json::{Object, Value};
use jose_core::jwk::{KeyUse, PublicJwk};
use serde::Serialize;

use super::{EcKeyJwk, FulfillmentProvider};
use crate::id::{EnrollmentId, KeyId, RpId, UserId};
use crate::read::{self, Invalid};

/// How many hosts one key can be registered at: what YubiKeys hold in all.
pub const MAX_RP_IDS: usize = 100;

/// The body of an enroll call, as on the wire.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrollmentInitializationRequest {
    /// Who gets the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Who programs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfillment_provider: Option<FulfillmentProvider>,
    /// The host names to register on the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrollment_rp_ids: Option<Vec<RpId>>,
    /// The provider's transport key, to which the requests are encrypted.
    #[serde(
        rename = "yubicoTransportKeyJWK",
        skip_serializing_if = "Option::is_none"
    )]
    pub yubico_transport_key_jwk: Option<EcKeyJwk>,
}

/// An enroll call that has all it needs.
#[derive(Clone, Debug)]
pub struct EnrollCommand {
    /// Who gets the key.
    pub user_id: UserId,
    /// Who programs it.
    pub provider: FulfillmentProvider,
    /// At least one host name, no two equal, at most [`MAX_RP_IDS`].
    pub rp_ids: Vec<RpId>,
    /// A key with `use` enc and a `kid`.
    pub transport_key: PublicJwk,
}

/// The answer to an enroll call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrollmentInitializationResponse {
    /// Who gets the key.
    pub user_id: UserId,
    /// Who programs it.
    pub fulfillment_provider: FulfillmentProvider,
    /// The encrypted request to set a PIN, a compact JWE.
    pub pin_request_jwe: String,
    /// One request per host name, in the order of `enrollmentRpIds`.
    pub cred_requests: Vec<WebAuthnCredRequest>,
}

/// The encrypted request to make one credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebAuthnCredRequest {
    /// The enrollment it is for.
    pub authenticator_enrollment_id: EnrollmentId,
    /// A compact JWE.
    pub cred_request_jwe: String,
    /// The key pair to which the response will be encrypted.
    pub key_id: KeyId,
}

impl EnrollmentInitializationRequest {
    /// Reads the body.
    ///
    /// # Errors
    /// [`Invalid`] for members of the wrong type or of an impossible value.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        read::body(text, |body| {
            Ok(Self {
                user_id: read::optional(body, "userId", UserId::from_value)?,
                fulfillment_provider: read::optional(
                    body,
                    "fulfillmentProvider",
                    FulfillmentProvider::from_value,
                )?,
                enrollment_rp_ids: read::optional(body, "enrollmentRpIds", rp_ids)?,
                yubico_transport_key_jwk: read::optional(body, "yubicoTransportKeyJWK", |value| {
                    read::value_or_text(value, EcKeyJwk::from_value)
                })?,
            })
        })
    }
}

impl EnrollCommand {
    /// Reads the body and checks that nothing is missing.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        EnrollmentInitializationRequest::from_json(text)?.try_into()
    }
}

impl TryFrom<EnrollmentInitializationRequest> for EnrollCommand {
    type Error = Invalid;

    fn try_from(wire: EnrollmentInitializationRequest) -> Result<Self, Invalid> {
        const KEY: &str = "yubicoTransportKeyJWK";
        let rp_ids = read::present(wire.enrollment_rp_ids, "enrollmentRpIds")?;
        check_rp_ids(&rp_ids).map_err(Invalid::at("enrollmentRpIds"))?;
        let transport_key = read::present(wire.yubico_transport_key_jwk, KEY)?;
        Ok(Self {
            user_id: read::present(wire.user_id, "userId")?,
            provider: read::present(wire.fulfillment_provider, "fulfillmentProvider")?,
            rp_ids,
            transport_key: transport_key
                .for_use(KeyUse::Enc)
                .map_err(Invalid::at(KEY))?,
        })
    }
}

impl EnrollmentInitializationResponse {
    /// Reads the answer, as an orchestrator does.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        read::body(text, |body| {
            Ok(Self {
                user_id: read::required(body, "userId", UserId::from_value)?,
                fulfillment_provider: read::required(
                    body,
                    "fulfillmentProvider",
                    FulfillmentProvider::from_value,
                )?,
                pin_request_jwe: read::required(body, "pinRequestJwe", read::owned)?,
                cred_requests: read::required(body, "credRequests", |value| {
                    read::list(value, |element| cred_request(read::object(element)?))
                })?,
            })
        })
    }
}

fn cred_request(object: &Object<'_>) -> Result<WebAuthnCredRequest, Invalid> {
    Ok(WebAuthnCredRequest {
        authenticator_enrollment_id: read::required(
            object,
            "authenticatorEnrollmentId",
            EnrollmentId::from_value,
        )?,
        cred_request_jwe: read::required(object, "credRequestJwe", read::owned)?,
        key_id: read::required(object, "keyId", KeyId::from_value)?,
    })
}

fn rp_ids(value: &Value<'_>) -> Result<Vec<RpId>, Invalid> {
    read::value_or_text(value, |value| read::list(value, RpId::from_value))
}

fn check_rp_ids(rp_ids: &[RpId]) -> Result<(), Invalid> {
    if rp_ids.is_empty() || rp_ids.len() > MAX_RP_IDS {
        return Err(Invalid::value("must hold 1 to 100 host names"));
    }
    let mut sorted: Vec<&RpId> = rp_ids.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() < rp_ids.len() {
        return Err(Invalid::value("must not name a host twice"));
    }
    Ok(())
}
