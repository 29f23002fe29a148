//! Forms that write to the caller's buffer: the same verdicts and the same results.

use getrandom::SysRng;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::error::{Error, UnusableKey};
use jose_core::jwe::EncryptHeader;
use jose_core::jws::SignHeader;

use super::fixture::{
    RECIPIENT, SIGNER, any_jwe, any_jws, decryption, enc_key, recipient, sig_key, signer, verifier,
    verifiers,
};

const OLD: &[u8] = b"what was in the buffer before, longer than some of what comes";

#[test]
fn encryption_and_decryption_replace_what_was_there() {
    let (recipient, key) = (recipient(RECIPIENT.public()), decryption(&RECIPIENT));
    for alg in KeyManagement::ALL {
        for enc in ContentEncryption::ALL {
            let header = EncryptHeader::new(alg, enc).with_apu(b"u").with_cty("json");
            for length in [0, 1, 2, 3, 47, 48, 49, 500] {
                let plaintext = vec![b'p'; length];
                let mut token = String::from_utf8(OLD.to_vec()).unwrap();
                recipient
                    .encrypt_into(&plaintext, &header, &mut SysRng, &mut token)
                    .unwrap();
                let opened = key.decrypt(token.as_bytes(), &any_jwe()).unwrap();
                assert_eq!(opened.plaintext(), plaintext);
                let mut text = OLD.to_vec();
                let read = key.decrypt_into(token.as_bytes(), &any_jwe(), &mut text);
                assert_eq!(read.as_ref(), Ok(opened.header()));
                assert_eq!(text, plaintext);
            }
        }
    }
}

#[test]
fn signing_and_verification_replace_what_was_there() {
    let keys = [&*SIGNER, &sig_key("s2")];
    let set = verifiers(&keys);
    for key in keys {
        let (signer, verifier) = (signer(key), verifier(key.public()));
        for length in [0, 1, 2, 3, 47, 48, 49, 500] {
            let payload = vec![b'p'; length];
            let header = SignHeader::new().with_typ("a+jwt");
            let mut token = String::from_utf8(OLD.to_vec()).unwrap();
            signer.sign_into(&payload, &header, &mut token).unwrap();
            assert_eq!(token, signer.sign(&payload, &header).unwrap());
            let verified = verifier.verify(token.as_bytes(), &any_jws()).unwrap();
            let mut read = OLD.to_vec();
            let header = verifier.verify_into(token.as_bytes(), &any_jws(), &mut read);
            assert_eq!(header.as_ref(), Ok(verified.header()));
            assert_eq!(read, payload);
            read = OLD.to_vec();
            let (header, by) = set
                .verify_into(token.as_bytes(), &any_jws(), &mut read)
                .unwrap();
            assert_eq!(
                (&header, by.point()),
                (verified.header(), key.public().point())
            );
            assert_eq!(read, payload);
        }
    }
}

/// Whatever the cause, a refusal leaves nothing in the buffer.
#[test]
fn a_refusal_leaves_the_buffer_empty() {
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let recipient = recipient(RECIPIENT.public());
    let sealed = recipient.encrypt(b"p", &header, &mut SysRng).unwrap();
    let signed = signer(&SIGNER).sign(b"p", &SignHeader::new()).unwrap();
    let (key, verifier) = (decryption(&RECIPIENT), verifier(SIGNER.public()));
    let set = verifiers(&[&SIGNER]);
    let refuse = |token: &str| {
        let mut text = OLD.to_vec();
        let opened = key.decrypt_into(token.as_bytes(), &any_jwe(), &mut text);
        assert_eq!(
            opened,
            Err(key.decrypt(token.as_bytes(), &any_jwe()).unwrap_err())
        );
        assert!(text.is_empty(), "{token}");
        for by_set in [false, true] {
            let mut payload = OLD.to_vec();
            let refused = if by_set {
                set.verify_into(token.as_bytes(), &any_jws(), &mut payload)
                    .err()
            } else {
                verifier
                    .verify_into(token.as_bytes(), &any_jws(), &mut payload)
                    .err()
            };
            let due = verifier.verify(token.as_bytes(), &any_jws()).unwrap_err();
            assert_eq!(refused, Some(due));
            assert!(payload.is_empty(), "{token}");
        }
    };
    for token in ["", "....", "..", &sealed[1..], &signed[1..]] {
        refuse(token);
    }
    for token in [&sealed, &signed] {
        for (dot, _) in token.match_indices('.') {
            // Another first character in each segment but the first.
            let first = if token[dot + 1..].starts_with('A') {
                "B"
            } else {
                "A"
            };
            let mut changed = token.clone();
            if token[dot + 1..].starts_with('.') {
                changed.insert_str(dot + 1, first);
            } else {
                changed.replace_range(dot + 1..dot + 2, first);
            }
            refuse(&changed);
        }
    }
    let mut text = OLD.to_vec();
    let other = decryption(&enc_key("another"));
    assert_eq!(
        other.decrypt_into(sealed.as_bytes(), &any_jwe(), &mut text),
        Err(Error::UnusableKey(UnusableKey::KeyIdMismatch))
    );
    assert!(text.is_empty());
}
