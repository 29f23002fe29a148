//! JWK Sets (RFC 7517 §5).

use alloc::string::String;
use alloc::vec::Vec;

use super::ec::{PrivateJwk, PublicJwk};
use super::metadata::KeyOperation;
use crate::error::{Error, Malformed, UnusableKey};
use crate::json::{self, Object, Value};

/// What a set may hold: public keys or private ones, never a mixture.
pub trait Jwk: Sized + sealed::Sealed {
    /// Reads one key of the set.
    ///
    /// # Errors
    /// As the key type's own `from_object`.
    fn from_object(object: &Object<'_>) -> Result<Self, Error>;

    /// The public half, with the `kid` that selects.
    fn public_part(&self) -> &PublicJwk;

    /// Whether the key's metadata allow an operation.
    ///
    /// # Errors
    /// As [`PublicJwk::permits`].
    fn permits(&self, operation: KeyOperation) -> Result<(), Error>;
}

/// Keys of which no two have the same `kid`.
#[derive(Clone, Debug)]
pub struct JwkSet<K> {
    keys: Vec<K>,
}

/// A set without keys.
impl<K> Default for JwkSet<K> {
    fn default() -> Self {
        Self { keys: Vec::new() }
    }
}

impl<K: Jwk> JwkSet<K> {
    /// A set of these keys.
    ///
    /// # Errors
    /// [`UnusableKey::DuplicateKeyId`].
    pub fn new(keys: Vec<K>) -> Result<Self, Error> {
        if json::repeats(keys.iter().filter_map(|key| key.public_part().kid())) {
            return Err(UnusableKey::DuplicateKeyId.into());
        }
        Ok(Self { keys })
    }

    /// Reads `{"keys":[…]}`.
    ///
    /// Keys of a type or curve that is not EC P-384, or with a `use` that is not
    /// registered, are passed over (RFC 7517 §5, §4.2). An EC P-384 key with any
    /// fault refuses the whole set, and so does any private key among public ones.
    ///
    /// # Errors
    /// [`Error::Malformed`] or [`Error::UnusableKey`].
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        Self::from_object(&json::parse_object(text)?)
    }

    /// Reads a set from an object already parsed.
    ///
    /// # Errors
    /// As [`Self::from_json`].
    pub fn from_object(object: &Object<'_>) -> Result<Self, Error> {
        let keys = object.get("keys").ok_or(Malformed::Missing("keys"))?;
        Self::from_values(keys.as_array().ok_or(Malformed::Member("keys"))?)
    }

    /// Reads a bare array of keys, which some callers send for a set.
    ///
    /// # Errors
    /// As [`Self::from_json`].
    pub fn from_values(values: &[Value<'_>]) -> Result<Self, Error> {
        let mut keys = Vec::with_capacity(values.len());
        for value in values {
            let object = value.as_object().ok_or(Malformed::Member("keys"))?;
            match K::from_object(object) {
                Ok(key) => keys.push(key),
                Err(Error::UnusableKey(
                    UnusableKey::KeyType | UnusableKey::Curve | UnusableKey::Use,
                )) => {}
                Err(error) => return Err(error),
            }
        }
        Self::new(keys)
    }

    /// All keys.
    pub fn keys(&self) -> &[K] {
        &self.keys
    }

    /// The key with that `kid`.
    pub fn find(&self, kid: &str) -> Option<&K> {
        self.keys
            .iter()
            .find(|key| key.public_part().kid() == Some(kid))
    }

    /// The key for an operation: the one with that `kid`, or, where no `kid` is
    /// given, the only one whose metadata permits the operation.
    ///
    /// # Errors
    /// [`UnusableKey::UnknownKeyId`], [`UnusableKey::AmbiguousKey`], or what
    /// [`PublicJwk::permits`] says of the key chosen.
    pub fn select(&self, kid: Option<&str>, operation: KeyOperation) -> Result<&K, Error> {
        if let Some(kid) = kid {
            let key = self.find(kid).ok_or(UnusableKey::UnknownKeyId)?;
            key.permits(operation)?;
            return Ok(key);
        }
        let mut permitted = self
            .keys
            .iter()
            .filter(|key| key.permits(operation).is_ok());
        match (permitted.next(), permitted.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(UnusableKey::AmbiguousKey.into()),
            (None, _) => Err(UnusableKey::UnknownKeyId.into()),
        }
    }
}

impl JwkSet<PublicJwk> {
    /// The set as JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"keys\":[");
        for (index, key) in self.keys.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            key.write_json(&mut out);
        }
        out.push_str("]}");
        out
    }
}

impl JwkSet<PrivateJwk> {
    /// The public halves.
    pub fn to_public(&self) -> JwkSet<PublicJwk> {
        JwkSet {
            keys: self.keys.iter().map(|key| key.public().clone()).collect(),
        }
    }
}

impl Jwk for PublicJwk {
    fn from_object(object: &Object<'_>) -> Result<Self, Error> {
        Self::from_object(object)
    }

    fn public_part(&self) -> &PublicJwk {
        self
    }

    fn permits(&self, operation: KeyOperation) -> Result<(), Error> {
        Self::permits(self, operation)
    }
}

impl Jwk for PrivateJwk {
    fn from_object(object: &Object<'_>) -> Result<Self, Error> {
        Self::from_object(object)
    }

    fn public_part(&self) -> &PublicJwk {
        self.public()
    }

    fn permits(&self, operation: KeyOperation) -> Result<(), Error> {
        Self::permits(self, operation)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::PublicJwk {}
    impl Sealed for super::PrivateJwk {}
}
