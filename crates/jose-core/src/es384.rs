//! Bare ECDSA on P-384 over a SHA-384 digest, for those who need the signature
//! without the token (FIPS 186-5 §6, RFC 6979, RFC 7518 §3.4).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::curve::{self, Backend, Level, Point, PreparedPoint, SecretScalar, VerifyClaim};
use crate::error::{Error, Malformed};

/// A SHA-384 digest.
pub type MessageDigest = [u8; 48];

/// The SHA-384 digest of a message, by the default backend.
pub fn digest(message: &[u8]) -> MessageDigest {
    curve::digest(message)
}

/// The SHA-384 digests of many messages, in order: on processors with AVX-512
/// eight at a time.
///
/// ```
/// use jose_core::es384::{digest, digest_batch};
/// assert_eq!(digest_batch(&[b"a", b"b"]), [digest(b"a"), digest(b"b")]);
/// ```
pub fn digest_batch(messages: &[&[u8]]) -> Vec<MessageDigest> {
    curve::digest_batch(messages)
}

/// A signature, r ‖ s, 48 bytes each, big-endian; not yet verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 96]);

impl Signature {
    /// Takes r ‖ s as it stands in a JWS.
    ///
    /// # Errors
    /// [`Malformed::SignatureLength`] unless there are exactly 96 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| Malformed::SignatureLength.into())
    }

    /// r ‖ s.
    pub const fn as_bytes(&self) -> &[u8; 96] {
        &self.0
    }

    /// The ASN.1 form that X.509 and WebAuthn use (RFC 5480, SEC 1 C.5).
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`] where r or s is not in 1…n−1.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        curve::signature_to_der(&self.0).ok_or(Error::SignatureInvalid)
    }

    /// Reads the ASN.1 form, strict DER.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`] for anything else.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        curve::signature_from_der(der)
            .map(Self)
            .ok_or(Error::SignatureInvalid)
    }

    /// Whether s is at most n/2. ECDSA accepts both (r, s) and (r, n − s), so
    /// nothing may be keyed on signature bytes.
    pub fn has_low_s(&self) -> bool {
        curve::has_low_s(&self.0)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", crate::base64url::encode(&self.0))
    }
}

/// Something that signs digests: a private key here, in an HSM or in another process.
pub trait DigestSigner: Send + Sync {
    /// Signs a SHA-384 digest: r ‖ s.
    ///
    /// # Errors
    /// [`Error::KeyOperationFailed`] where the key cannot be reached.
    fn sign_digest(&self, digest: &MessageDigest) -> Result<Signature, Error>;
}

/// A private signing key in memory; cheap to clone, wiped with its last clone.
#[derive(Clone, Debug)]
pub struct SigningKey {
    scalar: SecretScalar,
    backend: Backend,
}

impl SigningKey {
    /// A signing key of that scalar.
    pub fn prepare(scalar: &SecretScalar, backend: Backend) -> Self {
        Self {
            scalar: scalar.clone(),
            backend,
        }
    }

    /// Signs a digest deterministically (RFC 6979 §3.2 with SHA-384).
    pub fn sign_digest(&self, digest: &MessageDigest) -> Signature {
        Signature(self.scalar.sign(digest, self.backend))
    }

    pub(crate) const fn parts(&self) -> (&SecretScalar, Backend) {
        (&self.scalar, self.backend)
    }

    /// The public point that verifies its signatures.
    pub fn point(&self) -> Point {
        self.scalar.point()
    }
}

impl DigestSigner for SigningKey {
    fn sign_digest(&self, digest: &MessageDigest) -> Result<Signature, Error> {
        Ok(Self::sign_digest(self, digest))
    }
}

/// A public key prepared for verification; cheap to clone, `Send + Sync`.
#[derive(Clone, Debug)]
pub struct VerifyingKey(Arc<PreparedPoint>);

impl VerifyingKey {
    /// Prepares a point; see [`Level`] for what to ask.
    pub fn prepare(point: &Point, level: Level, backend: Backend) -> Self {
        Self(Arc::new(PreparedPoint::prepare(point, level, backend)))
    }

    /// The point that was prepared.
    pub fn point(&self) -> &Point {
        self.0.point()
    }

    /// Verifies a signature over a digest, in variable time: all of it is public.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`], whatever the cause.
    pub fn verify_digest(
        &self,
        digest: &MessageDigest,
        signature: &Signature,
    ) -> Result<(), Error> {
        self.0.verify(digest, &signature.0)
    }
}

/// One signature of a batch.
#[derive(Clone, Copy, Debug)]
pub struct VerifyItem<'a> {
    /// The prepared key; a batch may mix keys.
    pub key: &'a VerifyingKey,
    /// The digest that was signed.
    pub digest: &'a MessageDigest,
    /// The signature.
    pub signature: &'a Signature,
}

/// Verifies many signatures: one result per item, in order.
pub fn verify_batch(items: &[VerifyItem<'_>]) -> Vec<Result<(), Error>> {
    let claims: Vec<VerifyClaim<'_>> = items
        .iter()
        .map(|item| VerifyClaim {
            key: &item.key.0,
            digest: item.digest,
            signature: &item.signature.0,
        })
        .collect();
    curve::verify_batch(&claims)
}

/// Signs many digests, with one key or with many: the signatures of
/// [`SigningKey::sign_digest`], in order.
pub fn sign_batch(items: &[(&SigningKey, &MessageDigest)]) -> Vec<Signature> {
    let claims: Vec<_> = items
        .iter()
        .map(|(key, digest)| {
            let (scalar, backend) = key.parts();
            (scalar, backend, *digest)
        })
        .collect();
    let signatures = curve::sign_batch(&claims);
    signatures.into_iter().map(Signature).collect()
}
