//! The inputs that all sides share, as bytes.

use chacha20::rand_core::Rng as _;
use p384::ecdsa::signature::hazmat::PrehashSigner as _;
use p384::elliptic_curve::sec1::ToSec1Point as _;
use sha2::{Digest as _, Sha384};

use crate::workload::{MESSAGES, generator, turn};

/// An uncompressed point (SEC 1 §2.3.3).
pub(super) type Public = [u8; 97];
/// Z, or a private scalar.
pub(super) type Secret = [u8; 48];
/// r ‖ s.
pub(super) type Signature = [u8; 96];

/// Message and signature `i` belong to key `i` modulo the number of keys; peers
/// are all distinct.
pub(super) struct Pool {
    pub(super) keys: Vec<Key>,
    pub(super) messages: Vec<[u8; 32]>,
    pub(super) digests: Vec<[u8; 48]>,
    pub(super) signatures: Vec<Signature>,
    pub(super) peers: Vec<Public>,
}

/// A key pair.
pub(super) struct Key {
    pub(super) secret: Secret,
    pub(super) public: Public,
}

impl Pool {
    pub(super) fn new(keys: usize) -> Self {
        let mut rng = generator();
        let mut secret = || {
            let mut bytes = [0; 48];
            rng.fill_bytes(&mut bytes);
            // Below n.
            bytes[0] &= 0x7f;
            bytes
        };
        let keys: Vec<Key> = (0..keys).map(|_| Key::new(secret())).collect();
        let peers = (0..MESSAGES).map(|_| Key::new(secret()).public).collect();
        let mut message = [0; 32];
        let messages: Vec<_> = (0..MESSAGES)
            .map(|_| {
                rng.fill_bytes(&mut message);
                message
            })
            .collect();
        let digest = |message: &[u8; 32]| Sha384::digest(message).into();
        let digests: Vec<_> = messages.iter().map(digest).collect();
        let sign = |(index, digest)| turn(&keys, index).sign(digest);
        Self {
            signatures: digests.iter().enumerate().map(sign).collect(),
            keys,
            messages,
            digests,
            peers,
        }
    }

    pub(super) fn message(&self, index: usize) -> &[u8; 32] {
        turn(&self.messages, index)
    }

    pub(super) fn digest(&self, index: usize) -> &[u8; 48] {
        turn(&self.digests, index)
    }

    pub(super) fn signature(&self, index: usize) -> &Signature {
        turn(&self.signatures, index)
    }

    pub(super) fn peer(&self, index: usize) -> &Public {
        turn(&self.peers, index)
    }
}

impl Key {
    fn new(secret: Secret) -> Self {
        let key = p384::SecretKey::from_slice(&secret).expect("in range");
        let public = key.public_key().to_sec1_point(false);
        Self {
            secret,
            public: public.as_bytes().try_into().expect("97 bytes"),
        }
    }

    fn sign(&self, digest: &[u8; 48]) -> Signature {
        let key = p384::ecdsa::SigningKey::from_slice(&self.secret).expect("in range");
        let signature: p384::ecdsa::Signature = key.sign_prehash(digest).expect("signature");
        signature.to_bytes().into()
    }
}
