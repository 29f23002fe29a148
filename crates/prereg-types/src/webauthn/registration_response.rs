//! `RegistrationResponseJSON` (WebAuthn L3 §5.1.8).

use jose_core::json::{Object, Value};
use serde::Serialize;

use super::base64url_string;
use super::creation_options::public_key_type;
use crate::read::{self, Invalid};

/// What `create()` returns. `rawId` always equals `id` here: reading refuses
/// anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationResponseJson {
    /// The credential id (`id` and `rawId`).
    pub id: Vec<u8>,
    /// `cross-platform` for a key.
    pub authenticator_attachment: Option<String>,
    /// What the authenticator made.
    pub response: AuthenticatorAttestationResponseJson,
}

/// What the authenticator made (§5.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticatorAttestationResponseJson {
    /// The serialized client data, of which the hash was signed.
    #[serde(
        rename = "clientDataJSON",
        serialize_with = "base64url_string::serialize"
    )]
    pub client_data_json: Vec<u8>,
    /// The attestation object (§6.5.4), CBOR.
    #[serde(serialize_with = "base64url_string::serialize")]
    pub attestation_object: Vec<u8>,
    /// The authenticator data, repeated from the attestation object.
    #[serde(serialize_with = "base64url_string::serialize")]
    pub authenticator_data: Vec<u8>,
    /// How the key can be reached, such as `usb` and `nfc`.
    pub transports: Vec<String>,
    /// The credential's key as `SubjectPublicKeyInfo`, repeated likewise; absent
    /// for an algorithm that the client does not know.
    #[serde(
        serialize_with = "base64url_string::serialize_optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub public_key: Option<Vec<u8>>,
    /// Its COSE algorithm identifier, repeated likewise.
    pub public_key_algorithm: i64,
}

impl RegistrationResponseJson {
    /// Reads a JSON object.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Invalid> {
        let object = read::object(value)?;
        let id = credential_id(object)?;
        Ok(Self {
            id,
            authenticator_attachment: read::optional(
                object,
                "authenticatorAttachment",
                read::owned,
            )?,
            response: read::required(object, "response", |value| response(read::object(value)?))?,
        })
    }
}

impl Serialize for RegistrationResponseJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CredentialMembers::new(
            &self.id,
            self.authenticator_attachment.as_deref(),
            &self.response,
        )
        .serialize(serializer)
    }
}

/// What registrations and assertions have in common.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CredentialMembers<'a, R> {
    #[serde(serialize_with = "base64url_string::serialize")]
    id: &'a [u8],
    #[serde(serialize_with = "base64url_string::serialize")]
    raw_id: &'a [u8],
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator_attachment: Option<&'a str>,
    client_extension_results: NoMembers,
    response: &'a R,
}

impl<'a, R> CredentialMembers<'a, R> {
    pub(super) const fn new(id: &'a [u8], attachment: Option<&'a str>, response: &'a R) -> Self {
        Self {
            id,
            raw_id: id,
            kind: "public-key",
            authenticator_attachment: attachment,
            client_extension_results: NoMembers {},
            response,
        }
    }
}

#[derive(Serialize)]
struct NoMembers {}

/// `id`, which must equal `rawId` (§5.1); checks `type` and that
/// `clientExtensionResults` is an object, whose members nothing here uses.
pub(super) fn credential_id(object: &Object<'_>) -> Result<Vec<u8>, Invalid> {
    public_key_type(object)?;
    read::required(object, "clientExtensionResults", |value| {
        read::object(value).map(drop)
    })?;
    let id = read::required(object, "id", read::bytes)?;
    if read::required(object, "rawId", read::bytes)? != id {
        return Err(Invalid::value("must equal id").within("rawId"));
    }
    Ok(id)
}

fn response(object: &Object<'_>) -> Result<AuthenticatorAttestationResponseJson, Invalid> {
    let algorithm = |value: &Value<'_>| {
        value
            .as_i64()
            .ok_or(Invalid::kind("a COSE algorithm identifier"))
    };
    Ok(AuthenticatorAttestationResponseJson {
        client_data_json: read::required(object, "clientDataJSON", read::bytes)?,
        attestation_object: read::required(object, "attestationObject", read::bytes)?,
        authenticator_data: read::required(object, "authenticatorData", read::bytes)?,
        transports: read::required(object, "transports", |value| read::list(value, read::owned))?,
        public_key: read::optional(object, "publicKey", read::bytes)?,
        public_key_algorithm: read::required(object, "publicKeyAlgorithm", algorithm)?,
    })
}
