//! Batches: one result per item, in order, whatever the others are.

use getrandom::SysRng;
use jose_core::Level;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::error::{Error, Malformed};
use jose_core::es384::{self, SigningKey, VerifyingKey};
use jose_core::jwe::{DecryptItem, EncryptHeader, EncryptItem, decrypt_batch, encrypt_batch};
use jose_core::jws::{self, SignHeader, verify_batch};

use crate::BACKEND;
use crate::fixture::{
    RECIPIENT, SIGNER, any_jwe, any_jws, decryption, enc_key, recipient, sig_key, signer, verifier,
};

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
