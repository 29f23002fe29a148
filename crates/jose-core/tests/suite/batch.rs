//! Batches: one result per item, in order, whatever the others are.

use std::sync::Arc;

use getrandom::SysRng;
use jose_core::Level;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::error::{Error, Malformed};
use jose_core::es384::{self, DigestSigner, MessageDigest, Signature, SigningKey, VerifyingKey};
use jose_core::jwe::{DecryptItem, EncryptHeader, EncryptItem, decrypt_batch, encrypt_batch};
use jose_core::jwk::PrivateJwk;
use jose_core::jws::{self, SignHeader, SignItem, Signer, sign_batch, verify_batch};
use jose_core::nested;

use super::fixture::{
    RECIPIENT, SIGNER, any_jwe, any_jws, decryption, enc_key, recipient, sig_key, signer, verifier,
    verifiers,
};
use crate::BACKEND;

/// Around the eight lanes of a vector backend.
const SIZES: [usize; 7] = [0, 1, 2, 7, 8, 9, 17];

#[test]
fn encryption_and_decryption_keep_the_order() {
    let keys = [&*RECIPIENT, &enc_key("r2"), &enc_key("r3")];
    let recipients = keys.map(|key| recipient(key.public()));
    let decryptions = keys.map(decryption);
    let headers = KeyManagement::ALL.map(|alg| EncryptHeader::new(alg, ContentEncryption::A256Gcm));
    for size in SIZES {
        let plaintexts: Vec<String> = (0..size)
            .map(|index| format!("plaintext {index}"))
            .collect();
        let items: Vec<EncryptItem<'_>> = plaintexts
            .iter()
            .enumerate()
            .map(|(index, plaintext)| EncryptItem {
                recipient: &recipients[index % 3],
                plaintext: plaintext.as_bytes(),
                header: &headers[index % 4],
            })
            .collect();
        let tokens = encrypt_batch(&items, &mut SysRng);
        assert_eq!(tokens.len(), size);
        let tokens: Vec<String> = tokens.into_iter().map(Result::unwrap).collect();
        // One token damaged, one given to the wrong key.
        let (damaged, misdirected) = (size / 2, size / 3);
        let broken = format!("{}A", tokens.get(damaged).cloned().unwrap_or_default());
        let policy = any_jwe();
        let items: Vec<DecryptItem<'_>> = (0..size)
            .map(|index| DecryptItem {
                key: &decryptions[(index + usize::from(index == misdirected)) % 3],
                token: if index == damaged {
                    broken.as_bytes()
                } else {
                    tokens[index].as_bytes()
                },
                policy: &policy,
            })
            .collect();
        let opened = decrypt_batch(&items);
        assert_eq!(opened.len(), size);
        for (index, result) in opened.into_iter().enumerate() {
            if index == damaged || index == misdirected {
                assert!(result.is_err(), "{index} of {size}");
            } else {
                assert_eq!(result.unwrap().plaintext(), plaintexts[index].as_bytes());
            }
        }
    }
}

#[test]
fn verification_of_tokens_keeps_the_order() {
    let keys = [&*SIGNER, &sig_key("s2")];
    let signers = keys.map(signer);
    let verifiers = keys.map(|key| verifier(key.public()));
    for size in SIZES {
        let tokens: Vec<String> = (0..size)
            .map(|index| {
                let payload = format!("payload {index}");
                let header = SignHeader::new();
                let token = signers[index % 2]
                    .sign(payload.as_bytes(), &header)
                    .unwrap();
                if index % 5 == 3 {
                    token.replacen('.', ".A", 1)
                } else {
                    token
                }
            })
            .collect();
        let policy = any_jws();
        let items: Vec<jws::VerifyItem<'_>> = tokens
            .iter()
            .enumerate()
            .map(|(index, token)| jws::VerifyItem {
                verifier: &verifiers[index % 2],
                token: token.as_bytes(),
                policy: &policy,
            })
            .collect();
        let verified = verify_batch(&items);
        assert_eq!(verified.len(), size);
        for (index, result) in verified.into_iter().enumerate() {
            if index % 5 == 3 {
                let error = result.unwrap_err();
                let due = [Error::SignatureInvalid, Malformed::Base64Url.into()];
                assert!(due.contains(&error), "{index} of {size}: {error}");
            } else {
                assert_eq!(
                    result.unwrap().payload(),
                    format!("payload {index}").as_bytes()
                );
            }
        }
    }
}

#[test]
fn verification_of_digests_keeps_the_order() {
    let keys = [&*SIGNER, &sig_key("s2")].map(|key| SigningKey::prepare(key.scalar(), BACKEND));
    let verifying =
        [0, 1].map(|at: usize| VerifyingKey::prepare(&keys[at].point(), Level::Many, BACKEND));
    let digests: Vec<_> = (0..17u8).map(|index| es384::digest(&[index])).collect();
    let signatures: Vec<_> = (0..17)
        .map(|index| keys[index % 2].sign_digest(&digests[index]))
        .collect();
    for size in SIZES {
        // Every fourth item is asked of the wrong key.
        let wrong = |index: usize| index % 4 == 2;
        let items: Vec<es384::VerifyItem<'_>> = (0..size)
            .map(|index| es384::VerifyItem {
                key: &verifying[(index + usize::from(wrong(index))) % 2],
                digest: &digests[index],
                signature: &signatures[index],
            })
            .collect();
        let results = es384::verify_batch(&items);
        let due: Vec<_> = (0..size)
            .map(|index| {
                if wrong(index) {
                    Err(Error::SignatureInvalid)
                } else {
                    Ok(())
                }
            })
            .collect();
        assert_eq!(results, due);
    }
}

/// The levels and handles are interchangeable: a clone, another level and
/// another thread give the same answers.
#[test]
fn prepared_keys_are_shared_between_threads() {
    let token = signer(&SIGNER).sign(b"x", &SignHeader::new()).unwrap();
    for level in [Level::OneShot, Level::Few, Level::Many, Level::Issuer] {
        let verifier = jws::Verifier::prepare(SIGNER.public(), level, BACKEND).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let verifier = verifier.clone();
                let token = &token;
                scope.spawn(move || verifier.verify(token.as_bytes(), &any_jws()).unwrap());
            }
        });
    }
}

#[test]
fn signing_gives_the_signatures_of_the_single_form() {
    let keys = [&*SIGNER, &sig_key("s2"), &sig_key("s3")];
    let signers = keys.map(signer);
    let header = SignHeader::new().with_typ("a+jwt");
    for size in SIZES {
        let payloads: Vec<String> = (0..size).map(|index| format!("payload {index}")).collect();
        let items: Vec<SignItem<'_>> = payloads
            .iter()
            .enumerate()
            .map(|(index, payload)| SignItem {
                signer: &signers[index % 3],
                payload: payload.as_bytes(),
                header: &header,
            })
            .collect();
        let tokens = sign_batch(&items);
        assert_eq!(tokens.len(), size);
        for (item, token) in items.iter().zip(tokens) {
            assert_eq!(token, item.signer.sign(item.payload, &header));
        }
    }
}

/// A key held elsewhere signs, or fails, among keys in memory.
#[test]
fn a_key_held_elsewhere_has_its_place_in_a_batch_of_signatures() {
    struct Elsewhere(Option<SigningKey>);
    impl DigestSigner for Elsewhere {
        fn sign_digest(&self, digest: &MessageDigest) -> Result<Signature, Error> {
            let key = self.0.as_ref().ok_or(Error::KeyOperationFailed)?;
            Ok(key.sign_digest(digest))
        }
    }
    let here = signer(&SIGNER);
    let external = |key| Signer::external(SIGNER.public(), Arc::new(Elsewhere(key))).unwrap();
    let there = external(Some(SigningKey::prepare(SIGNER.scalar(), BACKEND)));
    let broken = external(None);
    let header = SignHeader::new();
    let item = |signer| SignItem {
        signer,
        payload: b"p",
        header: &header,
    };
    let due = Ok(here.sign(b"p", &header).unwrap());
    let failed = Err(Error::KeyOperationFailed);
    let items = [&there, &here, &broken, &here].map(item);
    assert_eq!(sign_batch(&items), [due.clone(), due.clone(), failed, due]);
}

#[test]
fn keys_generated_together_are_pairs_and_differ() {
    for size in SIZES {
        let keys = PrivateJwk::generate_batch(size, &mut SysRng).unwrap();
        assert_eq!(keys.len(), size);
        for (index, key) in keys.iter().enumerate() {
            PrivateJwk::from_json(key.to_json().as_bytes()).unwrap();
            assert!(
                keys[..index]
                    .iter()
                    .all(|other| other.public() != key.public())
            );
        }
    }
}

#[test]
fn nested_tokens_are_opened_in_order_and_refused_alone() {
    let receivers = [&*RECIPIENT, &enc_key("r2")];
    let keys = receivers.map(decryption);
    let signing = [&*SIGNER, &sig_key("s2")];
    let signers = verifiers(&[signing[0]]);
    let policy = nested::Policy {
        jwe: any_jwe(),
        jws: any_jws(),
    };
    for size in SIZES {
        let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
        let tokens: Vec<String> = (0..size)
            .map(|index| {
                nested::seal(
                    format!(r#"{{"index":{index}}}"#).as_bytes(),
                    // A signer that is not trusted.
                    &signer(signing[usize::from(index == 1)]),
                    &SignHeader::new(),
                    &recipient(receivers[index % 2].public()),
                    &header,
                    &mut SysRng,
                )
                .unwrap()
            })
            .collect();
        let items: Vec<nested::OpenItem<'_>> = tokens
            .iter()
            .enumerate()
            .map(|(index, token)| nested::OpenItem {
                token: if index == 2 {
                    b"...."
                } else {
                    token.as_bytes()
                },
                // Another one's key.
                key: &keys[usize::from(index % 2 == 1) ^ usize::from(index == 3)],
                signers: &signers,
                policy: &policy,
            })
            .collect();
        let opened = nested::open_batch(&items);
        assert_eq!(opened.len(), size);
        for (index, (item, opened)) in items.iter().zip(opened).enumerate() {
            let single = nested::open(item.token, item.key, item.signers, item.policy);
            assert_eq!(opened.as_ref().err(), single.as_ref().err(), "{index}");
            assert_eq!(opened.is_ok(), !matches!(index, 1..=3), "{index}");
            if let Ok(opened) = opened {
                let claims = opened.claims().unwrap();
                assert_eq!(claims.get("index").unwrap().as_u64(), Some(index as u64));
            }
        }
    }
}
