//! A client's assertion: a JWS of which first nothing is believed.

use jose_core::{base64url, json};

use super::claims::Claims;
use super::client_keys::ClientKeys;

/// Characters of the longest assertion that is looked at.
const MAX_CHARACTERS: usize = 16 * 1024;

/// An assertion of which nobody knows yet who made it.
#[derive(Debug)]
pub(super) struct Unverified<'a> {
    token: &'a str,
    alg: String,
    kid: Option<String>,
    claims: Claims,
}

impl<'a> Unverified<'a> {
    /// Takes an assertion apart; nothing where it cannot be one.
    pub(super) fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_CHARACTERS {
            return None;
        }
        let mut parts = token.split('.');
        let (header, payload) = (parts.next()?, parts.next()?);
        if parts.next().is_none_or(str::is_empty) || parts.next().is_some() {
            return None;
        }
        let header = base64url::decode(header.as_bytes()).ok()?;
        let header = json::parse_object(&header).ok()?;
        // Extensions that we would have to understand (RFC 7515 §4.1.11), and
        // one that changes what is signed (RFC 7797).
        if header.contains("crit") || header.contains("b64") {
            return None;
        }
        let typ = header.optional_str("typ").ok()?;
        typ.is_none_or(is_assertion_type).then_some(())?;
        let payload = base64url::decode(payload.as_bytes()).ok()?;
        Some(Self {
            token,
            alg: header.required_str("alg").ok()?.to_owned(),
            kid: header.optional_str("kid").ok()?.map(str::to_owned),
            claims: Claims::parse(&payload)?,
        })
    }

    /// The client that claims to have made it.
    pub(super) fn issuer(&self) -> &str {
        self.claims.issuer()
    }

    /// Checks the signature with the client's keys. The `alg` of the header
    /// must be the one of the key; it chooses nothing. Keys in the header
    /// (`jwk`, `x5c` and the like) are not looked at.
    pub(super) fn verify(self, keys: &ClientKeys) -> Option<Claims> {
        let key = keys.select(self.kid.as_deref())?;
        let proven = key.algorithm() == self.alg && key.verifies(self.token);
        proven.then_some(self.claims)
    }
}

/// The types that an assertion may say it has (RFC 7519 §5.1): an access token
/// or a fulfillment response must not pass for one (RFC 8725 §3.11).
fn is_assertion_type(typ: &str) -> bool {
    let short = typ.strip_prefix("application/").unwrap_or(typ);
    ["JWT", "client-authentication+jwt"]
        .iter()
        .any(|known| short.eq_ignore_ascii_case(known))
}
