//! What an assertion says, and whether that holds here and now.

use jose_core::base64url;
use jose_core::error::Malformed;
use jose_core::json::{self, Object, Value};
use prereg_types::Timestamp;
use sha2::{Digest as _, Sha256};

use super::error::OAuthError;

/// The longest that an assertion may still be good for, as Okta has it.
const LONGEST_SECONDS: u64 = 3600;

/// How far two clocks may differ.
const SKEW_SECONDS: u64 = 60;

/// The claims of an assertion (RFC 7523 §3).
#[derive(Debug)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    audiences: Vec<String>,
    exp: u64,
    iat: Option<u64>,
    nbf: Option<u64>,
    jti: Option<String>,
}

/// The one use of an assertion.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// What is remembered: a digest, so that its length is ours to choose.
    pub(super) key: String,
    /// Until when.
    pub(super) expires: Timestamp,
}

impl Claims {
    /// Reads the claims; nothing where one is missing or has another type.
    pub(super) fn parse(payload: &[u8]) -> Option<Self> {
        let claims = json::parse_object(payload).ok()?;
        Some(Self {
            iss: claims.required_str("iss").ok()?.to_owned(),
            sub: claims.required_str("sub").ok()?.to_owned(),
            audiences: audiences(claims.get("aud")?)?,
            exp: claims.get("exp")?.as_u64()?,
            iat: optional_date(&claims, "iat").ok()?,
            nbf: optional_date(&claims, "nbf").ok()?,
            jti: claims.optional_str("jti").ok()?.map(str::to_owned),
        })
    }

    /// The client that claims to have made it.
    pub(super) fn issuer(&self) -> &str {
        &self.iss
    }

    /// Checks what a verified assertion says.
    pub(super) fn check(&self, audiences: &[String], now: Timestamp) -> Result<(), OAuthError> {
        let (now, ahead) = (now.seconds(), now.seconds() + SKEW_SECONDS);
        let refuse = |description| Err(OAuthError::invalid_claim(description));
        if self.sub != self.iss {
            return refuse("The iss and the sub of the client_assertion must be the client id.");
        }
        if !self.audiences.iter().any(|aud| audiences.contains(aud)) {
            return refuse("The aud of the client_assertion must be this token endpoint.");
        }
        if self.exp.saturating_add(SKEW_SECONDS) <= now {
            return refuse("The client_assertion has expired.");
        }
        if self.exp > ahead + LONGEST_SECONDS {
            return refuse("The client_assertion must expire within one hour.");
        }
        if self.iat.is_some_and(|iat| iat > ahead) || self.nbf.is_some_and(|nbf| nbf > ahead) {
            return refuse("The client_assertion is not valid yet.");
        }
        Ok(())
    }

    /// What its one use is remembered by: its `jti`, or, where it has none, all
    /// that was signed. Never the signature, of which there may be several.
    pub(super) fn single_use(&self, token: &str) -> Use {
        let digest = match (&self.jti, token.rsplit_once('.')) {
            (Some(jti), _) => Sha256::digest(jti.as_bytes()),
            (None, Some((signed, _))) => Sha256::digest(signed.as_bytes()),
            (None, None) => Sha256::digest(token.as_bytes()),
        };
        Use {
            key: base64url::encode(&digest),
            expires: Timestamp::from_seconds(self.exp).plus_seconds(SKEW_SECONDS),
        }
    }
}

/// A string or an array of strings (RFC 7519 §4.1.3).
fn audiences(value: &Value<'_>) -> Option<Vec<String>> {
    let text = |value: &Value<'_>| value.as_str().map(str::to_owned);
    match value.as_array() {
        Some(values) => values.iter().map(text).collect(),
        None => Some(vec![text(value)?]),
    }
}

/// A date in whole seconds that may be absent.
fn optional_date(claims: &Object<'_>, name: &'static str) -> Result<Option<u64>, Malformed> {
    let date = claims.get(name).map(Value::as_u64);
    date.map(|date| date.ok_or(Malformed::Member(name)))
        .transpose()
}
