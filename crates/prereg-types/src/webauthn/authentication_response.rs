//! `AuthenticationResponseJSON` (WebAuthn L3 §5.1.8).

use jose_core::json::{Object, Value};
use serde::Serialize;

use super::base64url_string;
use super::registration_response::{CredentialMembers, credential_id};
use crate::read::{self, Invalid};

/// What `get()` returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationResponseJson {
    /// The credential id (`id` and `rawId`).
    pub id: Vec<u8>,
    /// `cross-platform` for a key.
    pub authenticator_attachment: Option<String>,
    /// What the authenticator made.
    pub response: AuthenticatorAssertionResponseJson,
}

/// What the authenticator made (§5.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticatorAssertionResponseJson {
    /// The serialized client data, of which the hash was signed.
    #[serde(
        rename = "clientDataJSON",
        serialize_with = "base64url_string::serialize"
    )]
    pub client_data_json: Vec<u8>,
    /// The authenticator data.
    #[serde(serialize_with = "base64url_string::serialize")]
    pub authenticator_data: Vec<u8>,
    /// The signature over authenticator data and client data hash; DER for
    /// the ECDSA algorithms (§6.5.5).
    #[serde(serialize_with = "base64url_string::serialize")]
    pub signature: Vec<u8>,
    /// The user handle, for a discoverable credential.
    #[serde(
        serialize_with = "base64url_string::serialize_optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub user_handle: Option<Vec<u8>>,
}

impl AuthenticationResponseJson {
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

impl Serialize for AuthenticationResponseJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CredentialMembers::new(
            &self.id,
            self.authenticator_attachment.as_deref(),
            &self.response,
        )
        .serialize(serializer)
    }
}

fn response(object: &Object<'_>) -> Result<AuthenticatorAssertionResponseJson, Invalid> {
    Ok(AuthenticatorAssertionResponseJson {
        client_data_json: read::required(object, "clientDataJSON", read::bytes)?,
        authenticator_data: read::required(object, "authenticatorData", read::bytes)?,
        signature: read::required(object, "signature", read::bytes)?,
        user_handle: read::optional(object, "userHandle", read::bytes)?,
    })
}
