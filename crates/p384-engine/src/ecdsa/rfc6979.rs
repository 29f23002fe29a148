//! Nonces of RFC 6979 §3.2, with HMAC of SHA-384 (RFC 2104).

use sha2::{Digest as _, Sha384};
use zeroize::{Zeroize, Zeroizing};

use crate::limbs::BYTES;
use crate::scalar::Scalar;

/// Bytes of a block of SHA-384.
const BLOCK: usize = 128;

/// The sequence of nonces for one key and digest; wiped when dropped.
pub(super) struct Nonces {
    key: Hmac,
    v: Zeroizing<[u8; BYTES]>,
    drawn: bool,
}

/// HMAC with a key of 48 bytes: both hashes after their first block. The state
/// of the hash wipes itself.
struct Hmac {
    inner: Sha384,
    outer: Sha384,
}

impl Nonces {
    /// Steps a to g. `digest` is the reduced one, bits2octets of §2.3.4.
    pub(super) fn new(secret: &Scalar, digest: &Scalar) -> Self {
        let secret = Zeroizing::new(secret.to_bytes());
        let digest = digest.to_bytes();
        let mut nonces = Self {
            key: Hmac::new(&[0; BYTES]),
            v: Zeroizing::new([1; BYTES]),
            drawn: false,
        };
        for separator in [0, 1] {
            nonces.rekey(&[&[separator], &*secret, &digest]);
        }
        nonces
    }

    /// Step h: the next candidate in 1…n − 1. One is refused with a chance of
    /// 2^−190; that it was, and nothing else of it, shows in the time.
    pub(super) fn draw(&mut self) -> Zeroizing<Scalar> {
        loop {
            if self.drawn {
                self.rekey(&[&[0]]);
            }
            self.drawn = true;
            *self.v = self.key.mac(&[&*self.v]);
            match Scalar::from_bytes(&self.v) {
                Some(nonce) if !nonce.is_zero().declassify() => return Zeroizing::new(nonce),
                _ => {}
            }
        }
    }

    /// K ← HMAC(K, V ‖ parts), V ← HMAC(K, V).
    fn rekey(&mut self, parts: &[&[u8]]) {
        let key = Zeroizing::new(self.key.mac_after(&*self.v, parts));
        self.key = Hmac::new(&key);
        *self.v = self.key.mac(&[&*self.v]);
    }
}

impl Hmac {
    fn new(key: &[u8; BYTES]) -> Self {
        let keyed = |pad: u8| {
            let mut block = [pad; BLOCK];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            let hash = Sha384::new_with_prefix(block);
            block.zeroize();
            hash
        };
        Self {
            inner: keyed(0x36),
            outer: keyed(0x5c),
        }
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; BYTES] {
        self.mac_after(&[], parts)
    }

    fn mac_after(&self, first: &[u8], parts: &[&[u8]]) -> [u8; BYTES] {
        let mut inner = self.inner.clone();
        inner.update(first);
        for part in parts {
            inner.update(part);
        }
        self.outer
            .clone()
            .chain_update(inner.finalize())
            .finalize()
            .into()
    }
}
