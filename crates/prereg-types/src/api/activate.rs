//! `POST /activate`, activatePreregistrationEnrollment.

use jose_core::json::{Object, Value};
use jose_core::jwk::{JwkSet, KeyUse, PublicJwk};
use serde::Serialize;

use super::{EcKeyJwk, FulfillmentProvider, MAX_RP_IDS};
use crate::id::{EnrollmentId, FirmwareVersion, Serial, UserId};
use crate::read::{self, Invalid};

const SIGNING_KEYS: &str = "yubicoSigningJwks";
const CRED_RESPONSES: &str = "credResponses";

/// How many signing keys one call may bring.
const MAX_KEYS: usize = 100;
const NUMBER_OF_KEYS: &str = "must hold 1 to 100 keys";

/// The body of an activate call, as on the wire.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrollmentActivationRequest {
    /// Who got the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Who programmed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfillment_provider: Option<FulfillmentProvider>,
    /// The serial number of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<Serial>,
    /// Its firmware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<FirmwareVersion>,
    /// The signed and encrypted PIN, a compact JWE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin_response_jwe: Option<String>,
    /// One response per credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cred_responses: Option<Vec<WebAuthnCredResponse>>,
    /// "Used to verify the JWS inside the JWE."
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yubico_signing_jwks: Option<Vec<EcKeyJwk>>,
}

/// The response that holds one credential, as on the wire.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebAuthnCredResponse {
    /// The enrollment it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticator_enrollment_id: Option<EnrollmentId>,
    /// A compact JWE. Specifications up to 2025.01 spell it `credResponseJWE`,
    /// which is read too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cred_response_jwe: Option<String>,
}

/// An activate call that has all it needs.
#[derive(Clone, Debug)]
pub struct ActivateCommand {
    /// Who got the key.
    pub user_id: UserId,
    /// Who programmed it.
    pub provider: FulfillmentProvider,
    /// The serial number of the key.
    pub serial: Serial,
    /// Its firmware.
    pub version: FirmwareVersion,
    /// The signed and encrypted PIN.
    pub pin_response_jwe: String,
    /// At least one response, each for another enrollment.
    pub cred_responses: Vec<CredResponse>,
    /// At least one key, each with `use` sig and a `kid` of its own.
    pub signing_keys: JwkSet<PublicJwk>,
}

/// The response that holds one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredResponse {
    /// The enrollment it is for.
    pub enrollment_id: EnrollmentId,
    /// A compact JWE.
    pub jwe: String,
}

/// The answer to an activate call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrollmentActivationResponse {
    /// Who got the key.
    pub user_id: UserId,
    /// Who programmed it.
    pub fulfillment_provider: FulfillmentProvider,
    /// The enrollments that are active now, in the order of `credResponses`.
    pub authenticator_enrollment_ids: Vec<EnrollmentId>,
}

impl EnrollmentActivationRequest {
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
                serial: read::optional(body, "serial", Serial::from_value)?,
                version: read::optional(body, "version", FirmwareVersion::from_value)?,
                pin_response_jwe: read::optional(body, "pinResponseJwe", read::owned)?,
                cred_responses: read::optional(body, CRED_RESPONSES, cred_responses)?,
                yubico_signing_jwks: read::optional(body, SIGNING_KEYS, signing_keys)?,
            })
        })
    }
}

impl ActivateCommand {
    /// Reads the body and checks that nothing is missing.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        EnrollmentActivationRequest::from_json(text)?.try_into()
    }
}

impl TryFrom<EnrollmentActivationRequest> for ActivateCommand {
    type Error = Invalid;

    fn try_from(wire: EnrollmentActivationRequest) -> Result<Self, Invalid> {
        let responses = read::present(wire.cred_responses, CRED_RESPONSES)?;
        let keys = read::present(wire.yubico_signing_jwks, SIGNING_KEYS)?;
        Ok(Self {
            user_id: read::present(wire.user_id, "userId")?,
            provider: read::present(wire.fulfillment_provider, "fulfillmentProvider")?,
            serial: read::present(wire.serial, "serial")?,
            version: read::present(wire.version, "version")?,
            pin_response_jwe: read::present(wire.pin_response_jwe, "pinResponseJwe")?,
            cred_responses: complete_responses(responses).map_err(Invalid::at(CRED_RESPONSES))?,
            signing_keys: signing_key_set(keys).map_err(Invalid::at(SIGNING_KEYS))?,
        })
    }
}

impl EnrollmentActivationResponse {
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
                authenticator_enrollment_ids: read::required(
                    body,
                    "authenticatorEnrollmentIds",
                    |value| read::list(value, EnrollmentId::from_value),
                )?,
            })
        })
    }
}

fn cred_responses(value: &Value<'_>) -> Result<Vec<WebAuthnCredResponse>, Invalid> {
    read::value_or_text(value, |value| {
        read::list(value, |element| cred_response(read::object(element)?))
    })
}

fn cred_response(object: &Object<'_>) -> Result<WebAuthnCredResponse, Invalid> {
    let current = read::optional(object, "credResponseJwe", read::owned)?;
    let former = read::optional(object, "credResponseJWE", read::owned)?;
    if current.is_some() && former.is_some() {
        let error = Invalid::value("must not come in both spellings");
        return Err(error.within("credResponseJwe"));
    }
    Ok(WebAuthnCredResponse {
        authenticator_enrollment_id: read::optional(
            object,
            "authenticatorEnrollmentId",
            EnrollmentId::from_value,
        )?,
        cred_response_jwe: current.or(former),
    })
}

/// `[jwk, …]`, `{"keys":[jwk, …]}`, or the JSON text of either in a string.
fn signing_keys(value: &Value<'_>) -> Result<Vec<EcKeyJwk>, Invalid> {
    read::value_or_text(value, |value| match value {
        Value::Object(set) => read::required(set, "keys", key_list),
        _ => key_list(value),
    })
}

/// Counted first: to check that a point is on the curve costs something.
fn key_list(value: &Value<'_>) -> Result<Vec<EcKeyJwk>, Invalid> {
    if value.as_array().is_some_and(|keys| keys.len() > MAX_KEYS) {
        return Err(Invalid::value(NUMBER_OF_KEYS));
    }
    read::list(value, EcKeyJwk::from_value)
}

fn complete_responses(wire: Vec<WebAuthnCredResponse>) -> Result<Vec<CredResponse>, Invalid> {
    if wire.is_empty() || wire.len() > MAX_RP_IDS {
        return Err(Invalid::value("must hold 1 to 100 responses"));
    }
    let mut complete: Vec<CredResponse> = Vec::with_capacity(wire.len());
    for (index, response) in wire.into_iter().enumerate() {
        let response = complete_response(response).map_err(|error| error.within_index(index))?;
        if complete
            .iter()
            .any(|seen| seen.enrollment_id == response.enrollment_id)
        {
            return Err(Invalid::value("must not name an enrollment twice").within_index(index));
        }
        complete.push(response);
    }
    Ok(complete)
}

fn complete_response(wire: WebAuthnCredResponse) -> Result<CredResponse, Invalid> {
    const ID: &str = "authenticatorEnrollmentId";
    Ok(CredResponse {
        enrollment_id: read::present(wire.authenticator_enrollment_id, ID)?,
        jwe: read::present(wire.cred_response_jwe, "credResponseJwe")?,
    })
}

fn signing_key_set(keys: Vec<EcKeyJwk>) -> Result<JwkSet<PublicJwk>, Invalid> {
    if keys.is_empty() || keys.len() > MAX_KEYS {
        return Err(Invalid::value(NUMBER_OF_KEYS));
    }
    let indexed = keys.into_iter().enumerate();
    let public: Result<Vec<PublicJwk>, Invalid> = indexed
        .map(|(index, key)| {
            key.for_use(KeyUse::Sig)
                .map_err(|error| error.within_index(index))
        })
        .collect();
    Ok(JwkSet::new(public?)?)
}
