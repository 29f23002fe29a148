//! Handles and tokens made from keys.

use chacha20::ChaCha20Rng;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::jwe::{DecryptionKey, EncryptHeader, Recipient};
use jose_core::jwk::{JwkSet, PrivateJwk, PublicJwk};
use jose_core::jws::{SignHeader, Signer, Verifier, VerifierSet};
use jose_core::{Backend, Level};

use crate::workload::turn;

/// Senders' handles, prepared for long use.
pub fn recipients(keys: &[PrivateJwk], backend: Backend) -> Vec<Recipient> {
    let prepare = |key: &PrivateJwk| {
        Recipient::prepare(key.public(), Level::Issuer, backend).expect("recipient")
    };
    keys.iter().map(prepare).collect()
}

/// Recipients' handles, prepared for long use.
pub fn decryption_keys(keys: &[PrivateJwk], backend: Backend) -> Vec<DecryptionKey> {
    let prepare =
        |key: &PrivateJwk| DecryptionKey::prepare(key, Level::Issuer, backend).expect("key");
    keys.iter().map(prepare).collect()
}

/// Signers' handles.
pub fn signers(keys: &[PrivateJwk], backend: Backend) -> Vec<Signer> {
    keys.iter()
        .map(|key| Signer::prepare(key, backend).expect("signer"))
        .collect()
}

/// Verifiers' handles, prepared for long use.
pub fn verifiers(keys: &[PrivateJwk], backend: Backend) -> Vec<Verifier> {
    let prepare = |key: &PrivateJwk| {
        Verifier::prepare(key.public(), Level::Issuer, backend).expect("verifier")
    };
    keys.iter().map(prepare).collect()
}

/// The public halves as a set.
pub fn public_set(keys: &[PrivateJwk]) -> JwkSet<PublicJwk> {
    JwkSet::new(keys.iter().map(|key| key.public().clone()).collect()).expect("set")
}

/// A prepared set, from which the token's `kid` chooses.
pub fn verifier_set(keys: &[PrivateJwk]) -> VerifierSet {
    VerifierSet::prepare(&public_set(keys), Level::Issuer, Backend::default()).expect("set")
}

/// One JWS a message; keys take turns.
pub fn signed(signers: &[Signer], messages: &[Vec<u8>]) -> Vec<String> {
    let sign = |(index, message): (usize, &Vec<u8>)| {
        let signer = turn(signers, index);
        signer.sign(message, &SignHeader::new()).expect("token")
    };
    messages.iter().enumerate().map(sign).collect()
}

/// One JWE a message; recipients take turns.
pub fn encrypted(
    recipients: &[Recipient],
    messages: &[Vec<u8>],
    alg: KeyManagement,
    enc: ContentEncryption,
    rng: &mut ChaCha20Rng,
) -> Vec<String> {
    let header = EncryptHeader::new(alg, enc);
    let encrypt = |(index, message): (usize, &Vec<u8>)| {
        let recipient = turn(recipients, index);
        recipient.encrypt(message, &header, rng).expect("token")
    };
    messages.iter().enumerate().map(encrypt).collect()
}
