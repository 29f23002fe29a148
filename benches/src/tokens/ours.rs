//! jose-core.

use std::rc::Rc;

use jose_core::Backend;
use jose_core::alg::SignatureAlgorithm;
use jose_core::jwe::{
    DecryptItem, DecryptPolicy, DecryptionKey, EncryptHeader, EncryptItem, Recipient,
    decrypt_batch, encrypt_batch,
};
use jose_core::jws::{
    SignHeader, SignItem, Signer, Verifier, VerifyItem, VerifyPolicy, sign_batch, verify_batch,
};

use super::Rival;
use super::pool::{A256GCM, DIRECT, Pool};
use crate::handles::{decryption_keys, recipients, signers, verifiers};
use crate::interleave::Side;
use crate::workload::{CHECKED, generator, numbers, turn};

/// jose-core with the pool's keys, prepared for long use.
pub(super) struct Ours {
    pool: Rc<Pool>,
    signers: Vec<Signer>,
    sign_header: SignHeader,
    verifiers: Vec<Verifier>,
    verify_policy: VerifyPolicy,
    recipients: Vec<Recipient>,
    encrypt_header: EncryptHeader,
    keys: Vec<DecryptionKey>,
    decrypt_policy: DecryptPolicy,
}

impl Ours {
    pub(super) fn new(pool: &Rc<Pool>, backend: Backend) -> Rc<Self> {
        Rc::new(Self {
            signers: signers(&pool.signing, backend),
            sign_header: SignHeader::new(),
            verifiers: verifiers(&pool.signing, backend),
            verify_policy: VerifyPolicy::new(&[SignatureAlgorithm::Es384]),
            recipients: recipients(&pool.encryption, backend),
            encrypt_header: EncryptHeader::new(DIRECT, A256GCM),
            keys: decryption_keys(&pool.encryption, backend),
            decrypt_policy: DecryptPolicy::new(&[DIRECT], &[A256GCM]),
            pool: Rc::clone(pool),
        })
    }

    /// Each side reads what the other has made, as far as it offers that.
    pub(super) fn check_rival(&self, rival: &dyn Rival) {
        let name = rival.name();
        for index in 0..CHECKED {
            let message = self.pool.message(index);
            let read = rival.verify(self.pool.jws(index));
            let read = read.unwrap_or_else(|| panic!("{name} verifies"));
            assert!(is_content(&read, message), "{name} verifies");
            let theirs = rival.sign(index);
            let theirs = theirs.unwrap_or_else(|| panic!("{name} signs"));
            let verifier = turn(&self.verifiers, index);
            let read = verifier.verify(theirs.as_bytes(), &self.verify_policy);
            assert_eq!(
                read.expect("valid").payload(),
                message,
                "we verify {name}'s"
            );

            let Some(theirs) = rival.encrypt(index) else {
                continue;
            };
            let read = turn(&self.keys, index).decrypt(theirs.as_bytes(), &self.decrypt_policy);
            assert_eq!(
                read.expect("ours").plaintext(),
                message,
                "we decrypt {name}'s"
            );
            let read = rival.decrypt(self.pool.jwe(index));
            assert_eq!(read.as_deref(), Some(message), "{name} decrypts");
        }
    }

    pub(super) fn verify(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |i| {
            let token = this.pool.jws(i).as_bytes();
            let verifier = turn(&this.verifiers, i);
            verifier.verify(token, &this.verify_policy).expect("valid")
        })
    }

    pub(super) fn verify_batch(self: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(self);
        Side::batch(size, move |call| {
            let items: Vec<_> = numbers(call, size)
                .map(|i| VerifyItem {
                    verifier: turn(&this.verifiers, i),
                    token: this.pool.jws(i).as_bytes(),
                    policy: &this.verify_policy,
                })
                .collect();
            let results = verify_batch(&items);
            assert!(results.iter().all(Result::is_ok));
            results
        })
    }

    pub(super) fn verify_into(self: &Rc<Self>) -> Side {
        let (this, mut payload) = (Rc::clone(self), Vec::new());
        Side::single(move |i| {
            let (token, verifier) = (this.pool.jws(i).as_bytes(), turn(&this.verifiers, i));
            let header = verifier.verify_into(token, &this.verify_policy, &mut payload);
            header.expect("valid")
        })
    }

    pub(super) fn sign(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |i| {
            let signer = turn(&this.signers, i);
            let token = signer.sign(this.pool.message(i), &this.sign_header);
            token.expect("token")
        })
    }

    pub(super) fn sign_into(self: &Rc<Self>) -> Side {
        let (this, mut token) = (Rc::clone(self), String::new());
        Side::single(move |i| {
            let (signer, message) = (turn(&this.signers, i), this.pool.message(i));
            let written = signer.sign_into(message, &this.sign_header, &mut token);
            written.expect("token");
        })
    }

    pub(super) fn sign_batch(self: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(self);
        Side::batch(size, move |call| {
            let items: Vec<_> = numbers(call, size)
                .map(|i| SignItem {
                    signer: turn(&this.signers, i),
                    payload: this.pool.message(i),
                    header: &this.sign_header,
                })
                .collect();
            let results = sign_batch(&items);
            assert!(results.iter().all(Result::is_ok));
            results
        })
    }

    pub(super) fn encrypt(self: &Rc<Self>) -> Side {
        let (this, mut rng) = (Rc::clone(self), generator());
        Side::single(move |i| {
            let recipient = turn(&this.recipients, i);
            let token = recipient.encrypt(this.pool.message(i), &this.encrypt_header, &mut rng);
            token.expect("token")
        })
    }

    pub(super) fn encrypt_into(self: &Rc<Self>) -> Side {
        let (this, mut rng, mut token) = (Rc::clone(self), generator(), String::new());
        Side::single(move |i| {
            let (recipient, message) = (turn(&this.recipients, i), this.pool.message(i));
            let sealed =
                recipient.encrypt_into(message, &this.encrypt_header, &mut rng, &mut token);
            sealed.expect("token");
        })
    }

    pub(super) fn encrypt_batch(self: &Rc<Self>, size: u32) -> Side {
        let (this, mut rng) = (Rc::clone(self), generator());
        Side::batch(size, move |call| {
            let items: Vec<_> = numbers(call, size)
                .map(|i| EncryptItem {
                    recipient: turn(&this.recipients, i),
                    plaintext: this.pool.message(i),
                    header: &this.encrypt_header,
                })
                .collect();
            let results = encrypt_batch(&items, &mut rng);
            assert!(results.iter().all(Result::is_ok));
            results
        })
    }

    pub(super) fn decrypt(self: &Rc<Self>) -> Side {
        let this = Rc::clone(self);
        Side::single(move |i| {
            let token = this.pool.jwe(i).as_bytes();
            let read = turn(&this.keys, i).decrypt(token, &this.decrypt_policy);
            read.expect("valid")
        })
    }

    pub(super) fn decrypt_into(self: &Rc<Self>) -> Side {
        let (this, mut plaintext) = (Rc::clone(self), Vec::new());
        Side::single(move |i| {
            let (token, key) = (this.pool.jwe(i).as_bytes(), turn(&this.keys, i));
            let header = key.decrypt_into(token, &this.decrypt_policy, &mut plaintext);
            header.expect("valid")
        })
    }

    pub(super) fn decrypt_batch(self: &Rc<Self>, size: u32) -> Side {
        let this = Rc::clone(self);
        Side::batch(size, move |call| {
            let items: Vec<_> = numbers(call, size)
                .map(|i| DecryptItem {
                    key: turn(&this.keys, i),
                    token: this.pool.jwe(i).as_bytes(),
                    policy: &this.decrypt_policy,
                })
                .collect();
            let results = decrypt_batch(&items);
            assert!(results.iter().all(Result::is_ok));
            results
        })
    }
}

/// The message, or its only claim: jsonwebtoken gives nothing else.
fn is_content(read: &[u8], message: &[u8]) -> bool {
    let claim = message.strip_prefix(br#"{"jti":""#);
    let claim = claim.and_then(|rest| rest.strip_suffix(br#""}"#));
    read == message || Some(read) == claim
}
