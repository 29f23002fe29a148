//! Public and private EC P-384 keys with their metadata.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::thumbprint::{Thumbprint, write_point};
use crate::alg::{KeyManagement, SignatureAlgorithm};
use crate::base64url;
use crate::curve::{FIELD_BYTES, Point, SecretScalar};
use crate::error::{Error, Malformed, UnusableKey};
use crate::json::{self, Object};

/// What a key is for (`use`, RFC 7517 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// `sig`
    Sig,
    /// `enc`
    Enc,
}

/// What is about to be done with a key; checked against `use`, `key_ops` and `alg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOperation {
    /// Sign with the private key.
    Sign,
    /// Verify with the public key.
    Verify,
    /// Agree on a key as the sender, with the recipient's public key.
    Encrypt,
    /// Agree on a key as the recipient, with the own private key.
    Decrypt,
}

/// A public key with its metadata. Members this crate does not use are ignored
/// on reading and not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicJwk {
    point: Point,
    kid: Option<String>,
    key_use: Option<KeyUse>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
}

/// A private key with its metadata; wiped when dropped, `d` never printed.
#[derive(Clone, Debug)]
pub struct PrivateJwk {
    scalar: SecretScalar,
    public: PublicJwk,
}

impl KeyUse {
    /// The registered value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sig => "sig",
            Self::Enc => "enc",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Sig, Self::Enc]
            .into_iter()
            .find(|key_use| key_use.name() == name)
    }
}

impl KeyOperation {
    const fn key_use(self) -> KeyUse {
        match self {
            Self::Sign | Self::Verify => KeyUse::Sig,
            Self::Encrypt | Self::Decrypt => KeyUse::Enc,
        }
    }

    /// The `key_ops` values of which one must be there (RFC 7517 §4.3).
    const fn key_ops(self) -> &'static [&'static str] {
        match self {
            Self::Sign => &["sign"],
            Self::Verify => &["verify"],
            Self::Encrypt | Self::Decrypt => &["deriveKey", "deriveBits"],
        }
    }

    fn allowed_by(self, ops: &[String]) -> bool {
        // Web Cryptography §24.4 gives every public ECDH key an empty list and
        // exports it so; agreeing with such a key is what it is for.
        (self == Self::Encrypt && ops.is_empty())
            || self
                .key_ops()
                .iter()
                .any(|op| ops.iter().any(|allowed| allowed == op))
    }
}

impl PublicJwk {
    /// A key without metadata.
    pub const fn new(point: Point) -> Self {
        Self {
            point,
            kid: None,
            key_use: None,
            key_ops: None,
            alg: None,
        }
    }

    /// The same key with a key id.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.kid = Some(kid.to_string());
        self
    }

    /// The same key for one use.
    #[must_use]
    pub const fn with_use(mut self, key_use: KeyUse) -> Self {
        self.key_use = Some(key_use);
        self
    }

    /// The same key for one algorithm, such as `ES384`.
    #[must_use]
    pub fn with_alg(mut self, alg: &str) -> Self {
        self.alg = Some(alg.to_string());
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
        if has_private_member(object) {
            return Err(UnusableKey::PrivateMember.into());
        }
        Self::from_public_members(object)
    }

    /// Reads a `SubjectPublicKeyInfo` (RFC 5480) in DER.
    ///
    /// # Errors
    /// [`Malformed::Pkix`] for anything but a P-384 public key.
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
        self.kid.as_deref()
    }

    /// The intended use (`use`).
    pub const fn key_use(&self) -> Option<KeyUse> {
        self.key_use
    }

    /// The intended algorithm (`alg`).
    pub fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
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
        self.write_metadata(out);
        write_point(&self.point, out);
        out.push('}');
    }

    /// Checks that `use`, `key_ops` and `alg`, where present, allow an operation.
    ///
    /// # Errors
    /// [`UnusableKey::Use`], [`UnusableKey::KeyOps`] or [`UnusableKey::Algorithm`].
    pub fn permits(&self, operation: KeyOperation) -> Result<(), Error> {
        if self
            .key_use
            .is_some_and(|key_use| key_use != operation.key_use())
        {
            return Err(UnusableKey::Use.into());
        }
        if let Some(ops) = &self.key_ops
            && !operation.allowed_by(ops)
        {
            return Err(UnusableKey::KeyOps.into());
        }
        match &self.alg {
            Some(alg) if algorithm_use(alg) != Some(operation.key_use()) => {
                Err(UnusableKey::Algorithm.into())
            }
            _ => Ok(()),
        }
    }

    /// The key management algorithm that `alg` ties the key to, if any.
    pub(crate) fn key_management(&self) -> Option<KeyManagement> {
        self.alg.as_deref().and_then(KeyManagement::from_name)
    }

    fn from_public_members(object: &Object<'_>) -> Result<Self, Error> {
        if object.required_str("kty")? != "EC" {
            return Err(UnusableKey::KeyType.into());
        }
        if object.required_str("crv")? != "P-384" {
            return Err(UnusableKey::Curve.into());
        }
        let point = Point::from_coordinates(
            &base64url::decode(object.required_str("x")?.as_bytes())?,
            &base64url::decode(object.required_str("y")?.as_bytes())?,
        )?;
        let key_use = match object.optional_str("use")? {
            Some(name) => Some(KeyUse::from_name(name).ok_or(UnusableKey::Use)?),
            None => None,
        };
        Ok(Self {
            point,
            kid: object.optional_str("kid")?.map(ToString::to_string),
            key_use,
            key_ops: key_ops(object, key_use)?,
            alg: object.optional_str("alg")?.map(ToString::to_string),
        })
    }

    fn write_metadata(&self, out: &mut String) {
        if let Some(alg) = &self.alg {
            json::write_member("alg", alg, out);
        }
        if let Some(ops) = &self.key_ops {
            json::write_name("key_ops", out);
            for (index, op) in ops.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                json::write_string(op, out);
            }
            out.push_str(if ops.is_empty() { "[]" } else { "]" });
        }
        if let Some(kid) = &self.kid {
            json::write_member("kid", kid, out);
        }
        if let Some(key_use) = self.key_use {
            json::write_member("use", key_use.name(), out);
        }
    }
}

impl PrivateJwk {
    /// A private key without metadata.
    pub fn new(scalar: SecretScalar) -> Self {
        let public = PublicJwk::new(scalar.point());
        Self { scalar, public }
    }

    /// Draws a new key.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        SecretScalar::generate(rng).map(Self::new)
    }

    /// The same key with a key id.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.public = self.public.with_kid(kid);
        self
    }

    /// The same key for one use.
    #[must_use]
    pub fn with_use(mut self, key_use: KeyUse) -> Self {
        self.public = self.public.with_use(key_use);
        self
    }

    /// The same key for one algorithm, such as `ES384`.
    #[must_use]
    pub fn with_alg(mut self, alg: &str) -> Self {
        self.public = self.public.with_alg(alg);
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
        let public = PublicJwk::from_public_members(object)?;
        let Some(text) = object.optional_str("d")? else {
            return Err(UnusableKey::NotPrivate.into());
        };
        let mut bytes = Zeroizing::new([0u8; FIELD_BYTES]);
        if base64url::decoded_len(text.len())? != FIELD_BYTES {
            return Err(UnusableKey::Length.into());
        }
        base64url::decode_to(text.as_bytes(), &mut *bytes)?;
        let scalar = SecretScalar::from_bytes(&*bytes)?;
        if scalar.point() != public.point {
            return Err(UnusableKey::PairMismatch.into());
        }
        Ok(Self { scalar, public })
    }

    /// Reads PKCS#8 (RFC 5958) in DER.
    ///
    /// # Errors
    /// [`Malformed::Pkix`] for anything but a P-384 private key.
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

    /// The public half with its metadata.
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
        let metadata = self.public.to_json().len();
        let mut out = Zeroizing::new(String::with_capacity(metadata + 80));
        self.write_json(&mut out);
        out
    }

    pub(super) fn write_json(&self, out: &mut String) {
        out.push('{');
        self.public.write_metadata(out);
        write_point(&self.public.point, out);
        json::write_name("d", out);
        out.push('"');
        base64url::encode_to(&*self.scalar.to_bytes(), out);
        out.push_str("\"}");
    }
}

/// Members that only private or symmetric keys have (RFC 7518 §6.2.2, §6.3.2, §6.4).
fn has_private_member(object: &Object<'_>) -> bool {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
        .iter()
        .any(|name| object.contains(name))
}

/// `key_ops`: strings without repetition, consistent with `use` (RFC 7517 §4.3).
/// Values outside the registry are allowed there and contradict nothing.
fn key_ops(object: &Object<'_>, key_use: Option<KeyUse>) -> Result<Option<Vec<String>>, Error> {
    let Some(value) = object.get("key_ops") else {
        return Ok(None);
    };
    let elements = value.as_array().ok_or(Malformed::Member("key_ops"))?;
    let ops = elements
        .iter()
        .map(|element| element.as_str().ok_or(Malformed::Member("key_ops")))
        .collect::<Result<Vec<&str>, _>>()?;
    let contradicts = |op: &&str| {
        let implied = operation_use(op);
        implied.is_some() && key_use.is_some() && implied != key_use
    };
    if ops.iter().any(contradicts) || json::repeats(ops.iter().copied()) {
        return Err(UnusableKey::KeyOps.into());
    }
    Ok(Some(ops.into_iter().map(ToString::to_string).collect()))
}

fn operation_use(op: &str) -> Option<KeyUse> {
    match op {
        "sign" | "verify" => Some(KeyUse::Sig),
        "encrypt" | "decrypt" | "wrapKey" | "unwrapKey" | "deriveKey" | "deriveBits" => {
            Some(KeyUse::Enc)
        }
        _ => None,
    }
}

fn algorithm_use(alg: &str) -> Option<KeyUse> {
    if SignatureAlgorithm::from_name(alg).is_some() {
        Some(KeyUse::Sig)
    } else {
        KeyManagement::from_name(alg).map(|_| KeyUse::Enc)
    }
}
