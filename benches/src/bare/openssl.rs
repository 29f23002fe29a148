//! The system's OpenSSL.

use std::rc::Rc;

use openssl::bn::{BigNum, BigNumContext};
use openssl::derive::Deriver;
use openssl::ec::{EcGroup, EcKey, EcPoint, EcPointRef, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private, Public as PublicPart};

use super::Rival;
use super::pool::{Pool, Public, Secret, Signature};
use crate::rivals::OPENSSL;
use crate::workload::turn;

pub(super) struct OpenSsl {
    pool: Rc<Pool>,
    group: EcGroup,
    signing: EcKey<Private>,
    verifying: EcKey<PublicPart>,
    agreement: PKey<Private>,
    recipient: PKey<PublicPart>,
}

impl OpenSsl {
    pub(super) fn new(pool: &Rc<Pool>) -> Self {
        let group = EcGroup::from_curve_name(Nid::SECP384R1).expect("curve");
        let key = turn(&pool.keys, 0);
        let verifying = parse(&group, &key.public);
        let secret = BigNum::from_slice(&key.secret).expect("number");
        let signing = EcKey::from_private_components(&group, &secret, verifying.public_key());
        let signing = signing.expect("key pair");
        Self {
            pool: Rc::clone(pool),
            agreement: PKey::from_ec_key(signing.clone()).expect("key"),
            recipient: PKey::from_ec_key(verifying.clone()).expect("key"),
            group,
            signing,
            verifying,
        }
    }

    fn verify_by(&self, key: &EcKey<PublicPart>, index: usize) -> bool {
        let (r, s) = self.pool.signature(index).split_at(48);
        let number = |bytes| BigNum::from_slice(bytes).expect("number");
        let signature = EcdsaSig::from_private_components(number(r), number(s));
        let signature = signature.expect("signature");
        let verified = signature.verify(self.pool.digest(index), key);
        verified.expect("a verdict")
    }

    fn send_to(&self, recipient: &PKey<PublicPart>) -> (Public, Secret) {
        let ephemeral = EcKey::generate(&self.group).expect("key");
        let public = self.uncompressed(ephemeral.public_key());
        let ephemeral = PKey::from_ec_key(ephemeral).expect("key");
        (public, agree(&ephemeral, recipient))
    }

    fn uncompressed(&self, point: &EcPointRef) -> Public {
        let mut context = BigNumContext::new().expect("context");
        let form = PointConversionForm::UNCOMPRESSED;
        let bytes = point.to_bytes(&self.group, form, &mut context);
        bytes.expect("point").try_into().expect("97 bytes")
    }
}

impl Rival for OpenSsl {
    fn name(&self) -> &'static str {
        OPENSSL
    }

    fn verify(&self, index: usize) -> bool {
        self.verify_by(&self.verifying, index)
    }

    fn verify_unknown(&self, index: usize) -> bool {
        let key = parse(&self.group, &turn(&self.pool.keys, index).public);
        self.verify_by(&key, index)
    }

    fn sign(&self, index: usize) -> Signature {
        let signature = EcdsaSig::sign(self.pool.digest(index), &self.signing);
        let signature = signature.expect("signature");
        let mut bytes = [0; 96];
        for (number, place) in [signature.r(), signature.s()]
            .into_iter()
            .zip(bytes.chunks_exact_mut(48))
        {
            place.copy_from_slice(&number.to_vec_padded(48).expect("48 bytes"));
        }
        bytes
    }

    fn generate(&self) -> Public {
        let key = EcKey::generate(&self.group).expect("key");
        self.uncompressed(key.public_key())
    }

    fn send(&self, _: usize) -> (Public, Secret) {
        self.send_to(&self.recipient)
    }

    fn send_unknown(&self, index: usize) -> (Public, Secret) {
        let key = parse(&self.group, &turn(&self.pool.keys, index).public);
        self.send_to(&PKey::from_ec_key(key).expect("key"))
    }

    fn agree(&self, index: usize) -> Option<Secret> {
        let peer = parse(&self.group, self.pool.peer(index));
        let peer = PKey::from_ec_key(peer).expect("key");
        Some(agree(&self.agreement, &peer))
    }
}

/// Checks that it is a point of the curve.
fn parse(group: &EcGroup, public: &Public) -> EcKey<PublicPart> {
    let mut context = BigNumContext::new().expect("context");
    let point = EcPoint::from_bytes(group, public, &mut context).expect("point");
    EcKey::from_public_key(group, &point).expect("key")
}

fn agree(private: &PKey<Private>, peer: &PKey<PublicPart>) -> Secret {
    let mut deriver = Deriver::new(private).expect("deriver");
    // Without the multiplication by n: the point is on the curve, and that is all
    // that the others check.
    deriver.set_peer_ex(peer, false).expect("peer");
    let mut shared = [0; 48];
    assert_eq!(deriver.derive(&mut shared).expect("Z"), 48);
    shared
}
