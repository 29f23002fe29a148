//! P-384 keys and the operations on them: the only file that names both the
//! curve library and the engine behind it.
//!
//! A [`Point`] exists only for a valid public key, and a [`SecretScalar`] only
//! for a valid private one, so nothing downstream checks again.

use alloc::sync::Arc;
use core::fmt;

use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use p384::elliptic_curve::sec1::{FromSec1Point as _, ToSec1Point as _};
use p384::pkcs8::der::asn1::AnyRef;
use p384::pkcs8::{Document, PrivateKeyInfoRef, SecretDocument, SubjectPublicKeyInfoRef};
use p384::{NistP384, NonZeroScalar, PublicKey, Sec1Point, SecretKey};
use rand_core::TryCryptoRng;
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use crate::error::{Error, Malformed, UnusableKey};
use crate::secret::SharedSecret;

/// Bytes of a coordinate and of a scalar.
pub const FIELD_BYTES: usize = 48;

/// Which implementation of the arithmetic a prepared key uses.
///
/// A value, never a global: two keys of one process may differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// The `p384` crate of the RustCrypto project.
    #[default]
    RustCrypto,
}

/// How much work and memory to spend on preparing a key, by its expected use.
///
/// Today every level costs the same; a backend with tables spends more on the
/// higher ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// A key that came with the message: no tables.
    #[default]
    OneShot,
    /// A key used three times or more.
    Few,
    /// A key used some fifty times or more.
    Many,
    /// A pinned issuer or recipient of a long-running process.
    Issuer,
}

/// A point of P-384 other than the identity, with both coordinates below p.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Point(PublicKey);

impl Point {
    /// Takes affine coordinates, big-endian.
    ///
    /// # Errors
    /// [`UnusableKey::Length`] unless each has exactly 48 bytes;
    /// [`UnusableKey::NotOnCurve`] for anything that is not a point of the
    /// curve (SP 800-56A §5.6.2.3.3; the cofactor is 1).
    pub fn from_coordinates(x: &[u8], y: &[u8]) -> Result<Self, Error> {
        let x: &[u8; FIELD_BYTES] = x.try_into().map_err(|_| UnusableKey::Length)?;
        let y: &[u8; FIELD_BYTES] = y.try_into().map_err(|_| UnusableKey::Length)?;
        let encoded = Sec1Point::from_affine_coordinates(x.into(), y.into(), false);
        Option::from(PublicKey::from_sec1_point(&encoded))
            .map(Self)
            .ok_or(UnusableKey::NotOnCurve.into())
    }

    /// Reads an uncompressed SEC 1 point (0x04 ‖ x ‖ y, 97 bytes).
    ///
    /// # Errors
    /// [`UnusableKey`] as [`Self::from_coordinates`].
    pub fn from_uncompressed(bytes: &[u8]) -> Result<Self, Error> {
        match bytes.split_first() {
            Some((4, rest)) if rest.len() == 2 * FIELD_BYTES => {
                let (x, y) = rest.split_at(FIELD_BYTES);
                Self::from_coordinates(x, y)
            }
            _ => Err(UnusableKey::Length.into()),
        }
    }

    /// Both coordinates, big-endian.
    pub fn coordinates(&self) -> ([u8; FIELD_BYTES], [u8; FIELD_BYTES]) {
        let encoded = self.0.to_sec1_point(false);
        let coordinate = |field: Option<&p384::FieldBytes>| {
            // The point is never the identity, so both are there.
            field.map_or([0; FIELD_BYTES], |bytes| (*bytes).into())
        };
        (coordinate(encoded.x()), coordinate(encoded.y()))
    }

    /// Reads a `SubjectPublicKeyInfo`: an uncompressed or compressed point. The
    /// library also takes "compact" points, which RFC 5480 §2.2 refuses.
    pub(crate) fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        let info = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| Malformed::Pkix)?;
        let octets = info.subject_public_key.as_bytes();
        match octets.and_then(<[u8]>::first) {
            Some(2..=4) => {}
            _ => return Err(Malformed::Pkix.into()),
        }
        let key = PublicKey::try_from(info).map_err(|_| Malformed::Pkix)?;
        Ok(Self(key))
    }

    pub(crate) fn from_spki_pem(pem: &str) -> Result<Self, Error> {
        let (label, document) = Document::from_pem(pem).map_err(|_| Malformed::Pkix)?;
        match label {
            "PUBLIC KEY" => Self::from_spki_der(document.as_bytes()),
            _ => Err(Malformed::Pkix.into()),
        }
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (x, _) = self.coordinates();
        write!(
            f,
            "Point(x = {}…)",
            &crate::base64url::encode(x.get(..6).unwrap_or(&x))
        )
    }
}

/// A private scalar in 1…n−1; cheap to clone, wiped with its last clone.
#[derive(Clone)]
pub struct SecretScalar(Arc<SecretKey>);

/// Attempts at drawing a scalar before the generator is declared broken: a
/// sound one is rejected with a chance of 2^−190 each time.
const DRAWS: usize = 8;

impl SecretScalar {
    /// Draws a scalar by rejection sampling (FIPS 186-5 A.2.2).
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`] where the generator fails, or returns eight
    /// values in a row that are no scalar (all zero, all ones).
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0u8; FIELD_BYTES]);
        for _ in 0..DRAWS {
            rng.try_fill_bytes(&mut *bytes)
                .map_err(|_| Error::RandomnessFailed)?;
            if let Ok(scalar) = Self::from_bytes(&*bytes) {
                return Ok(scalar);
            }
        }
        Err(Error::RandomnessFailed)
    }

    /// Takes a big-endian scalar.
    ///
    /// # Errors
    /// [`UnusableKey::Length`] unless it has exactly 48 bytes;
    /// [`UnusableKey::PrivateValue`] for zero and for n and above.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        // SecretKey::from_slice would pad short input, so the length is checked here.
        let bytes: &[u8; FIELD_BYTES] = bytes.try_into().map_err(|_| UnusableKey::Length)?;
        SecretKey::from_bytes(bytes.into())
            .map(|key| Self(Arc::new(key)))
            .map_err(|_| UnusableKey::PrivateValue.into())
    }

    /// The scalar, big-endian.
    pub fn to_bytes(&self) -> Zeroizing<[u8; FIELD_BYTES]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// The public point that belongs to it.
    pub fn point(&self) -> Point {
        Point(self.0.public_key())
    }

    /// Diffie–Hellman with a validated point, in constant time.
    pub(crate) fn agree(&self, peer: &Point) -> SharedSecret {
        let scalar: Zeroizing<NonZeroScalar> = Zeroizing::new(self.0.to_nonzero_scalar());
        let agreed = p384::ecdh::diffie_hellman(&*scalar, peer.0.as_affine());
        let mut z = Zeroizing::new([0u8; FIELD_BYTES]);
        z.copy_from_slice(agreed.raw_secret_bytes());
        SharedSecret::from_bytes(*z)
    }

    /// ECDSA with the nonce of RFC 6979 §3.2 (SHA-384): r ‖ s.
    pub(crate) fn sign(&self, digest: &[u8; 48], backend: Backend) -> [u8; 96] {
        match backend {
            Backend::RustCrypto => {
                let scalar: Zeroizing<NonZeroScalar> = Zeroizing::new(self.0.to_nonzero_scalar());
                let (signature, _) =
                    sign_prehashed_rfc6979::<NistP384, sha2::Sha384>(&scalar, digest, &[]);
                signature.to_bytes().into()
            }
        }
    }

    /// Reads PKCS#8; a public key beside the private one must belong to it.
    pub(crate) fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        let info = PrivateKeyInfoRef::try_from(der).map_err(|_| Malformed::Pkix)?;
        check_private_length(info.private_key.as_bytes())?;
        let public = info.public_key;
        let key = SecretKey::try_from(info).map_err(|_| Malformed::Pkix)?;
        if let Some(public) = public {
            let stated = public
                .as_bytes()
                .and_then(|octets| Point::from_uncompressed(octets).ok());
            if stated != Some(Point(key.public_key())) {
                return Err(Malformed::Pkix.into());
            }
        }
        Ok(Self(Arc::new(key)))
    }

    /// Reads an `ECPrivateKey`, which by itself must name its curve (RFC 5915 §3).
    pub(crate) fn from_sec1_der(der: &[u8]) -> Result<Self, Error> {
        check_private_length(der)?;
        let parsed = EcPrivateKey::try_from(der).map_err(|_| Malformed::Pkix)?;
        if parsed.parameters.is_none() {
            return Err(Malformed::Pkix.into());
        }
        let key = SecretKey::from_sec1_der(der).map_err(|_| Malformed::Pkix)?;
        Ok(Self(Arc::new(key)))
    }

    /// PKCS#8 ("PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY").
    pub(crate) fn from_pem(pem: &str) -> Result<Self, Error> {
        let (label, document) = SecretDocument::from_pem(pem).map_err(|_| Malformed::Pkix)?;
        match label {
            "PRIVATE KEY" => Self::from_pkcs8_der(document.as_bytes()),
            "EC PRIVATE KEY" => Self::from_sec1_der(document.as_bytes()),
            _ => Err(Malformed::Pkix.into()),
        }
    }
}

/// An `ECPrivateKey` holds all 48 bytes of its scalar (RFC 5915 §3); the library
/// would pad a shorter one. The body begins with version 1 and the octet string.
fn check_private_length(der: &[u8]) -> Result<(), Error> {
    let body = AnyRef::try_from(der).map_err(|_| Malformed::Pkix)?;
    if body.value().starts_with(&[0x02, 0x01, 0x01, 0x04, 0x30]) {
        Ok(())
    } else {
        Err(Malformed::Pkix.into())
    }
}

impl fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretScalar(redacted)")
    }
}

/// A public point made ready for many operations by one backend.
#[derive(Clone, Debug)]
pub(crate) struct PreparedPoint {
    point: Point,
    backend: Backend,
}

impl PreparedPoint {
    pub(crate) fn prepare(point: &Point, _level: Level, backend: Backend) -> Self {
        Self {
            point: *point,
            backend,
        }
    }

    pub(crate) const fn point(&self) -> &Point {
        &self.point
    }

    /// Verifies r ‖ s over a digest; every input is public.
    pub(crate) fn verify(&self, digest: &[u8; 48], signature: &[u8; 96]) -> Result<(), Error> {
        match self.backend {
            Backend::RustCrypto => {
                let signature = p384::ecdsa::Signature::from_bytes(signature.into())
                    .map_err(|_| Error::SignatureInvalid)?;
                verify_prehashed(&self.point.0.to_projective(), digest, &signature)
                    .map_err(|_| Error::SignatureInvalid)
            }
        }
    }

    /// The sender's half of ECDH-ES: e·Q for an ephemeral scalar, constant time.
    pub(crate) fn agree(&self, ephemeral: &SecretScalar) -> SharedSecret {
        match self.backend {
            Backend::RustCrypto => ephemeral.agree(&self.point),
        }
    }
}

/// Whether s is at most n/2.
pub(crate) fn has_low_s(signature: &[u8; 96]) -> bool {
    p384::ecdsa::Signature::from_bytes(signature.into())
        .is_ok_and(|signature| signature.normalize_s().s() == signature.s())
}

/// DER of r ‖ s, or none where r or s is not in 1…n−1.
pub(crate) fn signature_to_der(signature: &[u8; 96]) -> Option<alloc::vec::Vec<u8>> {
    let signature = p384::ecdsa::Signature::from_bytes(signature.into()).ok()?;
    Some(signature.to_der().as_bytes().to_vec())
}

/// r ‖ s of a strict DER signature.
pub(crate) fn signature_from_der(der: &[u8]) -> Option<[u8; 96]> {
    p384::ecdsa::Signature::from_der(der)
        .ok()
        .map(|signature| signature.to_bytes().into())
}
