//! What becomes of a generator that fails, and of one that does not.

use std::collections::HashSet;
use std::collections::VecDeque;
use std::fmt;

use getrandom::SysRng;
use jose_core::Error;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::curve::SecretScalar;
use jose_core::jwe::{EncryptHeader, EncryptItem, encrypt_batch};
use jose_core::jwk::PrivateJwk;
use jose_core::jws::SignHeader;
use jose_core::nested;
use rand_core::{TryCryptoRng, TryRng};

use super::fixture::{RECIPIENT, SIGNER, recipient, segments, signer};

/// Returns what it was given, piece by piece, then fails.
pub(crate) struct Script(VecDeque<u8>);

impl Script {
    pub(crate) fn new(pieces: &[&[u8]]) -> Self {
        Self(pieces.concat().into())
    }
}

/// The generator has nothing more to give.
#[derive(Debug)]
pub(crate) struct Exhausted;

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("exhausted")
    }
}

impl std::error::Error for Exhausted {}

impl TryRng for Script {
    type Error = Exhausted;

    fn try_next_u32(&mut self) -> Result<u32, Exhausted> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Exhausted> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Exhausted> {
        if self.0.len() < out.len() {
            return Err(Exhausted);
        }
        for byte in out {
            *byte = self.0.pop_front().unwrap();
        }
        Ok(())
    }
}

impl TryCryptoRng for Script {}

fn header(alg: KeyManagement) -> EncryptHeader {
    EncryptHeader::new(alg, ContentEncryption::A256Gcm)
}

/// Row "reused or predictable ephemeral": a generator that fails at any point
/// gives an error, never a token.
#[test]
fn a_failing_generator_gives_an_error_wherever_it_fails() {
    let recipient = recipient(RECIPIENT.public());
    // 48 bytes of ephemeral key, 32 of content key, 12 of IV.
    for (alg, needed) in [
        (KeyManagement::EcdhEs, 48 + 12),
        (KeyManagement::EcdhEsA256Kw, 48 + 32 + 12),
    ] {
        for available in [0, 1, 47, 48, 59, 60, 79, 80, 91, 92] {
            let mut rng = Script::new(&[&vec![0x35; available]]);
            let token = recipient.encrypt(b"x", &header(alg), &mut rng);
            if available >= needed {
                token.unwrap();
            } else {
                assert_eq!(token, Err(Error::RandomnessFailed), "{alg:?} {available}");
            }
        }
    }
}

/// Row "reused or predictable ephemeral": a generator that says it succeeded
/// and wrote nothing, from the start or from any later draw on.
#[test]
fn zeros_are_not_random() {
    assert_eq!(
        SecretScalar::generate(&mut Script::new(&[&[0; 4096]])).unwrap_err(),
        Error::RandomnessFailed
    );
    let recipient = recipient(RECIPIENT.public());
    for alg in KeyManagement::ALL {
        for sound in [0, 48, 80] {
            if sound == 80 && alg == KeyManagement::EcdhEs {
                continue;
            }
            let mut rng = Script::new(&[&vec![0x35; sound], &[0; 4096]]);
            let token = recipient.encrypt(b"x", &header(alg), &mut rng);
            assert_eq!(token, Err(Error::RandomnessFailed), "{alg:?} {sound}");
        }
    }
}

/// A draw that is no scalar (n and above) is drawn again, not reduced: reducing
/// would favour small values (FIPS 186-5 §A.2.2).
#[test]
fn scalars_are_drawn_by_rejection() {
    let mut rng = Script::new(&[&[0xff; 48], &[0; 48], &[0x35; 48]]);
    let scalar = SecretScalar::generate(&mut rng).unwrap();
    assert_eq!(*scalar.to_bytes(), [0x35; 48]);
    let mut stuck = Script::new(&[&[0xff; 4096]]);
    assert_eq!(
        PrivateJwk::generate(&mut stuck).unwrap_err(),
        Error::RandomnessFailed
    );
}

/// Row "reused or predictable ephemeral": nothing repeats between two tokens.
#[test]
fn every_encryption_has_its_own_ephemeral_key_and_iv() {
    let recipient = recipient(RECIPIENT.public());
    for alg in [KeyManagement::EcdhEs, KeyManagement::EcdhEsA256Kw] {
        let header = header(alg);
        let item = EncryptItem {
            recipient: &recipient,
            plaintext: b"the same plaintext",
            header: &header,
        };
        let batch = encrypt_batch(&[item; 4], &mut SysRng);
        let tokens: Vec<_> = batch.into_iter().map(Result::unwrap).collect();
        for index in 0..5 {
            let seen: HashSet<_> = tokens
                .iter()
                .map(|token| segments(token)[index].clone())
                .collect();
            let direct = index == 1 && alg == KeyManagement::EcdhEs;
            assert_eq!(
                seen.len(),
                if direct { 1 } else { 4 },
                "{alg:?} segment {index}"
            );
        }
    }
}

/// The failure passes through the nested form and fails only its own item of a
/// batch.
#[test]
fn nested_and_batch_forms_report_the_failure() {
    let recipient = recipient(RECIPIENT.public());
    let header = header(KeyManagement::EcdhEs);
    let sealed = nested::seal(
        b"{}",
        &signer(&SIGNER),
        &SignHeader::new(),
        &recipient,
        &header,
        &mut Script::new(&[]),
    );
    assert_eq!(sealed, Err(Error::RandomnessFailed));
    let item = EncryptItem {
        recipient: &recipient,
        plaintext: b"x",
        header: &header,
    };
    let mut enough_for_one = Script::new(&[&[0x35; 60]]);
    let batch = encrypt_batch(&[item; 2], &mut enough_for_one);
    assert!(batch[0].is_ok());
    assert_eq!(batch[1], Err(Error::RandomnessFailed));
}
