//! Every algorithm and form, from our sender to our recipient.

use getrandom::SysRng;
use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::error::{Error, UnusableKey};
use jose_core::jwe::{DecryptPolicy, DecryptionKey, EncryptHeader, Recipient};
use jose_core::jwk::{JwkSet, KeyUse, PrivateJwk};
use jose_core::jws::{SignHeader, Signer, Verifier, VerifierSet, VerifyPolicy};
use jose_core::{Level, nested};

use crate::BACKEND;

fn key(kid: &str, key_use: KeyUse) -> PrivateJwk {
    PrivateJwk::generate(&mut SysRng)
        .unwrap()
        .with_kid(kid)
        .with_use(key_use)
}

#[test]
fn every_algorithm_pair_round_trips() {
    let key = key("k1", KeyUse::Enc);
    let recipient = Recipient::prepare(key.public(), Level::Few, BACKEND).unwrap();
    let decryption = DecryptionKey::prepare(&key, Level::Few, BACKEND).unwrap();
    let policy = DecryptPolicy::new(&KeyManagement::ALL, &ContentEncryption::ALL).require_kid();
    for alg in KeyManagement::ALL {
        for enc in ContentEncryption::ALL {
            for plaintext in [&b""[..], b"a", &[7; 1000]] {
                let header = EncryptHeader::new(alg, enc)
                    .with_apu(b"Alice")
                    .with_apv(b"Bob");
                let token = recipient.encrypt(plaintext, &header, &mut SysRng).unwrap();
                let opened = decryption.decrypt(token.as_bytes(), &policy).unwrap();
                assert_eq!(opened.plaintext(), plaintext);
                assert_eq!((opened.header().alg(), opened.header().enc()), (alg, enc));
                assert_eq!(opened.header().kid(), Some("k1"));
            }
        }
    }
}

#[test]
fn a_nested_token_opens_with_the_right_keys_only() {
    let signing = key("s1", KeyUse::Sig);
    let other = key("s2", KeyUse::Sig);
    let response = key("r1", KeyUse::Enc);
    let signer = Signer::prepare(&signing, BACKEND).unwrap();
    let recipient = Recipient::prepare(response.public(), Level::OneShot, BACKEND).unwrap();
    let sign_header = SignHeader::new().with_typ("prereg-pin+jwt");
    let encrypt_header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let claims = br#"{"iss":"yubico"}"#;
    let token = nested::seal(
        claims,
        &signer,
        &sign_header,
        &recipient,
        &encrypt_header,
        &mut SysRng,
    )
    .unwrap();

    let policy = nested::Policy {
        jwe: DecryptPolicy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm])
            .require_kid(),
        jws: VerifyPolicy::new(&[SignatureAlgorithm::Es384])
            .require_kid()
            .with_typ("prereg-pin+jwt"),
    };
    let key = DecryptionKey::prepare(&response, Level::OneShot, BACKEND).unwrap();
    let known = JwkSet::new(vec![other.public().clone(), signing.public().clone()]).unwrap();
    let known = VerifierSet::prepare(&known, Level::OneShot, BACKEND).unwrap();
    let opened = nested::open(token.as_bytes(), &key, &known, &policy).unwrap();
    assert_eq!(opened.kid(), Some("s1"));
    assert_eq!(opened.signer_thumbprint(), signing.public().thumbprint());
    assert_eq!(
        opened.claims().unwrap().get("iss").unwrap().as_str(),
        Some("yubico")
    );

    let stranger = JwkSet::new(vec![other.public().clone()]).unwrap();
    let stranger = VerifierSet::prepare(&stranger, Level::OneShot, BACKEND).unwrap();
    assert_eq!(
        nested::open(token.as_bytes(), &key, &stranger, &policy).unwrap_err(),
        Error::UnusableKey(UnusableKey::UnknownKeyId),
    );
}

#[test]
fn signatures_are_deterministic_and_verify() {
    let key = key("s1", KeyUse::Sig);
    let signer = Signer::prepare(&key, BACKEND).unwrap();
    let header = SignHeader::new();
    let token = signer.sign(b"payload", &header).unwrap();
    assert_eq!(token, signer.sign(b"payload", &header).unwrap(), "RFC 6979");
    let verifier = Verifier::prepare(key.public(), Level::Few, BACKEND).unwrap();
    let policy = VerifyPolicy::new(&[SignatureAlgorithm::Es384]);
    assert_eq!(
        verifier
            .verify(token.as_bytes(), &policy)
            .unwrap()
            .payload(),
        b"payload"
    );
    let tampered = token.replacen('.', ".A", 1);
    assert!(verifier.verify(tampered.as_bytes(), &policy).is_err());
}
