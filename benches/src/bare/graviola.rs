//! graviola: messages only; a parsed key of an agreement holds a small table.

use std::rc::Rc;

use graviola::hashing::Sha384;
use graviola::key_agreement::p384::{PrivateKey, PublicKey, StaticPrivateKey};
use graviola::signing::ecdsa::{P384, SigningKey, VerifyingKey};

use super::Rival;
use super::pool::{Pool, Public, Secret, Signature};
use crate::rivals::GRAVIOLA;
use crate::workload::turn;

pub(super) struct Graviola {
    pool: Rc<Pool>,
    signing: SigningKey<P384>,
    verifying: VerifyingKey<P384>,
    agreement: StaticPrivateKey,
    recipient: PublicKey,
}

impl Graviola {
    pub(super) fn new(pool: &Rc<Pool>) -> Self {
        let key = turn(&pool.keys, 0);
        let private = || StaticPrivateKey::from_bytes(&key.secret).expect("key");
        Self {
            pool: Rc::clone(pool),
            signing: SigningKey {
                private_key: private(),
            },
            verifying: verifying(&key.public),
            agreement: private(),
            recipient: point(&key.public),
        }
    }

    fn verify_by(&self, key: &VerifyingKey<P384>, index: usize) -> bool {
        let (message, signature) = (self.pool.message(index), self.pool.signature(index));
        key.verify::<Sha384>(&[message], signature).is_ok()
    }
}

impl Rival for Graviola {
    fn name(&self) -> &'static str {
        GRAVIOLA
    }

    fn verify(&self, index: usize) -> bool {
        self.verify_by(&self.verifying, index)
    }

    fn verify_unknown(&self, index: usize) -> bool {
        self.verify_by(&verifying(&turn(&self.pool.keys, index).public), index)
    }

    fn sign(&self, index: usize) -> Signature {
        let mut signature = [0; 96];
        let message: &[u8] = self.pool.message(index);
        let signed = self.signing.sign::<Sha384>(&[message], &mut signature);
        assert_eq!(signed.expect("signature").len(), 96);
        signature
    }

    fn generate(&self) -> Public {
        let key = PrivateKey::new_random().expect("key");
        key.public_key_uncompressed()
    }

    fn send(&self, _: usize) -> (Public, Secret) {
        send_to(&self.recipient)
    }

    fn send_unknown(&self, index: usize) -> (Public, Secret) {
        send_to(&point(&turn(&self.pool.keys, index).public))
    }

    fn agree(&self, index: usize) -> Option<Secret> {
        let peer = point(self.pool.peer(index));
        Some(self.agreement.diffie_hellman(&peer).expect("Z").0)
    }
}

fn verifying(public: &Public) -> VerifyingKey<P384> {
    VerifyingKey::from_x962_uncompressed(public).expect("key")
}

fn point(public: &Public) -> PublicKey {
    PublicKey::from_x962_uncompressed(public).expect("point")
}

fn send_to(recipient: &PublicKey) -> (Public, Secret) {
    let ephemeral = PrivateKey::new_random().expect("key");
    let public = ephemeral.public_key_uncompressed();
    (public, ephemeral.diffie_hellman(recipient).expect("Z").0)
}
