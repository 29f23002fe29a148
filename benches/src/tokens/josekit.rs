//! josekit on the system's OpenSSL.

use std::rc::Rc;

use josekit::jwe::alg::ecdh_es::{EcdhEsJweDecrypter, EcdhEsJweEncrypter};
use josekit::jwe::{ECDH_ES, JweHeader};
use josekit::jwk::Jwk;
use josekit::jws::alg::ecdsa::{EcdsaJwsSigner, EcdsaJwsVerifier};
use josekit::jws::{ES384, JwsHeader};
use josekit::{jwe, jws};

use super::Rival;
use super::pool::{Pool, kid};
use crate::rivals::JOSEKIT;
use crate::workload::turn;

pub(super) struct Josekit {
    pool: Rc<Pool>,
    signer: EcdsaJwsSigner,
    verifier: EcdsaJwsVerifier,
    encrypter: EcdhEsJweEncrypter,
    decrypter: EcdhEsJweDecrypter,
    signed_header: JwsHeader,
    sealed_header: JweHeader,
}

impl Josekit {
    pub(super) fn new(pool: &Rc<Pool>) -> Self {
        let parse = |json: &str| Jwk::from_bytes(json).expect("key");
        let (signing, encryption) = (turn(&pool.signing, 0), turn(&pool.encryption, 0));
        let signer = ES384.signer_from_jwk(&parse(&signing.to_json()));
        let verifier = ES384.verifier_from_jwk(&parse(&signing.public().to_json()));
        let encrypter = ECDH_ES.encrypter_from_jwk(&parse(&encryption.public().to_json()));
        let decrypter = ECDH_ES.decrypter_from_jwk(&parse(&encryption.to_json()));
        let mut signed_header = JwsHeader::new();
        signed_header.set_key_id(kid(signing));
        let mut sealed_header = JweHeader::new();
        sealed_header.set_key_id(kid(encryption));
        sealed_header.set_content_encryption("A256GCM");
        Self {
            pool: Rc::clone(pool),
            signer: signer.expect("signer"),
            verifier: verifier.expect("verifier"),
            encrypter: encrypter.expect("encrypter"),
            decrypter: decrypter.expect("decrypter"),
            signed_header,
            sealed_header,
        }
    }
}

impl Rival for Josekit {
    fn name(&self) -> &'static str {
        JOSEKIT
    }

    fn verify(&self, token: &str) -> Option<Vec<u8>> {
        let (payload, _) = jws::deserialize_compact(token, &self.verifier).ok()?;
        Some(payload)
    }

    fn sign(&self, index: usize) -> Option<String> {
        let message = self.pool.message(index);
        jws::serialize_compact(message, &self.signed_header, &self.signer).ok()
    }

    fn encrypt(&self, index: usize) -> Option<String> {
        let message = self.pool.message(index);
        jwe::serialize_compact(message, &self.sealed_header, &self.encrypter).ok()
    }

    fn decrypt(&self, token: &str) -> Option<Vec<u8>> {
        let (payload, _) = jwe::deserialize_compact(token, &self.decrypter).ok()?;
        Some(payload)
    }
}
