//! The curve operations alone, on messages of 256 bytes, against AWS-LC and p384.
//!
//! Hashing is part of signing and verifying on every side; parsed keys and
//! points are not. ECDSA of AWS-LC draws random nonces, ours and p384's follow
//! RFC 6979.

use std::rc::Rc;

use aws_lc_rs::agreement::{self, ECDH_P384};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey,
};
use jose_core::curve::{Point, SecretScalar};
use jose_core::es384::{self, Signature, SigningKey, VerifyItem, VerifyingKey, verify_batch};
use jose_core::jwe::KeyAgreement as _;
use jose_core::{Backend, Level};
use p384::ecdsa::signature::{Signer as _, Verifier as _};
use p384::elliptic_curve::Generate as _;

use crate::interleave::{Contest, Side};
use crate::rivals::{AWS_LC, P384};
use crate::workload::{KEYS, generator, messages, turn};

/// Every operation against both rivals.
pub fn contests() -> Vec<Contest> {
    let bare = Rc::new(Bare::new());
    let rows: [(&'static str, Make, Make, Make); 6] = [
        (
            "P-384 verify",
            Bare::ours_verify,
            Bare::aws_verify,
            Bare::p384_verify,
        ),
        (
            "P-384 verify, batch of 32",
            Bare::ours_verify_batch,
            Bare::aws_verify,
            Bare::p384_verify,
        ),
        (
            "P-384 verify, unknown key",
            Bare::ours_verify_unknown,
            Bare::aws_verify,
            Bare::p384_verify,
        ),
        (
            "P-384 sign",
            Bare::ours_sign,
            Bare::aws_sign,
            Bare::p384_sign,
        ),
        (
            "P-384 key generation",
            ours_generate,
            aws_generate,
            p384_generate,
        ),
        (
            "P-384 ECDH, fresh peer",
            Bare::ours_agree,
            Bare::aws_agree,
            Bare::p384_agree,
        ),
    ];
    let contest = |(operation, ours, aws, p384): (&'static str, Make, Make, Make)| {
        [(AWS_LC, aws), (P384, p384)].map(|(rival, theirs)| Contest {
            operation,
            rival,
            ours: ours(&bare),
            theirs: theirs(&bare),
        })
    };
    rows.into_iter().flat_map(contest).collect()
}

type Make = fn(&Rc<Bare>) -> Side;

/// Message and signature `i` belong to key `i % KEYS`; peers are all distinct.
struct Bare {
    messages: Vec<Vec<u8>>,
    signatures: Vec<Signature>,
    ours: Vec<Ours>,
    aws: Vec<Aws>,
    p384: Vec<OfP384>,
    peers: Vec<Peer>,
}

struct Ours {
    scalar: SecretScalar,
    signing: SigningKey,
    point: Point,
    verifying: VerifyingKey,
}

struct Aws {
    signing: EcdsaKeyPair,
    verifying: ParsedPublicKey,
    agreement: agreement::PrivateKey,
}

struct OfP384 {
    secret: p384::SecretKey,
    signing: p384::ecdsa::SigningKey,
    verifying: p384::ecdsa::VerifyingKey,
}

/// One peer's point in the form each side takes.
struct Peer {
    ours: Point,
    aws: agreement::ParsedPublicKey,
    p384: p384::PublicKey,
}

impl Bare {
    fn new() -> Self {
        let mut rng = generator();
        let mut scalar = || SecretScalar::generate(&mut rng).expect("scalar");
        let ours: Vec<_> = (0..KEYS).map(|_| Ours::new(scalar())).collect();
        let peers: Vec<_> = (0..crate::workload::MESSAGES)
            .map(|_| Peer::new(scalar().point()))
            .collect();
        let messages = messages(&mut rng);
        let sign = |(index, message): (usize, &Vec<u8>)| {
            let key = turn(&ours, index);
            key.signing.sign_digest(&es384::digest(message))
        };
        let this = Self {
            signatures: messages.iter().enumerate().map(sign).collect(),
            messages,
            aws: ours.iter().map(Aws::new).collect(),
            p384: ours.iter().map(OfP384::new).collect(),
            ours,
            peers,
        };
        this.check();
        this
    }

    /// Each side accepts the others' signatures, and all agree on the same Z.
    fn check(&self) {
        let random = SystemRandom::new();
        for (index, message) in self.messages.iter().enumerate() {
            let (ours, aws) = (turn(&self.ours, index), turn(&self.aws, index));
            let p384 = turn(&self.p384, index);
            let signature = turn(&self.signatures, index);
            let by_p384: p384::ecdsa::Signature = p384.signing.sign(message);
            assert_eq!(by_p384.to_bytes()[..], signature.as_bytes()[..], "RFC 6979");
            let accepted = aws.verifying.verify_sig(message, signature.as_bytes());
            assert!(accepted.is_ok(), "aws-lc-rs verifies ours");
            let by_aws = aws.signing.sign(&random, message).expect("signature");
            let digest = es384::digest(message);
            let accepted = ours
                .verifying
                .verify_digest(&digest, &to_signature(by_aws.as_ref()));
            assert!(accepted.is_ok(), "we verify aws-lc-rs's");

            let peer = turn(&self.peers, index);
            let z = ours.scalar.agree(&peer.ours).expect("Z");
            assert_eq!(aws.agree(peer), z.expose()[..], "aws-lc-rs agrees");
            assert_eq!(p384.agree(peer)[..], z.expose()[..], "p384 agrees");
        }
    }

    fn message(&self, index: usize) -> &[u8] {
        turn::<Vec<u8>>(&self.messages, index)
    }

    fn ours_verify(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| {
            let digest = es384::digest(this.message(index));
            let key = &turn(&this.ours, index).verifying;
            let result = key.verify_digest(&digest, turn(&this.signatures, index));
            result.expect("valid");
        })
    }

    fn ours_verify_batch(self: &Rc<Self>) -> Side {
        const SIZE: u32 = 32;
        let this = Rc::clone(self);
        let mut next = 0;
        Side::batch(SIZE, move |_| {
            let first = next;
            next += SIZE as usize;
            let digests: Vec<_> = (first..next)
                .map(|index| es384::digest(this.message(index)))
                .collect();
            let items: Vec<_> = (first..next)
                .zip(&digests)
                .map(|(index, digest)| VerifyItem {
                    key: &turn(&this.ours, index).verifying,
                    digest,
                    signature: turn(&this.signatures, index),
                })
                .collect();
            assert!(verify_batch(&items).iter().all(Result::is_ok));
        })
    }

    fn ours_verify_unknown(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| {
            let digest = es384::digest(this.message(index));
            let point = &turn(&this.ours, index).point;
            let key = VerifyingKey::prepare(point, Level::OneShot, Backend::default());
            let result = key.verify_digest(&digest, turn(&this.signatures, index));
            result.expect("valid");
        })
    }

    fn aws_verify(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| {
            let key = &turn(&this.aws, index).verifying;
            let signature = turn(&this.signatures, index).as_bytes();
            let result = key.verify_sig(this.message(index), signature);
            result.expect("valid");
        })
    }

    fn p384_verify(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        let parse = |signature: &Signature| {
            p384::ecdsa::Signature::from_slice(signature.as_bytes()).expect("signature")
        };
        let signatures: Vec<_> = this.signatures.iter().map(parse).collect();
        Side::single(move |index| {
            let key = &turn(&this.p384, index).verifying;
            let result = key.verify(this.message(index), turn(&signatures, index));
            result.expect("valid");
        })
    }

    fn ours_sign(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| {
            let digest = es384::digest(this.message(index));
            turn(&this.ours, index).signing.sign_digest(&digest)
        })
    }

    fn aws_sign(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        let random = SystemRandom::new();
        Side::single(move |index| {
            let key = &turn(&this.aws, index).signing;
            key.sign(&random, this.message(index)).expect("signature")
        })
    }

    fn p384_sign(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| -> p384::ecdsa::Signature {
            let key = &turn(&this.p384, index).signing;
            key.sign(this.message(index))
        })
    }

    fn ours_agree(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| {
            let scalar = &turn(&this.ours, index).scalar;
            scalar.agree(&turn(&this.peers, index).ours).expect("Z")
        })
    }

    fn aws_agree(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| turn(&this.aws, index).agree(turn(&this.peers, index)))
    }

    fn p384_agree(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| turn(&this.p384, index).agree(turn(&this.peers, index)))
    }
}

impl Ours {
    fn new(scalar: SecretScalar) -> Self {
        let point = scalar.point();
        Self {
            signing: SigningKey::prepare(&scalar, Backend::default()),
            verifying: VerifyingKey::prepare(&point, Level::Issuer, Backend::default()),
            scalar,
            point,
        }
    }
}

impl Aws {
    fn new(key: &Ours) -> Self {
        let (d, point) = (key.scalar.to_bytes(), sec1(&key.point));
        let signing = &ECDSA_P384_SHA384_FIXED_SIGNING;
        Self {
            signing: EcdsaKeyPair::from_private_key_and_public_key(signing, &*d, &point)
                .expect("key pair"),
            verifying: ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).expect("key"),
            agreement: agreement::PrivateKey::from_private_key(&ECDH_P384, &*d).expect("key"),
        }
    }

    fn agree(&self, peer: &Peer) -> [u8; 48] {
        let copy = |z: &[u8]| z.try_into().map_err(drop);
        agreement::agree(&self.agreement, peer.aws.clone(), (), copy).expect("Z")
    }
}

impl OfP384 {
    fn new(key: &Ours) -> Self {
        let secret = p384::SecretKey::from_slice(&*key.scalar.to_bytes()).expect("key");
        let signing = p384::ecdsa::SigningKey::from(&secret);
        Self {
            verifying: *signing.verifying_key(),
            signing,
            secret,
        }
    }

    fn agree(&self, peer: &Peer) -> p384::FieldBytes {
        let scalar = self.secret.to_nonzero_scalar();
        *p384::ecdh::diffie_hellman(scalar, peer.p384.as_affine()).raw_secret_bytes()
    }
}

impl Peer {
    fn new(point: Point) -> Self {
        let bytes = sec1(&point);
        let unparsed = agreement::UnparsedPublicKey::new(&ECDH_P384, bytes);
        Self {
            ours: point,
            aws: unparsed.try_into().expect("point"),
            p384: p384::PublicKey::from_sec1_bytes(&bytes).expect("point"),
        }
    }
}

fn ours_generate(_: &Rc<Bare>) -> Side {
    let mut rng = generator();
    Side::single(move |_| SecretScalar::generate(&mut rng).expect("scalar").point())
}

fn aws_generate(_: &Rc<Bare>) -> Side {
    Side::single(|_| agreement::PrivateKey::generate(&ECDH_P384).expect("key"))
}

fn p384_generate(_: &Rc<Bare>) -> Side {
    let mut rng = generator();
    Side::single(move |_| p384::SecretKey::generate_from_rng(&mut rng).public_key())
}

/// The uncompressed form (SEC 1 §2.3.3).
fn sec1(point: &Point) -> [u8; 97] {
    let (x, y) = point.coordinates();
    let mut bytes = [4; 97];
    bytes[1..49].copy_from_slice(&x);
    bytes[49..].copy_from_slice(&y);
    bytes
}

fn to_signature(bytes: &[u8]) -> Signature {
    Signature::from_bytes(bytes).expect("96 bytes")
}
