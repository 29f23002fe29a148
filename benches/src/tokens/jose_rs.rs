//! jose-rs, on `RustCrypto`.

use std::rc::Rc;

use jose_rs::jwk::{Jwk, jwk_to_signature_key};
use jose_rs::{JoseHeader, JweEncryption, JwkOp, JwsAlgorithm, jwe, jws};
use kryptering::{SoftwareSigner, SoftwareVerifier};

use super::Rival;
use super::pool::{Pool, kid};
use crate::rivals::JOSE_RS;
use crate::workload::turn;

pub(super) struct JoseRs {
    pool: Rc<Pool>,
    signer: SoftwareSigner,
    verifier: SoftwareVerifier,
    recipient: Jwk,
    decryption: Jwk,
    jws_header: JoseHeader,
    kid: String,
}

impl JoseRs {
    pub(super) fn new(pool: &Rc<Pool>) -> Self {
        let parse = |json: &str| -> Jwk { serde_json::from_str(json).expect("key") };
        let (signing, encryption) = (turn(&pool.signing, 0), turn(&pool.encryption, 0));
        let algorithm = JwsAlgorithm::ES384;
        let material = |json: &str, operation| {
            jwk_to_signature_key(&parse(json), algorithm, operation).expect("key")
        };
        let private = material(&signing.to_json(), JwkOp::Sign);
        let public = material(&signing.public().to_json(), JwkOp::Verify);
        let crypto = || algorithm.to_crypto().expect("algorithm");
        let direct = |json: &str| {
            let mut key = parse(json);
            key.alg = Some("ECDH-ES".to_owned());
            key
        };
        let mut jws_header = JoseHeader::for_alg(algorithm);
        jws_header.kid = Some(kid(signing));
        Self {
            pool: Rc::clone(pool),
            signer: SoftwareSigner::new(crypto(), private).expect("signer"),
            verifier: SoftwareVerifier::new(crypto(), public).expect("verifier"),
            recipient: direct(&encryption.public().to_json()),
            decryption: direct(&encryption.to_json()),
            jws_header,
            kid: kid(encryption),
        }
    }
}

impl Rival for JoseRs {
    fn name(&self) -> &'static str {
        JOSE_RS
    }

    fn verify(&self, token: &str) -> Option<Vec<u8>> {
        jws::compact::verify(&self.verifier, token).ok()
    }

    fn sign(&self, index: usize) -> Option<String> {
        jws::compact::sign(&self.signer, self.pool.message(index), &self.jws_header).ok()
    }

    fn encrypt(&self, index: usize) -> Option<String> {
        let (message, enc) = (self.pool.message(index), JweEncryption::A256GCM);
        let mut header = JoseHeader::for_jwe(jose_rs::JweAlgorithm::EcdhEs, enc);
        header.kid = Some(self.kid.clone());
        jwe::compact::encrypt_with_jwk_header(&self.recipient, header, message, enc).ok()
    }

    fn decrypt(&self, token: &str) -> Option<Vec<u8>> {
        jwe::compact::decrypt_with_jwk(&self.decryption, token).ok()
    }
}
