//! `POST /api/v1/users/{userId}/factors/{factorId}/verify`: a challenge without
//! a body, the answer to it with one.

use jose_core::base64url;
use jose_core::json::Value;
use serde::Serialize;

use crate::read::{self, Invalid};

/// The body, as on the wire; all absent asks for a challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FactorVerifyRequest {
    /// The client data, base64 or base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_data: Option<String>,
    /// The authenticator data, base64 or base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticator_data: Option<String>,
    /// The signature, base64 or base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_data: Option<String>,
}

/// What the caller wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyCommand {
    /// A challenge.
    Begin,
    /// The check of an assertion (WebAuthn §5.2.2).
    Finish {
        /// The serialized client data.
        client_data_json: Vec<u8>,
        /// The authenticator data.
        authenticator_data: Vec<u8>,
        /// The signature, DER.
        signature: Vec<u8>,
    },
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FactorVerifyResponse {
    /// Where the verification stands.
    pub factor_result: FactorResult,
    /// The challenge, where one is due.
    #[serde(rename = "_embedded", skip_serializing_if = "Option::is_none")]
    pub embedded: Option<FactorChallenge>,
}

/// Where a verification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FactorResult {
    /// Answer the challenge.
    Challenge,
    /// The user is authenticated.
    Success,
}

/// `_embedded` of a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactorChallenge {
    challenge: Challenge,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Challenge {
    challenge: String,
}

impl FactorVerifyResponse {
    /// Hands out a challenge.
    pub fn challenge(challenge: &[u8]) -> Self {
        let challenge = Challenge {
            challenge: base64url::encode(challenge),
        };
        Self {
            factor_result: FactorResult::Challenge,
            embedded: Some(FactorChallenge { challenge }),
        }
    }

    /// Says that the user is authenticated.
    pub const fn success() -> Self {
        Self {
            factor_result: FactorResult::Success,
            embedded: None,
        }
    }
}

impl VerifyCommand {
    /// Reads the body; an empty one, or one without any of the members, begins.
    ///
    /// # Errors
    /// [`Invalid`] where some members are there and others missing or wrong.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Ok(Self::Begin);
        }
        let (client_data, authenticator_data, signature) = read::body(text, |body| {
            Ok((
                read::optional(body, "clientData", base64_of_either_alphabet)?,
                read::optional(body, "authenticatorData", base64_of_either_alphabet)?,
                read::optional(body, "signatureData", base64_of_either_alphabet)?,
            ))
        })?;
        if client_data.is_none() && authenticator_data.is_none() && signature.is_none() {
            return Ok(Self::Begin);
        }
        Ok(Self::Finish {
            client_data_json: read::present(client_data, "clientData")?,
            authenticator_data: read::present(authenticator_data, "authenticatorData")?,
            signature: read::present(signature, "signatureData")?,
        })
    }
}

/// The published examples hold base64 with padding; browsers' code sends
/// base64url. Both name the same bytes, so both are read.
fn base64_of_either_alphabet(value: &Value<'_>) -> Result<Vec<u8>, Invalid> {
    let text = read::string(value)?;
    let unpadded = text
        .strip_suffix("==")
        .or(text.strip_suffix('='))
        .unwrap_or(text);
    if unpadded.len() < text.len() && !text.len().is_multiple_of(4) {
        return Err(Invalid::value("must be base64 or base64url"));
    }
    let url_safe = unpadded.replace('+', "-").replace('/', "_");
    Ok(base64url::decode(url_safe.as_bytes())?)
}
