//! `kid`, `use`, `key_ops`, `alg` and the certificate members of a key.

use jose_core::Level;
use jose_core::error::{Error, Malformed, UnusableKey};
use jose_core::jwe::{DecryptionKey, Recipient};
use jose_core::jwk::{KeyOperation, KeyUse, PrivateJwk, PublicJwk};
use jose_core::jws::{Signer, Verifier};

use super::fixture::{RECIPIENT, SIGNER};
use super::keys::{LEADING_ZEROS, jwk, unusable};
use crate::BACKEND;

/// Row "key with the wrong `use`, `key_ops`, `alg`": which operation each
/// combination of metadata allows, at every handle that takes a key.
#[test]
fn metadata_limits_the_use() {
    let all = ["sign", "verify", "encrypt", "decrypt"];
    for (metadata, allowed) in [
        ("", &all[..]),
        (r#","use":"sig""#, &["sign", "verify"]),
        (r#","use":"enc""#, &["encrypt", "decrypt"]),
        (r#","key_ops":["sign"]"#, &["sign"]),
        (r#","key_ops":["verify"]"#, &["verify"]),
        (r#","key_ops":["sign","verify"]"#, &["sign", "verify"]),
        (r#","key_ops":["deriveKey"]"#, &["encrypt", "decrypt"]),
        (
            r#","key_ops":["deriveBits"],"use":"enc""#,
            &["encrypt", "decrypt"],
        ),
        (r#","key_ops":["encrypt","wrapKey"]"#, &[]),
        (r#","key_ops":["unheard-of"]"#, &[]),
        (
            r#","key_ops":["deriveBits","unheard-of"],"use":"enc""#,
            &["encrypt", "decrypt"],
        ),
        // A public ECDH key as Web Cryptography exports it.
        (r#","key_ops":[],"ext":true"#, &["encrypt"]),
        (r#","alg":"ES384""#, &["sign", "verify"]),
        (r#","alg":"ECDH-ES""#, &["encrypt", "decrypt"]),
        (r#","alg":"ECDH-ES+A256KW""#, &["encrypt", "decrypt"]),
        (r#","alg":"ES256""#, &[]),
        (r#","alg":"none""#, &[]),
        (r#","alg":"RSA-OAEP""#, &[]),
        (r#","use":"sig","alg":"ECDH-ES""#, &[]),
        (r#","use":"enc","alg":"ES384""#, &[]),
    ] {
        let [d, x, y, _] = LEADING_ZEROS[0];
        let private = jwk(x, y, &format!(r#","d":"{d}"{metadata}"#));
        let private = PrivateJwk::from_json(private.as_bytes()).unwrap();
        let public = PublicJwk::from_json(jwk(x, y, metadata).as_bytes()).unwrap();
        let level = Level::OneShot;
        let backend = BACKEND;
        for (name, works, operation) in [
            (
                "sign",
                Signer::prepare(&private, BACKEND).is_ok(),
                KeyOperation::Sign,
            ),
            (
                "verify",
                Verifier::prepare(&public, level, backend).is_ok(),
                KeyOperation::Verify,
            ),
            (
                "encrypt",
                Recipient::prepare(&public, level, backend).is_ok(),
                KeyOperation::Encrypt,
            ),
            (
                "decrypt",
                DecryptionKey::prepare(&private, level, backend).is_ok(),
                KeyOperation::Decrypt,
            ),
        ] {
            assert_eq!(works, allowed.contains(&name), "{name} with {metadata}");
            assert_eq!(
                public.permits(operation).is_ok(),
                works,
                "{name} with {metadata}"
            );
        }
    }
}

/// RFC 7517 §4.2, §4.3: contradictions and ill-typed metadata.
#[test]
fn inconsistent_metadata_is_refused() {
    let [_, x, y, _] = LEADING_ZEROS[0];
    for (metadata, due) in [
        (r#","use":"sign""#, Error::from(UnusableKey::Use)),
        (r#","use":"SIG""#, UnusableKey::Use.into()),
        (r#","use":null"#, Malformed::Member("use").into()),
        (r#","use":["sig"]"#, Malformed::Member("use").into()),
        (r#","key_ops":["sign","sign"]"#, UnusableKey::KeyOps.into()),
        (
            r#","key_ops":["sign"],"use":"enc""#,
            UnusableKey::KeyOps.into(),
        ),
        (
            r#","key_ops":["deriveKey"],"use":"sig""#,
            UnusableKey::KeyOps.into(),
        ),
        (r#","key_ops":"sign""#, Malformed::Member("key_ops").into()),
        (r#","key_ops":{}"#, Malformed::Member("key_ops").into()),
        (r#","key_ops":[1]"#, Malformed::Member("key_ops").into()),
        (r#","alg":1"#, Malformed::Member("alg").into()),
        (r#","kid":1"#, Malformed::Member("kid").into()),
        (r#","kid":null"#, Malformed::Member("kid").into()),
    ] {
        let read = PublicJwk::from_json(jwk(x, y, metadata).as_bytes());
        assert_eq!(read.unwrap_err(), due, "{metadata}");
    }
    // Unknown members are ignored (RFC 7517 §4), x5c among them.
    let more = r#","x5c":["MIIB"],"x5t":"AA","nbf":1,"unheard-of":{"d":1}"#;
    PublicJwk::from_json(jwk(x, y, more).as_bytes()).unwrap();
}

/// A hundred thousand `key_ops` cost no more than their sorting.
#[test]
fn many_key_ops_are_compared_in_n_log_n() {
    let [_, x, y, _] = LEADING_ZEROS[0];
    // The fastest of some runs, so that another program does not count.
    let fastest = |count: u32| {
        let ops: Vec<String> = (0..count).map(|op| format!("\"{op}\"")).collect();
        let text = jwk(x, y, &format!(r#","key_ops":[{}]"#, ops.join(",")));
        let runs = (0..5).map(|_| {
            let started = std::time::Instant::now();
            let key = PublicJwk::from_json(text.as_bytes()).unwrap();
            assert_eq!(
                unusable(key.permits(KeyOperation::Sign)),
                UnusableKey::KeyOps
            );
            started.elapsed()
        });
        runs.min().unwrap()
    };
    // Eight times as many take some ten times as long; comparing each with each
    // would take 64 times.
    let (few, many) = (fastest(5_000), fastest(40_000));
    assert!(many < few * 30, "{few:?}, {many:?}");
}

#[test]
fn written_metadata_reads_back() {
    let [_, x, y, _] = LEADING_ZEROS[0];
    for metadata in [
        "",
        r#","alg":"ES384","key_ops":["verify"],"kid":"k\"1","use":"sig""#,
        r#","key_ops":[]"#,
        r#","kid":"""#,
    ] {
        let key = PublicJwk::from_json(jwk(x, y, metadata).as_bytes()).unwrap();
        let again = PublicJwk::from_json(key.to_json().as_bytes()).unwrap();
        assert_eq!(again, key, "{metadata}");
    }
    let built = PublicJwk::new(*RECIPIENT.public().point())
        .with_kid("k")
        .with_use(KeyUse::Enc)
        .with_alg("ECDH-ES");
    assert_eq!(
        PublicJwk::from_json(built.to_json().as_bytes()).unwrap(),
        built
    );
}

/// RFC 7517 §4.3: who signs with the private half verifies with the public one.
#[test]
fn the_public_half_has_the_operations_of_a_public_key() {
    let private = SIGNER.to_json().replacen('{', r#"{"key_ops":["sign"],"#, 1);
    let private = PrivateJwk::from_json(private.as_bytes()).unwrap();
    private.permits(KeyOperation::Sign).unwrap();
    assert!(private.permits(KeyOperation::Verify).is_err());
    private.public().permits(KeyOperation::Verify).unwrap();
    assert!(private.to_json().contains(r#""key_ops":["sign"]"#));
    assert!(
        private
            .public()
            .to_json()
            .contains(r#""key_ops":["verify"]"#)
    );
}

/// RFC 7517 §4.6 to §4.9: certificate members have their types.
#[test]
fn certificate_members_of_a_key_have_their_types() {
    let key = |member: &str| {
        SIGNER
            .public()
            .to_json()
            .replacen('{', &format!("{{{member},"), 1)
    };
    for good in [
        r#""x5c":["AA=="]"#,
        r#""x5u":"https://a.example""#,
        r#""x5t":"AA""#,
    ] {
        PublicJwk::from_json(key(good).as_bytes()).unwrap();
    }
    for bad in [
        r#""x5c":"AA==""#,
        r#""x5c":[]"#,
        r#""x5c":[1]"#,
        r#""x5u":1"#,
        r#""x5t":[]"#,
    ] {
        assert!(PublicJwk::from_json(key(bad).as_bytes()).is_err(), "{bad}");
    }
}
