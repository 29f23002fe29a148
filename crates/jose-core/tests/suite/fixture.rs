//! Keys, policies, and a second implementation of the sender.
//!
//! The sender here shares nothing with the crate but the scalar multiplication
//! (which Wycheproof judges): it takes any header text, so that a hostile token
//! is right in everything but the one thing under test.

use std::sync::LazyLock;

use aes_gcm::aead::array::typenum::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes192;
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm};
use getrandom::SysRng;
use jose_core::Level;
use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::base64url::{decode, encode};
use jose_core::curve::{Point, SecretScalar};
use jose_core::es384::{self, SigningKey};
use jose_core::jwe::{DecryptPolicy, DecryptionKey, KeyAgreement, Recipient};
use jose_core::jwk::{JwkSet, KeyUse, PrivateJwk, PublicJwk};
use jose_core::jws::{Signer, Verifier, VerifierSet, VerifyPolicy};
use sha2::{Digest, Sha256};

use crate::BACKEND;

/// A key pair that decrypts, `kid` "r1".
pub(crate) static RECIPIENT: LazyLock<PrivateJwk> = LazyLock::new(|| enc_key("r1"));

/// A key pair that signs, `kid` "s1".
pub(crate) static SIGNER: LazyLock<PrivateJwk> = LazyLock::new(|| sig_key("s1"));

pub(crate) fn enc_key(kid: &str) -> PrivateJwk {
    new_key(kid).with_use(KeyUse::Enc)
}

pub(crate) fn sig_key(kid: &str) -> PrivateJwk {
    new_key(kid).with_use(KeyUse::Sig)
}

fn new_key(kid: &str) -> PrivateJwk {
    PrivateJwk::generate(&mut SysRng).unwrap().with_kid(kid)
}

pub(crate) fn decryption(key: &PrivateJwk) -> DecryptionKey {
    DecryptionKey::prepare(key, Level::OneShot, BACKEND).unwrap()
}

pub(crate) fn recipient(key: &PublicJwk) -> Recipient {
    Recipient::prepare(key, Level::OneShot, BACKEND).unwrap()
}

pub(crate) fn verifier(key: &PublicJwk) -> Verifier {
    Verifier::prepare(key, Level::OneShot, BACKEND).unwrap()
}

pub(crate) fn verifiers(keys: &[&PrivateJwk]) -> VerifierSet {
    let keys = keys.iter().map(|key| key.public().clone()).collect();
    let set = JwkSet::new(keys).unwrap();
    VerifierSet::prepare(&set, Level::OneShot, BACKEND).unwrap()
}

pub(crate) fn signer(key: &PrivateJwk) -> Signer {
    Signer::prepare(key, BACKEND).unwrap()
}

/// Every algorithm of the crate, and no other demand.
pub(crate) fn any_jwe() -> DecryptPolicy {
    DecryptPolicy::new(&KeyManagement::ALL, &ContentEncryption::ALL)
}

/// Every algorithm of the crate, and no other demand.
pub(crate) fn any_jws() -> VerifyPolicy {
    VerifyPolicy::new(&SignatureAlgorithm::ALL)
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The JSON form of a point, as `epk` carries it.
pub(crate) fn epk_json(point: &Point) -> String {
    let (x, y) = point.coordinates();
    let (x, y) = (encode(&x), encode(&y));
    format!(r#"{{"kty":"EC","crv":"P-384","x":"{x}","y":"{y}"}}"#)
}

/// The header of an ordinary token for [`RECIPIENT`]; `EPK` stands for the key.
pub(crate) const PLAIN_HEADER: &str = r#"{"alg":"ECDH-ES","enc":"A256GCM","epk":EPK}"#;

/// What the Concat KDF and AES-GCM make of a header text: a token that any
/// reader who ignores what the header says must accept. `EPK` in the text
/// stands for the ephemeral key.
pub(crate) fn seal(header: &str, plaintext: &[u8]) -> String {
    let point = *RECIPIENT.public().point();
    let ephemeral = SecretScalar::generate(&mut SysRng).unwrap();
    seal_to(&point, &ephemeral, header, (b"", b""), plaintext)
}

/// As [`seal`], with direct agreement and A256GCM, to any recipient.
pub(crate) fn seal_to(
    recipient: &Point,
    ephemeral: &SecretScalar,
    header: &str,
    (apu, apv): (&[u8], &[u8]),
    plaintext: &[u8],
) -> String {
    let z = KeyAgreement::agree(ephemeral, recipient).unwrap();
    let key = concat_kdf(z.expose(), "A256GCM", apu, apv, 256);
    let header = header.replace("EPK", &epk_json(&ephemeral.point()));
    let aad = encode(header.as_bytes());
    let iv = [0x17; 12];
    let mut text = plaintext.to_vec();
    let tag = gcm_seal(&key, iv, aad.as_bytes(), &mut text);
    format!("{aad}..{}.{}.{}", encode(&iv), encode(&text), encode(&tag))
}

pub(crate) fn gcm_seal(key: &[u8], iv: [u8; 12], aad: &[u8], text: &mut [u8]) -> [u8; 16] {
    let sealed = match key.len() {
        16 => Aes128Gcm::new_from_slice(key)
            .unwrap()
            .encrypt_inout_detached(&iv.into(), aad, text.into()),
        24 => AesGcm::<Aes192, U12>::new_from_slice(key)
            .unwrap()
            .encrypt_inout_detached(&iv.into(), aad, text.into()),
        _ => Aes256Gcm::new_from_slice(key)
            .unwrap()
            .encrypt_inout_detached(&iv.into(), aad, text.into()),
    };
    sealed.unwrap().into()
}

/// SP 800-56A §5.8.1 written down once more, from its text.
pub(crate) fn concat_kdf(z: &[u8], algorithm: &str, apu: &[u8], apv: &[u8], bits: u32) -> Vec<u8> {
    let mut other_info = Vec::new();
    for field in [algorithm.as_bytes(), apu, apv] {
        other_info.extend_from_slice(&u32::try_from(field.len()).unwrap().to_be_bytes());
        other_info.extend_from_slice(field);
    }
    other_info.extend_from_slice(&bits.to_be_bytes());
    let mut key = Vec::new();
    let bytes = usize::try_from(bits / 8).unwrap();
    for round in 1u32.. {
        if key.len() >= bytes {
            break;
        }
        let input = [&round.to_be_bytes()[..], z, &other_info].concat();
        key.extend_from_slice(&Sha256::digest(input));
    }
    key.truncate(bytes);
    key
}

/// A JWS by [`SIGNER`] over any header text and any payload segment.
pub(crate) fn sign(header: &str, payload: &[u8]) -> String {
    sign_segments(&encode(header.as_bytes()), &encode(payload))
}

/// A JWS by [`SIGNER`] over segments as they stand.
pub(crate) fn sign_segments(header: &str, payload: &str) -> String {
    let input = format!("{header}.{payload}");
    let key = SigningKey::prepare(SIGNER.scalar(), BACKEND);
    let signature = key.sign_digest(&es384::digest(input.as_bytes()));
    format!("{input}.{}", encode(signature.as_bytes()))
}

/// The segments of a token.
pub(crate) fn segments(token: &str) -> Vec<String> {
    token.split('.').map(str::to_string).collect()
}

/// A token with one segment exchanged.
pub(crate) fn with_segment(token: &str, index: usize, segment: &str) -> String {
    let mut all = segments(token);
    all[index] = segment.to_string();
    all.join(".")
}

/// The same bytes with a spare bit set in the last character: what a reader who
/// ignores RFC 4648 §3.5 takes for the same segment.
pub(crate) fn non_canonical(segment: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert_ne!(segment.len() % 4, 0, "no spare bits in {segment}");
    let last = *segment.as_bytes().last().unwrap();
    let value = ALPHABET.iter().position(|&c| c == last).unwrap();
    let mut changed = segment[..segment.len() - 1].to_string();
    changed.push(char::from(ALPHABET[value | 1]));
    assert_ne!(changed, segment);
    changed
}

pub(crate) fn bytes48(text: &str) -> [u8; 48] {
    decode(text.as_bytes()).unwrap().try_into().unwrap()
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
