//! The `RustCrypto` curve, the engine's oracle.

use std::cell::RefCell;
use std::rc::Rc;

use chacha20::ChaCha20Rng;
use p384::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p384::ecdsa::{SigningKey, VerifyingKey};
use p384::elliptic_curve::Generate as _;
use p384::elliptic_curve::sec1::ToSec1Point as _;
use p384::{PublicKey, SecretKey};

use super::Rival;
use super::pool::{Pool, Public, Secret, Signature};
use crate::rivals;
use crate::workload::{generator, turn};

pub(super) struct P384 {
    pool: Rc<Pool>,
    rng: RefCell<ChaCha20Rng>,
    secret: SecretKey,
    public: PublicKey,
    signing: SigningKey,
    verifying: VerifyingKey,
}

impl P384 {
    pub(super) fn new(pool: &Rc<Pool>) -> Self {
        let secret = SecretKey::from_slice(&turn(&pool.keys, 0).secret).expect("key");
        let signing = SigningKey::from(&secret);
        Self {
            pool: Rc::clone(pool),
            rng: RefCell::new(generator()),
            public: secret.public_key(),
            verifying: *signing.verifying_key(),
            signing,
            secret,
        }
    }

    fn verify_by(&self, key: &VerifyingKey, index: usize) -> bool {
        let signature = p384::ecdsa::Signature::from_slice(self.pool.signature(index));
        let signature = signature.expect("signature");
        key.verify_prehash(self.pool.digest(index), &signature)
            .is_ok()
    }

    fn send_to(&self, recipient: &PublicKey) -> (Public, Secret) {
        let ephemeral = self.draw();
        (
            uncompressed(&ephemeral.public_key()),
            agree(&ephemeral, recipient),
        )
    }

    fn draw(&self) -> SecretKey {
        SecretKey::generate_from_rng(&mut *self.rng.borrow_mut())
    }
}

impl Rival for P384 {
    fn name(&self) -> &'static str {
        rivals::P384
    }

    fn verify(&self, index: usize) -> bool {
        self.verify_by(&self.verifying, index)
    }

    fn verify_unknown(&self, index: usize) -> bool {
        self.verify_by(&parse(&turn(&self.pool.keys, index).public).into(), index)
    }

    fn sign(&self, index: usize) -> Signature {
        let signature = self.signing.sign_prehash(self.pool.digest(index));
        let signature: p384::ecdsa::Signature = signature.expect("signature");
        signature.to_bytes().into()
    }

    fn generate(&self) -> Public {
        uncompressed(&self.draw().public_key())
    }

    fn send(&self, _: usize) -> (Public, Secret) {
        self.send_to(&self.public)
    }

    fn send_unknown(&self, index: usize) -> (Public, Secret) {
        self.send_to(&parse(&turn(&self.pool.keys, index).public))
    }

    fn agree(&self, index: usize) -> Option<Secret> {
        Some(agree(&self.secret, &parse(self.pool.peer(index))))
    }
}

fn parse(public: &Public) -> PublicKey {
    PublicKey::from_sec1_bytes(public).expect("point")
}

fn uncompressed(key: &PublicKey) -> Public {
    let point = key.to_sec1_point(false);
    point.as_bytes().try_into().expect("97 bytes")
}

fn agree(secret: &SecretKey, peer: &PublicKey) -> Secret {
    let shared = p384::ecdh::diffie_hellman(secret.to_nonzero_scalar(), peer.as_affine());
    let bytes: &[u8] = shared.raw_secret_bytes();
    bytes.try_into().expect("48 bytes")
}
