//! The keys of one client: its JWK Set.

use std::fmt;

use jose_core::json::{self, Value};

use super::client_key::ClientKey;

/// More keys than a client needs while it changes from one to the next.
const MAX_KEYS: usize = 10;

/// Every key with which a client may sign.
#[derive(Debug)]
pub(crate) struct ClientKeys(Vec<ClientKey>);

/// Why a JWK Set cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFault {
    /// Not a JWK Set and not a JWK, as strict JSON.
    Json(jose_core::Error),
    /// No key, or too many.
    Count,
    /// Several keys, of which one has no `kid` or one that another has.
    KeyId,
    /// A private or secret member.
    Private,
    /// Neither RSA nor EC on P-256 or P-384.
    Type,
    /// A member that is missing or has an impossible value.
    Member(&'static str),
    /// A point beside the curve P-256.
    NotOnCurve,
    /// A modulus too short, too long or even.
    Modulus,
    /// `use`, `alg` or `key_ops` speak against this algorithm.
    Purpose(&'static str),
    /// Refused by jose-core.
    Jose(jose_core::Error),
}

impl ClientKeys {
    /// Reads a JWK Set (RFC 7517 §5) or a single JWK. Unlike a reader of a
    /// published set, this one passes nothing over: who registers a key wants it
    /// to work.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, KeyFault> {
        let value = json::parse(text).map_err(KeyFault::Json)?;
        let object = value.as_object().ok_or(KeyFault::Member("keys"))?;
        let keys = match object.get("keys") {
            Some(keys) => keys.as_array().ok_or(KeyFault::Member("keys"))?,
            None => std::slice::from_ref(&value),
        };
        if !(1..=MAX_KEYS).contains(&keys.len()) {
            return Err(KeyFault::Count);
        }
        let keys = keys.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        Self(keys).distinct()
    }

    /// The set, with nothing but the public members that count.
    pub(crate) fn to_json(&self) -> String {
        let keys: Vec<_> = self.0.iter().map(ClientKey::to_jwk).collect();
        serde_json::json!({ "keys": keys }).to_string()
    }

    /// The algorithms, in the order of the keys.
    pub(crate) fn algorithms(&self) -> Vec<&'static str> {
        self.0.iter().map(ClientKey::algorithm).collect()
    }

    /// The key of that id; without an id, the only one. Keys are never tried in
    /// turn.
    pub(super) fn select(&self, kid: Option<&str>) -> Option<&ClientKey> {
        match (kid, self.0.as_slice()) {
            // The SDKs send no `kid` for a key given as PEM, or one that the
            // set may not have.
            (None, [only]) => Some(only),
            (Some(kid), [only]) if only.kid().is_none_or(|own| own == kid) => Some(only),
            (Some(kid), keys) => keys.iter().find(|key| key.kid() == Some(kid)),
            (None, _) => None,
        }
    }

    fn distinct(self) -> Result<Self, KeyFault> {
        let mut kids: Vec<_> = self.0.iter().map(ClientKey::kid).collect();
        kids.sort_unstable();
        let same = kids.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
        let unnamed = kids.contains(&None);
        if kids.len() > 1 && (same || unnamed) {
            return Err(KeyFault::KeyId);
        }
        Ok(self)
    }
}

fn key(value: &Value<'_>) -> Result<ClientKey, KeyFault> {
    ClientKey::from_jwk(value.as_object().ok_or(KeyFault::Member("keys"))?)
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) | Self::Jose(error) => write!(f, "{error}"),
            Self::Count => write!(f, "a client has 1 to {MAX_KEYS} keys"),
            Self::KeyId => f.write_str("each of several keys needs a \"kid\" of its own"),
            Self::Private => {
                f.write_str("it holds a private key; register the public members only")
            }
            Self::Type => f.write_str("the keys that sign are RSA, EC P-256 and EC P-384"),
            Self::Member(name) => write!(f, "the member {name} is missing or wrong"),
            Self::NotOnCurve => f.write_str("x and y are no point of P-256"),
            Self::Modulus => f.write_str("an RSA modulus has 2048 to 8192 bits"),
            Self::Purpose(algorithm) => {
                write!(f, "use, alg or key_ops do not allow verifying {algorithm}")
            }
        }
    }
}

impl std::error::Error for KeyFault {}
