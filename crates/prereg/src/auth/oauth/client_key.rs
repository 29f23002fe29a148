//! One registered key of a client, with the one algorithm it is good for.

use std::fmt;

use jose_core::alg::SignatureAlgorithm;
use jose_core::json::{Object, Value};
use jose_core::jwk::PublicJwk;
use jose_core::jws::{Verifier, VerifyPolicy};
use jose_core::{Backend, Level, base64url};
use ring::agreement::{self, ECDH_P256, EphemeralPrivateKey};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::json;

use super::client_keys::KeyFault;

/// Members that only a private or secret key has (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A public key.
pub(super) struct ClientKey {
    kid: Option<String>,
    key: Key,
}

enum Key {
    /// ES384 (RFC 7518 §3.4), by jose-core.
    Es384(PublicJwk),
    /// ES256, by ring: the uncompressed point.
    Es256([u8; 65]),
    /// RS256 (RFC 7518 §3.3), by ring.
    Rs256 { n: Vec<u8>, e: Vec<u8> },
}

impl ClientKey {
    /// Reads a JWK (RFC 7517 §4).
    pub(super) fn from_jwk(jwk: &Object<'_>) -> Result<Self, KeyFault> {
        if PRIVATE.iter().any(|name| jwk.contains(name)) {
            return Err(KeyFault::Private);
        }
        let key = match (text(jwk, "kty")?, text(jwk, "crv")?) {
            (Some("EC"), Some("P-384")) => {
                Key::Es384(PublicJwk::from_object(jwk).map_err(KeyFault::Jose)?)
            }
            (Some("EC"), Some("P-256")) => Key::Es256(p256_point(jwk)?),
            (Some("RSA"), _) => rsa(jwk)?,
            _ => return Err(KeyFault::Type),
        };
        let key = Self {
            kid: text(jwk, "kid")?.map(str::to_owned),
            key,
        };
        key.check_purpose(jwk)?;
        Ok(key)
    }

    /// Its key id.
    pub(super) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Its one algorithm.
    pub(super) const fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Es384(_) => "ES384",
            Key::Es256(_) => "ES256",
            Key::Rs256 { .. } => "RS256",
        }
    }

    /// Whether this key made the signature over the token's first two parts.
    pub(super) fn verifies(&self, token: &str) -> bool {
        if let Key::Es384(key) = &self.key {
            let policy = VerifyPolicy::new(&[SignatureAlgorithm::Es384]);
            let verifier = Verifier::prepare(key, Level::OneShot, Backend::default());
            return verifier.is_ok_and(|key| key.verify(token.as_bytes(), &policy).is_ok());
        }
        let Some((input, signature)) = token.rsplit_once('.') else {
            return false;
        };
        let Ok(signature) = base64url::decode(signature.as_bytes()) else {
            return false;
        };
        self.verifies_raw(input.as_bytes(), &signature)
    }

    fn verifies_raw(&self, input: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Key::Es384(_) => false,
            Key::Es256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(input, signature)
                .is_ok(),
            Key::Rs256 { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, input, signature)
                .is_ok(),
        }
    }

    /// The key with the members that count, as a JWK.
    pub(super) fn to_jwk(&self) -> serde_json::Value {
        let encode = |bytes: &[u8]| base64url::encode(bytes);
        let mut jwk = match &self.key {
            Key::Es384(key) => {
                let bare = PublicJwk::new(*key.point()).to_json();
                serde_json::from_str(&bare).unwrap_or_default()
            }
            Key::Es256(point) => {
                let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
            }
            Key::Rs256 { n, e } => json!({"kty": "RSA", "n": encode(n), "e": encode(e)}),
        };
        if let Some(members) = jwk.as_object_mut() {
            members.insert("use".into(), "sig".into());
            members.insert("alg".into(), self.algorithm().into());
            if let Some(kid) = &self.kid {
                members.insert("kid".into(), kid.as_str().into());
            }
        }
        jwk
    }

    /// A key that says what it is for must be for this (RFC 7517 §4.2–4.4).
    fn check_purpose(&self, jwk: &Object<'_>) -> Result<(), KeyFault> {
        let signs = text(jwk, "use")?.is_none_or(|key_use| key_use == "sig");
        let of_type = text(jwk, "alg")?.is_none_or(|alg| alg == self.algorithm());
        let verify = |operation: &Value<'_>| operation.as_str() == Some("verify");
        let permits = match jwk.get("key_ops") {
            None => true,
            Some(operations) => operations
                .as_array()
                .is_some_and(|operations| operations.iter().any(verify)),
        };
        if signs && of_type && permits {
            return Ok(());
        }
        Err(KeyFault::Purpose(self.algorithm()))
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientKey({}, kid {:?})", self.algorithm(), self.kid)
    }
}

fn text<'v>(jwk: &'v Object<'_>, name: &'static str) -> Result<Option<&'v str>, KeyFault> {
    jwk.optional_str(name).map_err(|_| KeyFault::Member(name))
}

/// A base64url member that must be there.
fn bytes(jwk: &Object<'_>, name: &'static str) -> Result<Vec<u8>, KeyFault> {
    let text = text(jwk, name)?.ok_or(KeyFault::Member(name))?;
    base64url::decode(text.as_bytes()).map_err(|_| KeyFault::Member(name))
}

/// The point in SEC 1's uncompressed form. Whether it is on the curve is seen by
/// an agreement with it: ring has no function that only looks.
fn p256_point(jwk: &Object<'_>) -> Result<[u8; 65], KeyFault> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    let point: Vec<u8> = [&[4], x.as_slice(), &y].concat();
    let fits = x.len() == 32 && y.len() == 32;
    let point = <[u8; 65]>::try_from(point).ok().filter(|_| fits);
    let point = point.ok_or(KeyFault::Member("x or y"))?;
    let ours = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new());
    let ours = ours.map_err(|_| KeyFault::Jose(jose_core::Error::RandomnessFailed))?;
    let theirs = agreement::UnparsedPublicKey::new(&ECDH_P256, point);
    agreement::agree_ephemeral(ours, &theirs, |_| ()).map_err(|_| KeyFault::NotOnCurve)?;
    Ok(point)
}

/// A modulus of 2048 to 8192 bits, an odd exponent from 3 (RFC 7518 §3.3 asks
/// for 2048 bits or more).
fn rsa(jwk: &Object<'_>) -> Result<Key, KeyFault> {
    let (n, e) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    let leading_zeros = n.first().map_or(8, |first| first.leading_zeros());
    let bits = (8 * n.len()).saturating_sub(usize::try_from(leading_zeros).unwrap_or(8));
    if n.first() == Some(&0) || !odd(&n) || !(2048..=8192).contains(&bits) {
        return Err(KeyFault::Modulus);
    }
    let exponent_fits = (1..=4).contains(&e.len()) && e.first() != Some(&0);
    if !exponent_fits || !odd(&e) || e == [1] {
        return Err(KeyFault::Member("e"));
    }
    Ok(Key::Rs256 { n, e })
}
