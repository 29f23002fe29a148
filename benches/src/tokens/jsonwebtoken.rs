//! jsonwebtoken on AWS-LC: JWS only, and claims only. Its claims are a type of
//! one member, and none of them is checked.

use std::rc::Rc;

use josekit::jwk::KeyPair as _;
use josekit::jwk::alg::ec::EcKeyPair;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use openssl::pkey::PKey;
use serde::{Deserialize, Serialize};

use super::Rival;
use super::pool::{Pool, kid};
use crate::rivals::JSONWEBTOKEN;
use crate::workload::turn;

#[derive(Serialize, Deserialize)]
struct Claims {
    jti: String,
}

pub(super) struct Jsonwebtoken {
    claims: Vec<Claims>,
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl Jsonwebtoken {
    pub(super) fn new(pool: &Rc<Pool>) -> Self {
        let key = turn(&pool.signing, 0);
        let public = serde_json::from_str(&key.public().to_json()).expect("key");
        let mut header = Header::new(Algorithm::ES384);
        header.typ = None;
        header.kid = Some(kid(key));
        let mut validation = Validation::new(Algorithm::ES384);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = |message: &Vec<u8>| serde_json::from_slice(message).expect("claims");
        Self {
            claims: pool.messages.iter().map(claims).collect(),
            header,
            signing: EncodingKey::from_ec_der(&pkcs8(&key.to_json())),
            verifying: DecodingKey::from_jwk(&public).expect("key"),
            validation,
        }
    }
}

impl Rival for Jsonwebtoken {
    fn name(&self) -> &'static str {
        JSONWEBTOKEN
    }

    fn verify(&self, token: &str) -> Option<Vec<u8>> {
        let read = decode::<Claims>(token, &self.verifying, &self.validation).ok()?;
        Some(read.claims.jti.into_bytes())
    }

    fn sign(&self, index: usize) -> Option<String> {
        encode(&self.header, turn(&self.claims, index), &self.signing).ok()
    }

    fn encrypt(&self, _: usize) -> Option<String> {
        None
    }

    fn decrypt(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// The one form that it takes a private key of this curve in.
fn pkcs8(jwk: &str) -> Vec<u8> {
    let jwk = josekit::jwk::Jwk::from_bytes(jwk).expect("key");
    let pair = EcKeyPair::from_jwk(&jwk).expect("key pair");
    let key = PKey::private_key_from_der(&pair.to_der_private_key()).expect("key");
    key.private_key_to_pkcs8().expect("PKCS#8")
}
