//! ring: messages only, no parsed keys, and no agreement with a static key.

use std::rc::Rc;

use ring::agreement::{ECDH_P384, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
};

use super::Rival;
use super::pool::{Pool, Public, Secret, Signature};
use crate::rivals::RING;
use crate::workload::turn;

pub(super) struct Ring {
    pool: Rc<Pool>,
    random: SystemRandom,
    signing: EcdsaKeyPair,
}

impl Ring {
    pub(super) fn new(pool: &Rc<Pool>) -> Self {
        let key = turn(&pool.keys, 0);
        let random = SystemRandom::new();
        let signing = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P384_SHA384_FIXED_SIGNING,
            &key.secret,
            &key.public,
            &random,
        );
        Self {
            pool: Rc::clone(pool),
            random,
            signing: signing.expect("key pair"),
        }
    }

    fn draw(&self) -> (EphemeralPrivateKey, Public) {
        let key = EphemeralPrivateKey::generate(&ECDH_P384, &self.random).expect("key");
        let public = key.compute_public_key().expect("point");
        (key, public.as_ref().try_into().expect("97 bytes"))
    }
}

impl Rival for Ring {
    fn name(&self) -> &'static str {
        RING
    }

    fn verify(&self, index: usize) -> bool {
        let public = &turn(&self.pool.keys, index).public;
        let key = signature::UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, public);
        let signature = self.pool.signature(index);
        key.verify(self.pool.message(index), signature).is_ok()
    }

    fn verify_unknown(&self, index: usize) -> bool {
        self.verify(index)
    }

    fn sign(&self, index: usize) -> Signature {
        let signature = self.signing.sign(&self.random, self.pool.message(index));
        let signature = signature.expect("signature");
        signature.as_ref().try_into().expect("96 bytes")
    }

    fn generate(&self) -> Public {
        self.draw().1
    }

    fn send(&self, index: usize) -> (Public, Secret) {
        let (ephemeral, public) = self.draw();
        let recipient = UnparsedPublicKey::new(&ECDH_P384, &turn(&self.pool.keys, index).public);
        let copy = |z: &[u8]| z.try_into().expect("48 bytes");
        let shared = agree_ephemeral(ephemeral, &recipient, copy);
        (public, shared.expect("Z"))
    }

    fn send_unknown(&self, index: usize) -> (Public, Secret) {
        self.send(index)
    }

    fn agree(&self, _: usize) -> Option<Secret> {
        None
    }
}
