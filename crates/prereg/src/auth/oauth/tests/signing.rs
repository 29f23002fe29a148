//! Clients that sign: with jose-core, and with ring for what jose-core has not.

use base64ct::Encoding as _;
use getrandom::SysRng;
use jose_core::es384::{self, SigningKey};
use jose_core::jwk::PrivateJwk;
use jose_core::{Backend, base64url};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde_json::{Value, json};

/// An RSA key made for these tests.
const RSA_KEY: &str = include_str!("rs256.pem");

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// Someone with a private key.
pub(super) struct Client {
    pub(super) alg: &'static str,
    pub(super) jwk: Value,
    sign: Sign,
}

impl Client {
    pub(super) fn each() -> [Self; 3] {
        [Self::es384("k1"), Self::es256("k1"), Self::rs256("k1")]
    }

    pub(super) fn es384(kid: &str) -> Self {
        let key = PrivateJwk::generate(&mut SysRng).unwrap().with_kid(kid);
        let signing = SigningKey::prepare(key.scalar(), Backend::default());
        Self {
            alg: "ES384",
            jwk: serde_json::from_str(&key.public().to_json()).unwrap(),
            sign: Box::new(move |input| {
                let signature = signing.sign_digest(&es384::digest(input));
                signature.as_bytes().to_vec()
            }),
        }
    }

    pub(super) fn es256(kid: &str) -> Self {
        let (rng, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &rng).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &rng).unwrap();
        let (x, y) = key.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (base64url::encode(x), base64url::encode(y));
        Self {
            alg: "ES256",
            jwk: json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y}),
            sign: Box::new(move |input| key.sign(&rng, input).unwrap().as_ref().to_vec()),
        }
    }

    pub(super) fn rs256(kid: &str) -> Self {
        let body: String = RSA_KEY
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        let der = base64ct::Base64::decode_vec(&body).unwrap();
        let key = RsaKeyPair::from_pkcs8(&der).unwrap();
        let public: RsaPublicKeyComponents<Vec<u8>> = key.public().into();
        let (n, e) = (base64url::encode(&public.n), base64url::encode(&public.e));
        Self {
            alg: "RS256",
            jwk: json!({"kty": "RSA", "kid": kid, "n": n, "e": e, "use": "sig"}),
            sign: Box::new(move |input| {
                let mut signature = vec![0; key.public().modulus_len()];
                let rng = SystemRandom::new();
                key.sign(&RSA_PKCS1_SHA256, &rng, input, &mut signature)
                    .unwrap();
                signature
            }),
        }
    }

    /// The set to register.
    pub(super) fn jwks(&self) -> String {
        json!({"keys": [self.jwk]}).to_string()
    }

    /// Signs claims under the header that belongs to the key.
    pub(super) fn assert(&self, claims: &Value) -> String {
        self.assert_under(&json!({"alg": self.alg, "kid": self.jwk["kid"]}), claims)
    }

    /// Signs claims under any header.
    pub(super) fn assert_under(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = (self.sign)(input.as_bytes());
        format!("{input}.{}", base64url::encode(&signature))
    }
}
