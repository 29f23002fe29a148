//! AWS-LC through aws-lc-rs.

use std::rc::Rc;

use aws_lc_rs::agreement::{self, ECDH_P384, ParsedPublicKey, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::digest::{Digest, SHA384};
use aws_lc_rs::signature::{
    self, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
};

use super::Rival;
use super::pool::{Pool, Public, Secret, Signature};
use crate::rivals::AWS_LC;
use crate::workload::turn;

/// With every digest in its own form, since it takes bare digests only so.
pub(super) struct AwsLc {
    pool: Rc<Pool>,
    digests: Vec<Digest>,
    signing: EcdsaKeyPair,
    verifying: signature::ParsedPublicKey,
    agreement: PrivateKey,
    recipient: ParsedPublicKey,
}

impl AwsLc {
    pub(super) fn new(pool: &Rc<Pool>) -> Self {
        let key = turn(&pool.keys, 0);
        let signing = &ECDSA_P384_SHA384_FIXED_SIGNING;
        let digest =
            |digest: &[u8; 48]| Digest::import_less_safe(digest, &SHA384).expect("48 bytes");
        Self {
            pool: Rc::clone(pool),
            digests: pool.digests.iter().map(digest).collect(),
            signing: EcdsaKeyPair::from_private_key_and_public_key(
                signing,
                &key.secret,
                &key.public,
            )
            .expect("key pair"),
            verifying: verifying(&key.public),
            agreement: PrivateKey::from_private_key(&ECDH_P384, &key.secret).expect("key"),
            recipient: point(&key.public),
        }
    }

    fn send_to(recipient: ParsedPublicKey) -> (Public, Secret) {
        let ephemeral = PrivateKey::generate(&ECDH_P384).expect("key");
        let public = ephemeral.compute_public_key().expect("point");
        let public = public.as_ref().try_into().expect("97 bytes");
        (public, agree(&ephemeral, recipient))
    }
}

impl Rival for AwsLc {
    fn name(&self) -> &'static str {
        AWS_LC
    }

    fn verify(&self, index: usize) -> bool {
        let (digest, signature) = (turn(&self.digests, index), self.pool.signature(index));
        self.verifying.verify_digest_sig(digest, signature).is_ok()
    }

    fn verify_unknown(&self, index: usize) -> bool {
        let key = verifying(&turn(&self.pool.keys, index).public);
        let (digest, signature) = (turn(&self.digests, index), self.pool.signature(index));
        key.verify_digest_sig(digest, signature).is_ok()
    }

    fn sign(&self, index: usize) -> Signature {
        let signature = self.signing.sign_digest(turn(&self.digests, index));
        let signature = signature.expect("signature");
        signature.as_ref().try_into().expect("96 bytes")
    }

    fn generate(&self) -> Public {
        let key = PrivateKey::generate(&ECDH_P384).expect("key");
        let public = key.compute_public_key().expect("point");
        public.as_ref().try_into().expect("97 bytes")
    }

    fn send(&self, _: usize) -> (Public, Secret) {
        Self::send_to(self.recipient.clone())
    }

    fn send_unknown(&self, index: usize) -> (Public, Secret) {
        Self::send_to(point(&turn(&self.pool.keys, index).public))
    }

    fn agree(&self, index: usize) -> Option<Secret> {
        Some(agree(&self.agreement, point(self.pool.peer(index))))
    }
}

fn verifying(public: &Public) -> signature::ParsedPublicKey {
    signature::ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, public).expect("key")
}

fn point(public: &Public) -> ParsedPublicKey {
    let unparsed = UnparsedPublicKey::new(&ECDH_P384, public);
    unparsed.try_into().expect("point")
}

fn agree(private: &PrivateKey, peer: ParsedPublicKey) -> Secret {
    let copy = |z: &[u8]| z.try_into().map_err(drop);
    agreement::agree(private, peer, (), copy).expect("Z")
}
