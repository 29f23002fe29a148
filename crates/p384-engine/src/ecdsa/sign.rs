//! Signing with the nonces of RFC 6979: constant time in key, nonce and digest.

use alloc::vec::Vec;
use core::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::backend::{Backend, dispatch, grouped};
use crate::ecdsa::rfc6979::{Eight, Nonces, One};
use crate::ecdsa::{DIGEST_BYTES, SIGNATURE_BYTES};
use crate::field::Coordinates;
use crate::limbs::{BYTES, Limbs};
use crate::point::PublicKey;
use crate::scalar::{Montgomery, Scalar, SecretScalar};

/// From so many signatures on, eight nonces at a time are the faster ones.
const WORTH_LANES: usize = 3;

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

    /// The key that verifies: calculated anew at every call.
    pub fn public_key(&self) -> PublicKey {
        crate::ecdh::public_key(&self.secret, self.backend)
    }

    /// Signs a digest: r ‖ s. The same signature every time.
    pub fn sign(&self, digest: &[u8; DIGEST_BYTES]) -> [u8; SIGNATURE_BYTES] {
        let z = Scalar::from_bytes_reduced(digest);
        let mut nonces = Nonces::new(One(self.backend), &[self.secret.scalar()], &[&z]);
        loop {
            let [nonce] = nonces.draw();
            let Some(nonce) = &*nonce else { continue };
            let (x, inverse) = dispatch!(self.backend, ecdh::x_and_inverse(nonce));
            let inverse = Zeroizing::new(Zeroizing::new(inverse).to_montgomery());
            // r or s is zero with a chance of 2^−384: RFC 6979 §3.4 draws again.
            if let Some(signature) = self.combine(&z, &x, &inverse) {
                return signature;
            }
        }
    }

    /// r = x mod n and s = (z + r·d)/k; none where one of them is zero.
    fn combine(
        &self,
        z: &Scalar,
        x: &Limbs,
        inverse: &Montgomery,
    ) -> Option<[u8; SIGNATURE_BYTES]> {
        let r = Scalar::reduce(x);
        let mut sum = r.mul(self.secret.scalar()).add(z);
        let s = inverse.mul(&sum);
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
    let nonces = nonces(items, &digests);
    let multiples: Vec<(Backend, &Scalar)> = keys.map(|key| key.backend).zip(&*nonces).collect();
    let points = grouped(&multiples, |(backend, _)| *backend, multiply);
    let inverses = Montgomery::inverses(nonces.iter().copied(), Scalar::invert);
    let inverses = Zeroizing::new(inverses);
    let parts = digests.iter().zip(&points).zip(&*inverses);
    let combine = |((z, point), inverse): ((_, &Coordinates), _),
                   (key, digest): &(&SigningKey, &_)| {
        // A zero, should it ever come, is for the single form to draw past.
        key.combine(z, &point.x, inverse)
            .unwrap_or_else(|| key.sign(digest))
    };
    parts
        .zip(items)
        .map(|(part, item)| combine(part, item))
        .collect()
}

/// The nonce of each signature, eight at a time where there are enough.
fn nonces(
    items: &[(&SigningKey, &[u8; DIGEST_BYTES])],
    digests: &[Scalar],
) -> Zeroizing<Vec<Scalar>> {
    let mut nonces = Zeroizing::new(Vec::with_capacity(items.len()));
    for (items, digests) in items.chunks(8).zip(digests.chunks(8)) {
        let all = items.iter().zip(digests);
        let one = |((key, _), z): (&(&SigningKey, _), &Scalar)| *nonce(key, z);
        match (items, digests) {
            ([(first, _), ..], [z, ..]) if items.len() >= WORTH_LANES => {
                let mut keys = [(first.secret.scalar(), z); 8];
                for (place, ((key, _), z)) in keys.iter_mut().zip(all.clone()) {
                    *place = (key.secret.scalar(), z);
                }
                let (secrets, digests) = (keys.map(|(key, _)| key), keys.map(|(_, z)| z));
                let drawn = Nonces::new(Eight(first.backend), &secrets, &digests).draw();
                nonces.extend(
                    drawn
                        .iter()
                        .zip(all)
                        .map(|(drawn, item)| drawn.unwrap_or_else(|| one(item))),
                );
            }
            _ => nonces.extend(all.map(one)),
        }
    }
    nonces
}

/// The nonce of one signature.
fn nonce(key: &SigningKey, z: &Scalar) -> Zeroizing<Scalar> {
    let mut nonces = Nonces::new(One(key.backend), &[key.secret.scalar()], &[z]);
    loop {
        let [nonce] = nonces.draw();
        if let Some(nonce) = *nonce {
            return Zeroizing::new(nonce);
        }
    }
}

/// k·G for each k, on one backend.
fn multiply(backend: Backend, scalars: &[(Backend, &Scalar)]) -> Vec<Coordinates> {
    let scalars: Vec<&Scalar> = scalars.iter().map(|(_, scalar)| *scalar).collect();
    dispatch!(backend, ecdh::multiply_generator_batch(&scalars))
}
