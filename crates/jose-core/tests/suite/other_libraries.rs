//! Tokens and keys of other libraries, as their current versions make them:
//! the strict reader must not be stricter than the standards.

use jose_core::Level;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::jwe::Recipient;
use jose_core::jwk::{PrivateJwk, PublicJwk};

use super::fixture::{any_jwe, any_jws, decryption, text, verifier};
use crate::BACKEND;

const TOKENS: &str = include_str!("other_libraries.txt");

/// The key that the libraries were given; `kid` "r1" in every header.
const KEY: &str = r#"{"kty":"EC","crv":"P-384","kid":"r1",
    "d":"-TqxvL0c5cN5MXz7f1kdMzlrcYIEOGlVZ9Ce3nRRMapMsTZ2iCQ4NlWqDAdzdf0p",
    "x":"2C_bWQ-1mq5_zG04CC2DAXlfYrUR0td0Gjo-TTgOW3iyS36q7ihsKHcuCoBnBFQe",
    "y":"di8d8kA2aFeKxnmbrQoThf4hkAjdOX_xrthwfAFVUrRwsye_SRUAP_Y-GMHjKk16"}"#;

const PLAINTEXT: &str = "The quick brown fox — “JOSE”";

#[test]
fn their_tokens_open() {
    let key = PrivateJwk::from_json(KEY.as_bytes()).unwrap();
    let decryption = decryption(&key);
    let verifier = verifier(key.public());
    let mut algorithms = Vec::new();
    let mut signed = 0;
    for line in TOKENS.lines().filter(|line| !line.starts_with('#')) {
        let (library, token) = line.split_once(": ").unwrap();
        if token.matches('.').count() == 2 {
            let verified = verifier
                .verify(token.as_bytes(), &any_jws())
                .expect(library);
            assert_eq!(text(verified.payload()), PLAINTEXT, "{library}");
            signed += 1;
        } else {
            let opened = decryption
                .decrypt(token.as_bytes(), &any_jwe())
                .expect(library);
            assert_eq!(text(opened.plaintext()), PLAINTEXT, "{library}");
            assert_eq!(opened.header().kid(), Some("r1"));
            algorithms.push((opened.header().alg(), opened.header().enc()));
        }
    }
    assert_eq!((algorithms.len(), signed), (9, 3));
    for alg in KeyManagement::ALL {
        assert!(algorithms.iter().any(|(seen, _)| *seen == alg), "{alg:?}");
    }
    for enc in ContentEncryption::ALL {
        assert!(algorithms.iter().any(|(_, seen)| *seen == enc), "{enc:?}");
    }
}

/// The thumbprint of that key by `jose` 6.2.17.
#[test]
fn their_thumbprint_is_ours() {
    let key = PrivateJwk::from_json(KEY.as_bytes()).unwrap();
    assert_eq!(
        key.public().thumbprint().to_base64url(),
        "w0Dv0xNSmCv-Gt-f7fmcvJMyf2VFB9qFFQNfmJjdeYc"
    );
}

/// A public ECDH key as `crypto.subtle.exportKey` of Node 20 writes it: its
/// `key_ops` is empty, and one can encrypt to it all the same.
#[test]
fn a_web_cryptography_key_can_be_encrypted_to() {
    let exported = r#"{"key_ops":[],"ext":true,"kty":"EC",
        "x":"OLv_R5WtDgaCz9Sm_aGZOvJHd88qQWVoi894lM1nR0mLPTe-UIU7hBlvuMdapgNB",
        "y":"CgFCQE0ODj8sjBJGixcX7-i3ehdf-nys_fWOVD5KvVV27q7c_7kgPNXZk1KQxBB_",
        "crv":"P-384"}"#;
    let key = PublicJwk::from_json(exported.as_bytes()).unwrap();
    Recipient::prepare(&key, Level::OneShot, BACKEND).unwrap();
}
