//! JWS and JWE of 256 bytes, against jose4rs.

use std::rc::Rc;

use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::jwe::{
    DecryptItem, DecryptPolicy, DecryptionKey, EncryptHeader, EncryptItem, Recipient,
    decrypt_batch, encrypt_batch,
};
use jose_core::jwk::{KeyUse, PrivateJwk};
use jose_core::jws::{SignHeader, Signer, Verifier, VerifyItem, VerifyPolicy, verify_batch};
use jose4rs::jwe::{ContentEncryptionAlgorithm, JsonWebEncryption, KeyManagementAlgorithm};
use jose4rs::jwk::JsonWebKey;
use jose4rs::jws::{AlgorithmIdentifier, JsonWebSignature};
use jose4rs::jwx::{HeaderParameter, JsonWebStructure as _};

use crate::handles::{decryption_keys, encrypted, recipients, signed, signers, verifiers};
use crate::interleave::{Contest, Side};
use crate::rivals::JOSE4RS;
use crate::workload::{KEYS, MESSAGES, generator, keys, messages, turn};

const DIRECT: KeyManagement = KeyManagement::EcdhEs;
const A256GCM: ContentEncryption = ContentEncryption::A256Gcm;

/// Verification, signing, encryption, decryption; single, and ours in batches.
pub fn contests() -> Vec<Contest> {
    let signing = Rc::new(Signing::new());
    let encryption = Rc::new(Encryption::new());
    vec![
        contest(
            "JWS verify 256 B",
            signing.ours_verify(),
            signing.theirs_verify(),
        ),
        contest(
            "JWS verify 256 B, batch of 32",
            signing.ours_verify_batch(32),
            signing.theirs_verify(),
        ),
        contest("JWS sign 256 B", signing.ours_sign(), signing.theirs_sign()),
        contest(
            "JWE encrypt 256 B",
            encryption.ours_encrypt(),
            encryption.theirs_encrypt(),
        ),
        contest(
            "JWE encrypt 256 B, batch of 16",
            encryption.ours_encrypt_batch(16),
            encryption.theirs_encrypt(),
        ),
        contest(
            "JWE decrypt 256 B",
            encryption.ours_decrypt(),
            encryption.theirs_decrypt(),
        ),
        contest(
            "JWE decrypt 256 B, batch of 8",
            encryption.ours_decrypt_batch(8),
            encryption.theirs_decrypt(),
        ),
    ]
}

fn contest(operation: &'static str, ours: Side, theirs: Side) -> Contest {
    Contest {
        operation,
        rival: JOSE4RS,
        ours,
        theirs,
    }
}

/// Keys and tokens of ES384; message `i` belongs to key `i % KEYS`.
struct Signing {
    messages: Vec<Vec<u8>>,
    tokens: Vec<String>,
    signers: Vec<Signer>,
    verifiers: Vec<Verifier>,
    policy: VerifyPolicy,
    theirs: Vec<Theirs>,
}

impl Signing {
    fn new() -> Self {
        let mut rng = generator();
        let keys = keys(KeyUse::Sig, &mut rng);
        let signers = signers(&keys);
        let messages = messages(&mut rng);
        let this = Self {
            tokens: signed(&signers, &messages),
            messages,
            verifiers: verifiers(&keys),
            signers,
            policy: VerifyPolicy::new(&[SignatureAlgorithm::Es384]),
            theirs: keys.iter().map(Theirs::new).collect(),
        };
        this.check();
        this
    }

    /// Each side verifies what the other has signed.
    fn check(&self) {
        for (index, message) in self.messages.iter().enumerate() {
            let ours = turn(&self.tokens, index);
            let jws = JsonWebSignature::from_compact_serialization(ours).expect("token");
            let key = turn(&self.theirs, index);
            assert_eq!(jws.payload(&key.key).expect("jose4rs verifies"), message);

            let theirs = key.sign(message);
            let verifier = turn(&self.verifiers, index);
            let result = verifier.verify(theirs.as_bytes(), &self.policy);
            assert_eq!(result.expect("we verify").payload(), message);
        }
    }

    fn message(&self, index: usize) -> &[u8] {
        turn::<Vec<u8>>(&self.messages, index)
    }

    fn ours_verify(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| {
            let verifier = turn(&this.verifiers, index);
            let token = turn(&this.tokens, index).as_bytes();
            verifier.verify(token, &this.policy).expect("valid")
        })
    }

    fn ours_verify_batch(self: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(self);
        let mut next = 0;
        Side::batch(size, move |_| {
            let items: Vec<_> = (0..size)
                .map(|_| {
                    next += 1;
                    VerifyItem {
                        verifier: turn(&this.verifiers, next),
                        token: turn(&this.tokens, next).as_bytes(),
                        policy: &this.policy,
                    }
                })
                .collect();
            let results = verify_batch(&items);
            assert!(results.iter().all(Result::is_ok));
            results
        })
    }

    fn theirs_verify(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| {
            let token = turn(&this.tokens, index);
            let jws = JsonWebSignature::from_compact_serialization(token).expect("token");
            assert!(jws.payload(&turn(&this.theirs, index).key).is_ok());
            jws
        })
    }

    fn ours_sign(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        let header = SignHeader::new();
        Side::single(move |index| {
            let signer = turn(&this.signers, index);
            signer.sign(this.message(index), &header).expect("token")
        })
    }

    fn theirs_sign(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| turn(&this.theirs, index).sign(this.message(index)))
    }
}

/// Keys and tokens of ECDH-ES with A256GCM; message `i` belongs to key `i % KEYS`.
struct Encryption {
    messages: Vec<Vec<u8>>,
    tokens: Vec<String>,
    recipients: Vec<Recipient>,
    keys: Vec<DecryptionKey>,
    header: EncryptHeader,
    policy: DecryptPolicy,
    theirs: Vec<Theirs>,
}

impl Encryption {
    fn new() -> Self {
        let mut rng = generator();
        let keys = keys(KeyUse::Enc, &mut rng);
        let recipients = recipients(&keys);
        let header = EncryptHeader::new(DIRECT, A256GCM);
        let messages = messages(&mut rng);
        let this = Self {
            tokens: encrypted(&recipients, &messages, DIRECT, A256GCM, &mut rng),
            messages,
            recipients,
            keys: decryption_keys(&keys),
            header,
            policy: DecryptPolicy::new(&[DIRECT], &[A256GCM]),
            theirs: keys.iter().map(Theirs::new).collect(),
        };
        this.check();
        this
    }

    /// Each side decrypts what the other has encrypted.
    fn check(&self) {
        for (index, message) in self.messages.iter().enumerate() {
            let key = turn(&self.theirs, index);
            let ours = turn(&self.tokens, index);
            let mut jwe = JsonWebEncryption::from_compact_serialization(ours).expect("token");
            assert_eq!(jwe.payload(&key.key).expect("jose4rs decrypts"), message);

            let theirs = key.encrypt(message);
            let key = turn(&self.keys, index);
            let decrypted = key.decrypt(theirs.as_bytes(), &self.policy);
            assert_eq!(decrypted.expect("we decrypt").plaintext(), message);
        }
    }

    fn message(&self, index: usize) -> &[u8] {
        turn::<Vec<u8>>(&self.messages, index)
    }

    fn ours_encrypt(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        let mut rng = generator();
        Side::single(move |index| {
            let recipient = turn(&this.recipients, index);
            recipient
                .encrypt(this.message(index), &this.header, &mut rng)
                .expect("token")
        })
    }

    fn ours_encrypt_batch(self: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(self);
        let mut rng = generator();
        let mut next = 0;
        Side::batch(size, move |_| {
            let items: Vec<_> = (0..size)
                .map(|_| {
                    next += 1;
                    EncryptItem {
                        recipient: turn(&this.recipients, next),
                        plaintext: this.message(next),
                        header: &this.header,
                    }
                })
                .collect();
            let results = encrypt_batch(&items, &mut rng);
            assert!(results.iter().all(Result::is_ok));
            results
        })
    }

    fn theirs_encrypt(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| turn(&this.theirs, index).encrypt(this.message(index)))
    }

    fn ours_decrypt(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| {
            let token = turn(&this.tokens, index).as_bytes();
            turn(&this.keys, index)
                .decrypt(token, &this.policy)
                .expect("valid")
        })
    }

    fn ours_decrypt_batch(self: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(self);
        let mut next = 0;
        Side::batch(size, move |_| {
            let items: Vec<_> = (0..size)
                .map(|_| {
                    next += 1;
                    DecryptItem {
                        key: turn(&this.keys, next),
                        token: turn(&this.tokens, next).as_bytes(),
                        policy: &this.policy,
                    }
                })
                .collect();
            let results = decrypt_batch(&items);
            assert!(results.iter().all(Result::is_ok));
            results
        })
    }

    fn theirs_decrypt(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |index| {
            let token = turn(&this.tokens, index);
            let mut jwe = JsonWebEncryption::from_compact_serialization(token).expect("token");
            assert!(jwe.payload(&turn(&this.theirs, index).key).is_ok());
            jwe
        })
    }
}

// Turns of keys and messages must agree.
const _: () = assert!(MESSAGES.is_multiple_of(KEYS));

/// A key as jose4rs parses it, and its key id.
struct Theirs {
    key: JsonWebKey,
    kid: String,
}

impl Theirs {
    fn new(key: &PrivateJwk) -> Self {
        Self {
            key: JsonWebKey::from_json(key.to_json().as_str()).expect("jose4rs key"),
            kid: key.public().kid().expect("kid").to_owned(),
        }
    }

    fn sign(&self, message: &[u8]) -> String {
        let mut jws = JsonWebSignature::new();
        jws.set_payload(message);
        jws.set_algorithm(AlgorithmIdentifier::EcdsaUsingP384CurveAndSha384);
        jws.set_header(HeaderParameter::KeyId, self.kid.as_str());
        jws.compact_serialization(&self.key).expect("jose4rs signs")
    }

    fn encrypt(&self, message: &[u8]) -> String {
        let mut jwe = JsonWebEncryption::new();
        jwe.set_payload(message);
        jwe.set_algorithm(KeyManagementAlgorithm::EcdhEs);
        jwe.set_encryption_method(ContentEncryptionAlgorithm::Aes256Gcm);
        jwe.set_header(HeaderParameter::KeyId, self.kid.as_str());
        jwe.encrypt(&self.key).expect("jose4rs encrypts");
        jwe.compact_serialization().expect("token")
    }
}
