//! The schema `ECKeyJWK`.

use jose_core::curve::Point;
use jose_core::error::UnusableKey;
use jose_core::json::Value;
use jose_core::jwk::{KeyUse, PublicJwk};
use jose_core::{Error, base64url};
use serde::ser::{Error as _, SerializeStruct};
use serde::{Serialize, Serializer};

use crate::read::{self, Invalid};

/// A public P-384 key with all six members that the schema requires: `kty`,
/// `crv`, `use`, `kid`, `x`, `y`. It holds nothing else: further public members,
/// such as `alg` and `key_ops`, are ignored and cannot restrict what the key is
/// used for; a private one is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcKeyJwk(PublicJwk);

impl EcKeyJwk {
    /// Takes point, `kid` and `use` of a key that has all three.
    ///
    /// # Errors
    /// [`Invalid`] naming the member that is missing.
    pub fn new(key: &PublicJwk) -> Result<Self, Invalid> {
        let kid = read::present(key.kid(), "kid")?;
        let key_use = read::present(key.key_use(), "use")?;
        Self::of(*key.point(), kid, key_use)
    }

    /// Reads a JSON object.
    ///
    /// # Errors
    /// [`Invalid`] for another type, a missing member, a private member, and
    /// everything that is not a point of P-384.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Invalid> {
        let object = read::object(value)?;
        read::no_private_member(object)?;
        let member = |name| read::required(object, name, read::owned);
        if member("kty")? != "EC" {
            return Err(Error::from(UnusableKey::KeyType).into());
        }
        if member("crv")? != "P-384" {
            return Err(Error::from(UnusableKey::Curve).into());
        }
        let key_use = read::required(object, "use", key_use)?;
        let kid = member("kid")?;
        let (x, y) = (member("x")?, member("y")?);
        let point = Point::from_coordinates(
            &base64url::decode(x.as_bytes())?,
            &base64url::decode(y.as_bytes())?,
        )?;
        Self::of(point, &kid, key_use)
    }

    fn of(point: Point, kid: &str, key_use: KeyUse) -> Result<Self, Invalid> {
        read::present(Some(kid).filter(|kid| !kid.is_empty()), "kid")?;
        let key = PublicJwk::new(point).with_kid(kid).with_use(key_use);
        Ok(Self(key))
    }

    /// The key, if it is for this use.
    ///
    /// # Errors
    /// [`UnusableKey::Use`] at `use`.
    pub fn for_use(self, key_use: KeyUse) -> Result<PublicJwk, Invalid> {
        if self.0.key_use() != Some(key_use) {
            return Err(Invalid::from(Error::from(UnusableKey::Use)).within("use"));
        }
        Ok(self.0)
    }

    /// The key.
    pub const fn jwk(&self) -> &PublicJwk {
        &self.0
    }

    /// The key id.
    pub fn kid(&self) -> &str {
        self.0.kid().unwrap_or_default()
    }
}

impl Serialize for EcKeyJwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key_use = self
            .0
            .key_use()
            .ok_or_else(|| S::Error::custom("a key without use"))?;
        let (x, y) = self.0.point().coordinates();
        let mut object = serializer.serialize_struct("ECKeyJWK", 6)?;
        object.serialize_field("kty", "EC")?;
        object.serialize_field("crv", "P-384")?;
        object.serialize_field("use", key_use.name())?;
        object.serialize_field("kid", self.kid())?;
        object.serialize_field("x", &base64url::encode(&x))?;
        object.serialize_field("y", &base64url::encode(&y))?;
        object.end()
    }
}

fn key_use(value: &Value<'_>) -> Result<KeyUse, Invalid> {
    let name = read::string(value)?;
    let known = [KeyUse::Sig, KeyUse::Enc]
        .into_iter()
        .find(|key_use| key_use.name() == name);
    known.ok_or_else(|| Error::from(UnusableKey::Use).into())
}
