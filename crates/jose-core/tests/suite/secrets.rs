//! Row "secrets in Debug, panic, error, log": nothing that a user can print
//! shows a private key, an agreed secret or a plaintext.

use std::fmt::Debug;
use std::sync::Arc;

use getrandom::SysRng;
use jose_core::Error;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::base64url::encode;
use jose_core::error::{JsonFault, Malformed, NotAllowed, UnusableKey};
use jose_core::es384::SigningKey;
use jose_core::jwe::{
    DecryptItem, DecryptionKey, EncryptHeader, EncryptItem, KeyAgreement, begin_decrypt,
};
use jose_core::jwk::{JwkSet, PrivateJwk};
use jose_core::jws::{SignHeader, Signer, VerifyItem};
use jose_core::secret::SecretBytes;
use jose_core::{json, nested};

use super::fixture::{
    PLAIN_HEADER, RECIPIENT, SIGNER, any_jwe, any_jws, decryption, recipient, seal, sign, signer,
    verifier, verifiers,
};
use crate::BACKEND;

/// A PIN that no other text holds by chance.
const CANARY: &str = "canary-7913-pin";

/// A secret in the forms in which a type might print it.
fn forms(secret: &[u8]) -> Vec<String> {
    let join = |bytes: &[u8], format: &dyn Fn(&u8) -> String, separator: &str| {
        bytes.iter().map(format).collect::<Vec<_>>().join(separator)
    };
    let lower = |byte: &u8| format!("{byte:02x}");
    let upper = |byte: &u8| format!("{byte:02X}");
    let backwards: Vec<u8> = secret.iter().rev().copied().collect();
    let mut all = vec![
        // Enough of the encoding to tell, and independent of what follows.
        encode(secret)[..secret.len() / 3 * 4].to_string(),
        join(secret, &|byte| format!("{byte}"), ", "),
        join(secret, &|byte| format!("    {byte},"), "\n"),
        // A limb of eight bytes, as big integers print them.
        join(&secret[..8], &lower, ""),
        join(&secret[..8], &upper, ""),
        join(&backwards[..8], &lower, ""),
        join(&backwards[..8], &upper, ""),
    ];
    if let Ok(text) = std::str::from_utf8(secret) {
        all.push(text.to_string());
    }
    all
}

fn leaks(printed: &str, secret: &[u8]) -> bool {
    forms(secret).iter().any(|form| printed.contains(form))
}

fn assert_redacted(what: &dyn Debug, secrets: &[&[u8]]) {
    for printed in [format!("{what:?}"), format!("{what:#?}")] {
        assert!(!printed.is_empty());
        for secret in secrets {
            assert!(!leaks(&printed, secret), "{printed}");
        }
    }
}

/// The search itself finds what it looks for.
#[test]
fn the_search_finds_a_secret() {
    let d = SIGNER.scalar().to_bytes();
    assert!(leaks(&SIGNER.to_json(), &*d));
    assert!(leaks(&format!("{:?}", d.as_slice()), &*d));
    assert!(leaks(&format!("{:#?}", d.as_slice()), &*d));
    assert!(leaks(&format!("{CANARY:?}"), CANARY.as_bytes()));
}

#[test]
fn keys_print_redacted() {
    for key in [&*SIGNER, &*RECIPIENT] {
        let d = key.scalar().to_bytes();
        let secrets: &[&[u8]] = &[&*d];
        let set = JwkSet::new(vec![key.clone()]).unwrap();
        assert_redacted(key, secrets);
        assert_redacted(&set, secrets);
        assert_redacted(key.scalar(), secrets);
        assert_redacted(&SigningKey::prepare(key.scalar(), BACKEND), secrets);
        let text = key.to_json();
        let object = json::parse_object(text.as_bytes()).unwrap();
        assert_redacted(&object, secrets);
        assert_redacted(&json::parse(text.as_bytes()).unwrap(), secrets);
    }
    let d = SIGNER.scalar().to_bytes();
    assert_redacted(&signer(&SIGNER), &[&*d]);
    let external = Arc::new(SigningKey::prepare(SIGNER.scalar(), BACKEND));
    assert_redacted(
        &Signer::external(SIGNER.public(), external).unwrap(),
        &[&*d],
    );
    let d = RECIPIENT.scalar().to_bytes();
    assert_redacted(&decryption(&RECIPIENT), &[&*d]);
    let external = Arc::new(RECIPIENT.scalar().clone());
    assert_redacted(
        &DecryptionKey::external(RECIPIENT.public(), external).unwrap(),
        &[&*d],
    );
    let item = DecryptItem {
        key: &decryption(&RECIPIENT),
        token: b"x",
        policy: &any_jwe(),
    };
    assert_redacted(&item, &[&*d]);
}

#[test]
fn plaintexts_and_agreed_secrets_print_redacted() {
    let canary = CANARY.as_bytes();
    let token = seal(PLAIN_HEADER, canary);
    let pending = begin_decrypt(token.as_bytes(), &any_jwe()).unwrap();
    let z = RECIPIENT.scalar().agree(pending.ephemeral()).unwrap();
    let secrets: &[&[u8]] = &[canary, z.expose()];
    assert_redacted(&z, secrets);
    assert_redacted(&pending, secrets);
    let opened = pending.finish(&z).unwrap();
    assert_eq!(opened.plaintext(), canary);
    assert_redacted(&opened, secrets);
    assert_redacted(&SecretBytes::new(canary.to_vec()), secrets);
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let recipient = recipient(RECIPIENT.public());
    let item = EncryptItem {
        recipient: &recipient,
        plaintext: canary,
        header: &header,
    };
    assert_redacted(&item, secrets);
}

/// A payload is secret as long as it may end up inside an envelope.
#[test]
fn payloads_print_redacted() {
    let canary = CANARY.as_bytes();
    let token = sign(r#"{"alg":"ES384","kid":"s1"}"#, canary);
    let verifier = verifier(SIGNER.public());
    assert_redacted(
        &signer(&SIGNER).signing_input(canary, &SignHeader::new()),
        &[canary, token.as_bytes()],
    );
    assert_redacted(
        &VerifyItem {
            verifier: &verifier,
            token: token.as_bytes(),
            policy: &any_jws(),
        },
        &[canary, token.as_bytes()],
    );
    let verified = verifier.verify(token.as_bytes(), &any_jws()).unwrap();
    assert_redacted(&verified, &[canary]);

    let claims = format!(r#"{{"pin":"{CANARY}"}}"#);
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let sealed = nested::seal(
        claims.as_bytes(),
        &signer(&SIGNER),
        &SignHeader::new(),
        &recipient(RECIPIENT.public()),
        &header,
        &mut SysRng,
    );
    let policy = nested::Policy {
        jwe: any_jwe(),
        jws: any_jws(),
    };
    let pending = nested::begin_open(sealed.unwrap().as_bytes(), &policy).unwrap();
    assert_redacted(&pending, &[canary]);
    let opened = pending
        .finish_with(&decryption(&RECIPIENT), &verifiers(&[&SIGNER]))
        .unwrap();
    assert_redacted(&opened, &[canary]);
    let claims = opened.claims().unwrap();
    assert_eq!(claims.get("pin").unwrap().as_str(), Some(CANARY));
    assert_redacted(&claims, &[canary]);
    assert_redacted(claims.get("pin").unwrap(), &[canary]);
}

/// Errors name members and rules, never values: whatever a hostile or a broken
/// private key holds, its text is not in the error.
#[test]
fn errors_do_not_echo_the_input() {
    let good = SIGNER.to_json();
    let d = SIGNER.scalar().to_bytes();
    let mut errors = Vec::new();
    for cut in (1..good.len()).step_by(7) {
        errors.extend(PrivateJwk::from_json(&good.as_bytes()[..cut]).err());
    }
    for (from, to) in [
        ("\"d\"", "\"e\""),
        ("P-384", "P-256"),
        ("\"x\":\"", "\"x\":\"A"),
    ] {
        errors.extend(PrivateJwk::from_json(good.replacen(from, to, 1).as_bytes()).err());
    }
    assert!(errors.len() > 40);
    for error in errors {
        let printed = format!("{error} {error:?} {}", error.code());
        assert!(!leaks(&printed, &*d), "{printed}");
        for word in good.split(['"', ':', ',']).filter(|word| word.len() > 20) {
            assert!(!printed.contains(&word[..12]), "{printed}");
        }
    }
}

/// Each error has a code of its own kind, lower case and stable, and a text.
#[test]
fn error_codes_are_stable() {
    for (error, code) in [
        (Error::DecryptFailed, "decrypt_failed"),
        (Error::SignatureInvalid, "signature_invalid"),
        (Error::RandomnessFailed, "randomness_failed"),
        (Error::KeyOperationFailed, "key_operation_failed"),
        (Malformed::Base64Url.into(), "malformed_base64url"),
        (
            JsonFault::DuplicateMember.into(),
            "malformed_json_duplicate_member",
        ),
        (Malformed::Missing("alg").into(), "malformed_missing_member"),
        (NotAllowed::Algorithm.into(), "not_allowed_alg"),
        (UnusableKey::NotOnCurve.into(), "unusable_key_not_on_curve"),
    ] {
        assert_eq!(error.code(), code);
        assert!(error.to_string().len() > 8);
    }
}
