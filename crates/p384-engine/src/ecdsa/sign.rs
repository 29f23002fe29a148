//! Signing with the nonces of RFC 6979: constant time in key, nonce and digest.

use alloc::vec::Vec;
use core::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::backend::{Backend, dispatch, grouped};
use crate::batch;
use crate::ecdsa::rfc6979::Nonces;
use crate::ecdsa::{DIGEST_BYTES, SIGNATURE_BYTES};
use crate::field::Coordinates;
use crate::limbs::BYTES;
use crate::point::PublicKey;
use crate::scalar::{Scalar, SecretScalar};

/// A secret key that signs; wiped when dropped, printed redacted.
#[derive(Clone)]
pub struct SigningKey {
    secret: SecretScalar,
    backend: Backend,
}

impl SigningKey {
    /// A key for signing by a backend.
    pub const fn new(secret: SecretScalar, backend: Backend) -> Self {
        Self { secret, backend }
    }

    /// The key that verifies.
    pub fn public_key(&self) -> PublicKey {
        crate::ecdh::public_key(&self.secret, self.backend)
    }

    /// Signs a digest: r ‖ s. The same signature every time.
    pub fn sign(&self, digest: &[u8; DIGEST_BYTES]) -> [u8; SIGNATURE_BYTES] {
        let z = Scalar::from_bytes_reduced(digest);
        let mut nonces = Nonces::new(self.secret.scalar(), &z);
        loop {
            let nonce = nonces.draw();
            let point = dispatch!(self.backend, ecdh::multiply_generator(&nonce));
            let inverse = Zeroizing::new(nonce.invert());
            // r or s is zero with a chance of 2^−384: RFC 6979 §3.4 draws again.
            if let Some(signature) = self.combine(&z, &point, &inverse) {
                return signature;
            }
        }
    }

    /// r = x mod n and s = (z + r·d)/k; none where one of them is zero.
    fn combine(
        &self,
        z: &Scalar,
        point: &Coordinates,
        inverse: &Scalar,
    ) -> Option<[u8; SIGNATURE_BYTES]> {
        let r = Scalar::reduce(&point.x);
        let mut sum = r.mul(self.secret.scalar()).add(z);
        let s = sum.mul(inverse);
        sum.zeroize();
        if r.is_zero().or(s.is_zero()).declassify() {
            return None;
        }
        let mut signature = [0; SIGNATURE_BYTES];
        let (halves, _) = signature.as_chunks_mut::<BYTES>();
        for (half, scalar) in halves.iter_mut().zip([r, s]) {
            *half = scalar.to_bytes();
        }
        Some(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("backend", &self.backend)
            .finish_non_exhaustive()
    }
}

/// Signs digests, with one key or with many: the signatures of
/// [`SigningKey::sign`], in order.
pub fn sign_batch(items: &[(&SigningKey, &[u8; DIGEST_BYTES])]) -> Vec<[u8; SIGNATURE_BYTES]> {
    let digests = items
        .iter()
        .map(|(_, digest)| Scalar::from_bytes_reduced(digest));
    let digests: Vec<Scalar> = digests.collect();
    let keys = items.iter().map(|(key, _)| *key);
    let draw = |(key, z): (&SigningKey, &_)| *Nonces::new(key.secret.scalar(), z).draw();
    let nonces = keys.clone().zip(&digests).map(draw).collect();
    let nonces: Zeroizing<Vec<Scalar>> = Zeroizing::new(nonces);
    let multiples: Vec<(Backend, &Scalar)> = keys.map(|key| key.backend).zip(&*nonces).collect();
    let points = grouped(&multiples, |(backend, _)| *backend, multiply);
    let mut inverses = nonces.clone();
    batch::invert_all(
        &mut inverses,
        &mut Vec::with_capacity(items.len()),
        Scalar::invert,
    );
    let parts = digests.iter().zip(&points).zip(&*inverses);
    let combine = |(((z, point), inverse), (key, digest)): (_, &(&SigningKey, &_))| {
        // A zero, should it ever come, is for the single form to draw past.
        key.combine(z, point, inverse)
            .unwrap_or_else(|| key.sign(digest))
    };
    parts.zip(items).map(combine).collect()
}

/// k·G for each k, on one backend.
fn multiply(backend: Backend, scalars: &[(Backend, &Scalar)]) -> Vec<Coordinates> {
    let scalars: Vec<&Scalar> = scalars.iter().map(|(_, scalar)| *scalar).collect();
    dispatch!(backend, ecdh::multiply_generator_batch(&scalars))
}
