//! P-384 keys and the operations on them: the only file that names both the
//! curve library and the engine behind it.
//!
//! A [`Point`] exists only for a valid public key, and a [`SecretScalar`] only
//! for a valid private one, so nothing downstream checks again.

mod pkix;
mod prepared;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use p384::elliptic_curve::sec1::{FromSec1Point as _, ToSec1Point as _};
use p384::{NistP384, NonZeroScalar, Sec1Point, SecretKey};
use p384_engine as engine;
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::error::{Error, UnusableKey};
use crate::secret::SharedSecret;

pub(crate) use prepared::{
    Agreement, PreparedPoint, VerifyClaim, agree_batch, send_batch, verify_batch,
};

/// Bytes of a coordinate and of a scalar.
pub const FIELD_BYTES: usize = 48;

/// Which implementation of the arithmetic a prepared key uses.
///
/// A value, never a global: two keys of one process may differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// The project's own engine, in the fastest form that this processor runs:
    /// eight lanes of AVX-512 IFMA where it has them, else [`Self::Serial`].
    #[default]
    Engine,
    /// The engine's portable form.
    Serial,
    /// The `p384` crate of the RustCrypto project, for those who want the widely
    /// used implementation. It makes nothing of a [`Level`].
    RustCrypto,
}

impl Backend {
    /// The engine's backend, none for [`Self::RustCrypto`].
    fn engine(self) -> Option<engine::Backend> {
        match self {
            Self::Engine => Some(engine::Backend::detect()),
            Self::Serial => Some(engine::Backend::Serial),
            Self::RustCrypto => None,
        }
    }
}

/// How much work and memory to spend on preparing a key, by its expected use.
///
/// The engine's tables take 72 KiB at [`Self::Few`], 192 KiB at [`Self::Many`] and
/// 576 KiB at [`Self::Issuer`]; the higher, the faster.
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
    /// A pinned issuer of a long-running process.
    Issuer,
}

/// A point of P-384 other than the identity, with both coordinates below p.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Point(engine::PublicKey);

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
        engine::PublicKey::from_coordinates(x, y)
            .map(Self)
            .map_err(|_| UnusableKey::NotOnCurve.into())
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
        (self.0.x(), self.0.y())
    }

    /// The same point in the other library.
    fn to_rustcrypto(self) -> Result<p384::PublicKey, Error> {
        let (x, y) = self.coordinates();
        let encoded = Sec1Point::from_affine_coordinates(&x.into(), &y.into(), false);
        Option::from(p384::PublicKey::from_sec1_point(&encoded))
            .ok_or(UnusableKey::NotOnCurve.into())
    }

    fn verify_by_rustcrypto(&self, digest: &[u8; 48], signature: &[u8; 96]) -> Result<(), Error> {
        let key = self.to_rustcrypto()?;
        let signature = p384::ecdsa::Signature::from_bytes(signature.into())
            .map_err(|_| Error::SignatureInvalid)?;
        verify_prehashed(&key.to_projective(), digest, &signature)
            .map_err(|_| Error::SignatureInvalid)
    }

    fn from_rustcrypto(key: &p384::PublicKey) -> Result<Self, Error> {
        Self::from_uncompressed(key.to_sec1_point(false).as_bytes())
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
pub struct SecretScalar(Arc<engine::SecretScalar>);

/// A scalar that serves one token; wiped when dropped.
pub(crate) struct EphemeralScalar(engine::SecretScalar);

impl EphemeralScalar {
    /// Takes the bytes if they are a scalar, and draws others while they are not.
    pub(crate) fn from_random<R: TryCryptoRng + ?Sized>(
        first: &[u8; FIELD_BYTES],
        rng: &mut R,
    ) -> Result<Self, Error> {
        if let Ok(scalar) = engine::SecretScalar::from_bytes(first) {
            return Ok(Self(scalar));
        }
        let mut bytes = Zeroizing::new([0u8; FIELD_BYTES]);
        for _ in 1..DRAWS {
            rng.try_fill_bytes(&mut *bytes)
                .map_err(|_| Error::RandomnessFailed)?;
            if let Ok(scalar) = engine::SecretScalar::from_bytes(&bytes) {
                return Ok(Self(scalar));
            }
        }
        Err(Error::RandomnessFailed)
    }

    fn send_by_rustcrypto(&self, peer: &Point) -> Result<(Point, SharedSecret), Error> {
        let scalar = to_rustcrypto(&self.0)?;
        let public = p384::PublicKey::from_secret_scalar(&scalar);
        Ok((
            Point::from_rustcrypto(&public)?,
            agree_by_rustcrypto(&scalar, peer)?,
        ))
    }
}

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
        let mut first = Zeroizing::new([0u8; FIELD_BYTES]);
        rng.try_fill_bytes(&mut *first)
            .map_err(|_| Error::RandomnessFailed)?;
        EphemeralScalar::from_random(&first, rng).map(|drawn| Self(Arc::new(drawn.0)))
    }

    /// Draws many scalars, as many bytes at once as that takes.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub fn generate_batch<R: TryCryptoRng + ?Sized>(
        count: usize,
        rng: &mut R,
    ) -> Result<Vec<Self>, Error> {
        let mut bytes = Zeroizing::new(alloc::vec![[0u8; FIELD_BYTES]; count]);
        rng.try_fill_bytes(bytes.as_flattened_mut())
            .map_err(|_| Error::RandomnessFailed)?;
        bytes
            .iter()
            .map(|first| EphemeralScalar::from_random(first, rng))
            .map(|drawn| drawn.map(|drawn| Self(Arc::new(drawn.0))))
            .collect()
    }

    /// Takes a big-endian scalar.
    ///
    /// # Errors
    /// [`UnusableKey::Length`] unless it has exactly 48 bytes;
    /// [`UnusableKey::PrivateValue`] for zero and for n and above.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes: &[u8; FIELD_BYTES] = bytes.try_into().map_err(|_| UnusableKey::Length)?;
        engine::SecretScalar::from_bytes(bytes)
            .map(|scalar| Self(Arc::new(scalar)))
            .map_err(|_| UnusableKey::PrivateValue.into())
    }

    /// The scalar, big-endian.
    pub fn to_bytes(&self) -> Zeroizing<[u8; FIELD_BYTES]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public point that belongs to it, by the default backend.
    pub fn point(&self) -> Point {
        let backend = engine::Backend::detect();
        Point(engine::ecdh::public_key(&self.0, backend))
    }

    /// The public points of many scalars, by the default backend.
    pub fn points(scalars: &[Self]) -> Vec<Point> {
        let scalars: Vec<&engine::SecretScalar> = scalars.iter().map(|scalar| &*scalar.0).collect();
        let points = engine::ecdh::public_keys(&scalars, engine::Backend::detect());
        points.into_iter().map(Point).collect()
    }

    /// Diffie–Hellman with a validated point, in constant time.
    pub(crate) fn agree_by(&self, backend: Backend, peer: &Point) -> Result<SharedSecret, Error> {
        let Some(backend) = backend.engine() else {
            return agree_by_rustcrypto(&*to_rustcrypto(&self.0)?, peer);
        };
        let agreed = engine::ecdh::agree(&self.0, &peer.0, backend);
        Ok(SharedSecret::from_bytes(*agreed.expose()))
    }

    /// ECDSA with the nonce of RFC 6979 §3.2 (SHA-384): r ‖ s.
    pub(crate) fn sign(&self, digest: &[u8; 48], backend: Backend) -> [u8; 96] {
        let backend = backend.engine();
        if backend.is_none()
            && let Ok(scalar) = to_rustcrypto(&self.0)
        {
            return sign_by_rustcrypto(&scalar, digest);
        }
        // Both take 1…n − 1, so there is a backend; the signature is the same.
        self.engine_key(backend.unwrap_or(engine::Backend::Serial))
            .sign(digest)
    }

    fn engine_key(&self, backend: engine::Backend) -> engine::ecdsa::SigningKey {
        engine::ecdsa::SigningKey::new((*self.0).clone(), backend)
    }
}

/// Signs digests, each with its scalar; those of one of the engine's backends
/// together.
pub(crate) fn sign_batch(items: &[(&SecretScalar, Backend, &[u8; 48])]) -> Vec<[u8; 96]> {
    let key = |(scalar, backend, digest): &(&SecretScalar, Backend, &'_ [u8; 48])| {
        Some((scalar.engine_key(backend.engine()?), **digest))
    };
    // Enough room from the start: a list that grows leaves copies behind.
    let mut keys = Vec::with_capacity(items.len());
    keys.extend(items.iter().filter_map(key));
    let together: Vec<_> = keys.iter().map(|(key, digest)| (key, digest)).collect();
    let mut signatures = engine::ecdsa::sign_batch(&together).into_iter();
    let one = |(scalar, backend, digest): &(&SecretScalar, Backend, &[u8; 48])| {
        let together = backend.engine().and_then(|_| signatures.next());
        together.unwrap_or_else(|| scalar.sign(digest, *backend))
    };
    items.iter().map(one).collect()
}

/// The same scalar in the other library.
fn to_rustcrypto(scalar: &engine::SecretScalar) -> Result<Zeroizing<NonZeroScalar>, Error> {
    let bytes = Zeroizing::new(scalar.to_bytes());
    let key = SecretKey::from_bytes((&*bytes).into()).map_err(|_| UnusableKey::PrivateValue)?;
    Ok(Zeroizing::new(key.to_nonzero_scalar()))
}

fn agree_by_rustcrypto(scalar: &NonZeroScalar, peer: &Point) -> Result<SharedSecret, Error> {
    let peer = peer.to_rustcrypto()?;
    let agreed = p384::ecdh::diffie_hellman(scalar, peer.as_affine());
    let mut z = Zeroizing::new([0u8; FIELD_BYTES]);
    z.copy_from_slice(agreed.raw_secret_bytes());
    Ok(SharedSecret::from_bytes(*z))
}

impl fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretScalar(redacted)")
    }
}

fn sign_by_rustcrypto(scalar: &NonZeroScalar, digest: &[u8; 48]) -> [u8; 96] {
    let (signature, _) = sign_prehashed_rfc6979::<NistP384, sha2::Sha384>(scalar, digest, &[]);
    signature.to_bytes().into()
}

/// SHA-384.
pub(crate) fn digest(message: &[u8]) -> [u8; 48] {
    engine::sha384::digest(message, engine::Backend::detect())
}

/// SHA-384 of many messages.
pub(crate) fn digest_batch(messages: &[&[u8]]) -> Vec<[u8; 48]> {
    engine::sha384::digests(messages, engine::Backend::detect())
}

/// Whether s is at most n/2.
pub(crate) fn has_low_s(signature: &[u8; 96]) -> bool {
    p384::ecdsa::Signature::from_bytes(signature.into())
        .is_ok_and(|signature| signature.normalize_s().s() == signature.s())
}

/// DER of r ‖ s, or none where r or s is not in 1…n−1.
pub(crate) fn signature_to_der(signature: &[u8; 96]) -> Option<Vec<u8>> {
    let signature = p384::ecdsa::Signature::from_bytes(signature.into()).ok()?;
    Some(signature.to_der().as_bytes().to_vec())
}

/// r ‖ s of a strict DER signature.
pub(crate) fn signature_from_der(der: &[u8]) -> Option<[u8; 96]> {
    p384::ecdsa::Signature::from_der(der)
        .ok()
        .map(|signature| signature.to_bytes().into())
}
