//! Public and private EC P-384 keys with their metadata.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::metadata::{KeyOperation, KeyUse, Metadata};
use super::thumbprint::{Thumbprint, write_point};
use crate::alg::KeyManagement;
use crate::base64url;
use crate::curve::{FIELD_BYTES, Point, SecretScalar};
use crate::error::{Error, UnusableKey};
use crate::json::{self, Object};

/// A public key with its metadata. Members this crate does not use are ignored
/// on reading and not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicJwk {
    point: Point,
    metadata: Metadata,
}

/// A private key with its metadata; wiped when dropped, `d` never printed.
#[derive(Clone, Debug)]
pub struct PrivateJwk {
    scalar: SecretScalar,
    /// Of the private key; the public half's differs in `key_ops`.
    metadata: Metadata,
    public: PublicJwk,
}

impl PublicJwk {
    /// A key without metadata.
    pub fn new(point: Point) -> Self {
        Self {
            point,
            metadata: Metadata::default(),
        }
    }

    /// The same key with a key id.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.metadata.kid = Some(kid.to_string());
        self
    }

    /// The same key for one use.
    #[must_use]
    pub const fn with_use(mut self, key_use: KeyUse) -> Self {
        self.metadata.key_use = Some(key_use);
        self
    }

    /// The same key for one algorithm, such as `ES384`.
    #[must_use]
    pub fn with_alg(mut self, alg: &str) -> Self {
        self.metadata.alg = Some(alg.to_string());
        self
    }

    /// Reads a public key.
    ///
    /// # Errors
    /// [`Error::Malformed`] for bad JSON or members of a wrong type,
    /// [`Error::UnusableKey`] for another kind of key, a bad point, or a
    /// private member.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        Self::from_object(&json::parse_object(text)?)
    }

    /// Reads a public key from an object already parsed.
    ///
    /// # Errors
    /// As [`Self::from_json`].
    pub fn from_object(object: &Object<'_>) -> Result<Self, Error> {
        // A symmetric key is no half of a pair: such a key is of another type.
        if object.required_str("kty")? == "oct" {
            return Err(UnusableKey::KeyType.into());
        }
        if has_private_member(object) {
            return Err(UnusableKey::PrivateMember.into());
        }
        Self::from_public_members(object)
    }

    /// Reads a `SubjectPublicKeyInfo` (RFC 5480) in DER.
    ///
    /// # Errors
    /// [`Malformed::Pkix`](crate::error::Malformed::Pkix) for anything but a P-384 public key.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        Point::from_spki_der(der).map(Self::new)
    }

    /// Reads a `SubjectPublicKeyInfo` in PEM ("PUBLIC KEY").
    ///
    /// # Errors
    /// As [`Self::from_spki_der`].
    pub fn from_spki_pem(pem: &str) -> Result<Self, Error> {
        Point::from_spki_pem(pem).map(Self::new)
    }

    /// The public point.
    pub const fn point(&self) -> &Point {
        &self.point
    }

    /// The key id (`kid`).
    pub fn kid(&self) -> Option<&str> {
        self.metadata.kid.as_deref()
    }

    /// The intended use (`use`).
    pub const fn key_use(&self) -> Option<KeyUse> {
        self.metadata.key_use
    }

    /// The intended algorithm (`alg`).
    pub fn alg(&self) -> Option<&str> {
        self.metadata.alg.as_deref()
    }

    /// The thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.point)
    }

    /// The key as a JSON object, members in alphabetical order.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(320);
        self.write_json(&mut out);
        out
    }

    pub(super) fn write_json(&self, out: &mut String) {
        out.push('{');
        self.metadata.write(out);
        write_point(&self.point, out);
        out.push('}');
    }

    /// Checks that `use`, `key_ops` and `alg`, where present, allow an operation.
    ///
    /// # Errors
    /// [`UnusableKey::Use`], [`UnusableKey::KeyOps`] or [`UnusableKey::Algorithm`].
    pub fn permits(&self, operation: KeyOperation) -> Result<(), Error> {
        self.metadata.permits(operation)
    }

    /// The key management algorithm that `alg` ties the key to, if any.
    pub(crate) fn key_management(&self) -> Option<KeyManagement> {
        self.alg().and_then(KeyManagement::from_name)
    }

    fn from_public_members(object: &Object<'_>) -> Result<Self, Error> {
        check_kind(object)?;
        let point = Point::from_coordinates(
            &base64url::decode(object.required_str("x")?.as_bytes())?,
            &base64url::decode(object.required_str("y")?.as_bytes())?,
        )?;
        let metadata = Metadata::read(object)?;
        Ok(Self { point, metadata })
    }
}

impl PrivateJwk {
    /// A private key without metadata.
    pub fn new(scalar: SecretScalar) -> Self {
        let public = PublicJwk::new(scalar.point());
        Self {
            scalar,
            metadata: Metadata::default(),
            public,
        }
    }

    /// Draws a new key.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        SecretScalar::generate(rng).map(Self::new)
    }

    /// Draws many new keys, their public halves calculated together.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn generate_batch<R: TryCryptoRng + ?Sized>(
        count: usize,
        rng: &mut R,
    ) -> Result<Vec<Self>, Error> {
        let scalars = SecretScalar::generate_batch(count, rng)?;
        let points = SecretScalar::points(&scalars).into_iter();
        let key = |(scalar, point)| Self {
            scalar,
            metadata: Metadata::default(),
            public: PublicJwk::new(point),
        };
        Ok(scalars.into_iter().zip(points).map(key).collect())
    }

    /// The same key with a key id.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.public = self.public.with_kid(kid);
        self.metadata.kid = Some(kid.to_string());
        self
    }

    /// The same key for one use.
    #[must_use]
    pub fn with_use(mut self, key_use: KeyUse) -> Self {
        self.public = self.public.with_use(key_use);
        self.metadata.key_use = Some(key_use);
        self
    }

    /// The same key for one algorithm, such as `ES384`.
    #[must_use]
    pub fn with_alg(mut self, alg: &str) -> Self {
        self.public = self.public.with_alg(alg);
        self.metadata.alg = Some(alg.to_string());
        self
    }

    /// Reads a private key: the public members and `d`, which must belong to them.
    ///
    /// # Errors
    /// As [`PublicJwk::from_json`]; [`UnusableKey::NotPrivate`] without `d`;
    /// [`UnusableKey::PrivateValue`] and [`UnusableKey::PairMismatch`].
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        Self::from_object(&json::parse_object(text)?)
    }

    /// Reads a private key from an object already parsed.
    ///
    /// # Errors
    /// As [`Self::from_json`].
    pub fn from_object(object: &Object<'_>) -> Result<Self, Error> {
        let PublicJwk { point, metadata } = PublicJwk::from_public_members(object)?;
        let Some(text) = object.optional_str("d")? else {
            return Err(UnusableKey::NotPrivate.into());
        };
        let mut bytes = Zeroizing::new([0u8; FIELD_BYTES]);
        if base64url::decoded_len(text.len())? != FIELD_BYTES {
            return Err(UnusableKey::Length.into());
        }
        base64url::decode_private_to(text.as_bytes(), &mut bytes)?;
        let scalar = SecretScalar::from_bytes(&*bytes)?;
        if scalar.point() != point {
            return Err(UnusableKey::PairMismatch.into());
        }
        let public = PublicJwk {
            point,
            metadata: metadata.of_public_half(),
        };
        Ok(Self {
            scalar,
            metadata,
            public,
        })
    }

    /// Reads PKCS#8 (RFC 5958) in DER.
    ///
    /// # Errors
    /// [`Malformed::Pkix`](crate::error::Malformed::Pkix) for anything but a P-384 private key.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        SecretScalar::from_pkcs8_der(der).map(Self::new)
    }

    /// Reads a SEC 1 `ECPrivateKey` (RFC 5915) in DER.
    ///
    /// # Errors
    /// As [`Self::from_pkcs8_der`].
    pub fn from_sec1_der(der: &[u8]) -> Result<Self, Error> {
        SecretScalar::from_sec1_der(der).map(Self::new)
    }

    /// Reads PEM: PKCS#8 ("PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY").
    ///
    /// # Errors
    /// As [`Self::from_pkcs8_der`].
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        SecretScalar::from_pem(pem).map(Self::new)
    }

    /// Checks that `use`, `key_ops` and `alg`, where present, allow an operation.
    ///
    /// # Errors
    /// As [`PublicJwk::permits`].
    pub fn permits(&self, operation: KeyOperation) -> Result<(), Error> {
        self.metadata.permits(operation)
    }

    /// The public half; its `key_ops` are those of a public key.
    pub const fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// The private scalar.
    pub const fn scalar(&self) -> &SecretScalar {
        &self.scalar
    }

    /// The key as a JSON object, `d` included.
    pub fn to_json(&self) -> Zeroizing<String> {
        // Enough room from the start: a buffer that grows leaves copies behind.
        let mut metadata = String::new();
        self.metadata.write(&mut metadata);
        let mut out = Zeroizing::new(String::with_capacity(metadata.len() + KEY_CHARACTERS));
        self.write_json(&mut out);
        out
    }

    pub(super) fn write_json(&self, out: &mut String) {
        out.push('{');
        self.metadata.write(out);
        write_point(&self.public.point, out);
        json::write_name("d", out);
        out.push('"');
        base64url::encode_private_to(&self.scalar.to_bytes(), out);
        out.push_str("\"}");
    }
}

/// At most what `kty`, `crv`, three values of 64 characters and their names take.
const KEY_CHARACTERS: usize = 256;

/// Members that only private or symmetric keys have (RFC 7518 §6.2.2, §6.3.2, §6.4).
fn has_private_member(object: &Object<'_>) -> bool {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
        .iter()
        .any(|name| object.contains(name))
}

/// `kty` and `crv`: the kind of key that this crate knows.
fn check_kind(object: &Object<'_>) -> Result<(), Error> {
    if object.required_str("kty")? != "EC" {
        return Err(UnusableKey::KeyType.into());
    }
    if object.required_str("crv")? != "P-384" {
        return Err(UnusableKey::Curve.into());
    }
    Ok(())
}
