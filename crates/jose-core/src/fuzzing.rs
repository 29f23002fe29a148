//! Bodies of the fuzz targets. They live here so that the corpora replay as
//! plain tests; nothing else calls them, and nothing here is stable.
//!
//! Each takes any bytes and must neither panic nor break the rule it asserts.

use alloc::string::String;
use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

use crate::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use crate::base64url;
use crate::curve::{Backend, Level, SecretScalar};
use crate::error::{Error, UnusableKey};
use crate::jwe::{DecryptPolicy, DecryptionKey, EncryptHeader, Recipient, begin_decrypt};
use crate::jwk::{JwkSet, PrivateJwk, PublicJwk};
use crate::jws::{Verifier, VerifierSet, VerifyPolicy};
use crate::nested;

/// The private key that all targets use, `kid` "fuzz": seeds are made with it.
pub const SCALAR: [u8; 48] = [0x17; 48];

/// Keys in every encoding: what is read is written and read back the same.
pub fn jwk(data: &[u8]) {
    if let Ok(key) = PublicJwk::from_json(data) {
        let again = PublicJwk::from_json(key.to_json().as_bytes());
        assert_eq!(again.as_ref(), Ok(&key));
        assert_eq!(again.map(|key| key.thumbprint()), Ok(key.thumbprint()));
        let private = PrivateJwk::from_json(data).map(|_| ());
        assert_eq!(private, Err(UnusableKey::NotPrivate.into()));
    }
    if let Ok(key) = PrivateJwk::from_json(data) {
        let again = PrivateJwk::from_json(key.to_json().as_bytes());
        assert_eq!(again.as_ref().map(PrivateJwk::public), Ok(key.public()));
        let public = PublicJwk::from_json(data);
        assert_eq!(public, Err(UnusableKey::PrivateMember.into()));
    }
    if let Ok(set) = JwkSet::<PublicJwk>::from_json(data) {
        let again = JwkSet::<PublicJwk>::from_json(set.to_json().as_bytes());
        assert_eq!(again.as_ref().map(JwkSet::keys), Ok(set.keys()));
    }
    for key in [
        PrivateJwk::from_pkcs8_der(data),
        PrivateJwk::from_sec1_der(data),
    ] {
        assert!(key.is_err() || PublicJwk::from_spki_der(data).is_err());
    }
    if let Ok(text) = core::str::from_utf8(data) {
        let private = PrivateJwk::from_pem(text).is_ok();
        assert!(!private || PublicJwk::from_spki_pem(text).is_err());
    }
}

/// JWEs: a token as it stands, or, after a zero byte, a header text in an
/// otherwise well-formed token.
pub fn jwe_compact(data: &[u8]) {
    let token = match data.split_first() {
        Some((0, header)) => {
            let mut token = base64url::encode(header);
            token.push_str("..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA");
            token.into_bytes()
        }
        _ => data.to_vec(),
    };
    let policy = any_jwe();
    let Ok(pending) = begin_decrypt(&token, &policy) else {
        return;
    };
    assert_canonical(&token, 5);
    let strict = any_jwe().require_kid();
    let named = pending.header().kid().is_some();
    assert_eq!(begin_decrypt(&token, &strict).is_ok(), named);
    if let Ok(key) = decryption() {
        let opened = pending.finish_with(&key);
        assert!(matches!(
            opened,
            Ok(_) | Err(Error::DecryptFailed | Error::UnusableKey(_))
        ));
    }
}

/// JWSs: a token as it stands, or, after a zero byte, a header text and a
/// payload with a line feed between, signed by the key that verifies.
pub fn jws_compact(data: &[u8]) {
    let (Ok(signing), Ok(verifier)) = (signing_key(), verifier()) else {
        return;
    };
    let Some((0, parts)) = data.split_first() else {
        if verifier.verify(data, &any_jws()).is_ok() {
            assert_canonical(data, 3);
        }
        return;
    };
    let (header, payload) = split_at_line(parts);
    let token = signed_text(&signing, header, payload);
    if let Ok(verified) = verifier.verify(token.as_bytes(), &any_jws()) {
        assert_eq!(verified.payload(), payload);
        assert!(crate::json::parse_object(header).is_ok());
    }
}

/// Nested tokens: as they stand, or, after a zero byte, any text inside a sound
/// envelope.
pub fn nested_open(data: &[u8]) {
    let (Ok(key), Ok(signers)) = (decryption(), signers()) else {
        return;
    };
    let policy = nested::Policy {
        jwe: any_jwe(),
        jws: any_jws(),
    };
    let token = match data.split_first() {
        Some((0, inner)) => match enveloped(inner) {
            Ok(token) => token.into_bytes(),
            Err(_) => return,
        },
        _ => data.to_vec(),
    };
    if let Ok(opened) = nested::open(&token, &key, &signers, &policy) {
        assert_canonical(&token, 5);
        if let Ok(claims) = opened.claims() {
            assert!(claims.iter().all(|(name, _)| claims.contains(name)));
        }
    }
}

/// An accepted token has one spelling: each segment re-encodes to itself.
fn assert_canonical(token: &[u8], segments: usize) {
    assert_eq!(token.split(|&byte| byte == b'.').count(), segments);
    for segment in token.split(|&byte| byte == b'.') {
        let again = base64url::decode(segment).map(|bytes| base64url::encode(&bytes));
        assert_eq!(again.as_ref().map(String::as_bytes), Ok(segment));
    }
}

fn split_at_line(data: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = data.splitn(2, |&byte| byte == b'\n');
    let header = parts.next().unwrap_or_default();
    (header, parts.next().unwrap_or_default())
}

/// A token over any header text: signed where its text says nothing of the sort.
fn signed_text(key: &PrivateJwk, header: &[u8], payload: &[u8]) -> String {
    let mut token = base64url::encode(header);
    token.push('.');
    base64url::encode_to(payload, &mut token);
    let digest = crate::es384::digest(token.as_bytes());
    let signer = crate::es384::SigningKey::prepare(key.scalar(), Backend::default());
    token.push('.');
    base64url::encode_to(signer.sign_digest(&digest).as_bytes(), &mut token);
    token
}

fn enveloped(inner: &[u8]) -> Result<String, Error> {
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let key = signing_key()?;
    Recipient::prepare(key.public(), Level::OneShot, Backend::default())?.encrypt(
        inner,
        &header.with_cty("JWT"),
        &mut Constant,
    )
}

fn any_jwe() -> DecryptPolicy {
    DecryptPolicy::new(&KeyManagement::ALL, &ContentEncryption::ALL)
}

fn any_jws() -> VerifyPolicy {
    VerifyPolicy::new(&SignatureAlgorithm::ALL)
}

/// One known key for everything, `kid` "fuzz".
fn signing_key() -> Result<PrivateJwk, Error> {
    let scalar = SecretScalar::from_bytes(&SCALAR)?;
    Ok(PrivateJwk::new(scalar).with_kid("fuzz"))
}

fn decryption() -> Result<DecryptionKey, Error> {
    DecryptionKey::prepare(&signing_key()?, Level::OneShot, Backend::default())
}

fn verifier() -> Result<Verifier, Error> {
    Verifier::prepare(signing_key()?.public(), Level::OneShot, Backend::default())
}

fn signers() -> Result<VerifierSet, Error> {
    let set = JwkSet::new(alloc::vec![signing_key()?.public().clone()])?;
    VerifierSet::prepare(&set, Level::OneShot, Backend::default())
}

/// No generator at all: a fuzz target must do the same for the same bytes.
struct Constant;

impl TryRng for Constant {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0x3535_3535)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0x3535_3535_3535_3535)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(0x35);
        Ok(())
    }
}

impl TryCryptoRng for Constant {}
