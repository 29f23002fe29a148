//! jose4rs on AWS-LC.

use std::rc::Rc;

use jose4rs::jwe::{ContentEncryptionAlgorithm, JsonWebEncryption, KeyManagementAlgorithm};
use jose4rs::jwk::JsonWebKey;
use jose4rs::jws::{AlgorithmIdentifier, JsonWebSignature};
use jose4rs::jwx::{HeaderParameter, JsonWebStructure as _};

use super::Rival;
use super::pool::{Pool, kid};
use crate::rivals::JOSE4RS;
use crate::workload::turn;

pub(super) struct Jose4rs {
    pool: Rc<Pool>,
    signing: JsonWebKey,
    verifying: JsonWebKey,
    recipient: JsonWebKey,
    decryption: JsonWebKey,
    kid: String,
}

impl Jose4rs {
    pub(super) fn new(pool: &Rc<Pool>) -> Self {
        let parse = |json: &str| JsonWebKey::from_json(json).expect("key");
        let (signing, encryption) = (turn(&pool.signing, 0), turn(&pool.encryption, 0));
        Self {
            pool: Rc::clone(pool),
            signing: parse(&signing.to_json()),
            verifying: parse(&signing.public().to_json()),
            recipient: parse(&encryption.public().to_json()),
            decryption: parse(&encryption.to_json()),
            kid: kid(signing),
        }
    }
}

impl Rival for Jose4rs {
    fn name(&self) -> &'static str {
        JOSE4RS
    }

    fn verify(&self, token: &str) -> Option<Vec<u8>> {
        let jws = JsonWebSignature::from_compact_serialization(token).ok()?;
        Some(jws.payload(&self.verifying).ok()?.to_vec())
    }

    fn sign(&self, index: usize) -> Option<String> {
        let mut jws = JsonWebSignature::new();
        jws.set_payload(self.pool.message(index));
        jws.set_algorithm(AlgorithmIdentifier::EcdsaUsingP384CurveAndSha384);
        jws.set_header(HeaderParameter::KeyId, self.kid.as_str());
        jws.compact_serialization(&self.signing).ok()
    }

    fn encrypt(&self, index: usize) -> Option<String> {
        let mut jwe = JsonWebEncryption::new();
        jwe.set_payload(self.pool.message(index));
        jwe.set_algorithm(KeyManagementAlgorithm::EcdhEs);
        jwe.set_encryption_method(ContentEncryptionAlgorithm::Aes256Gcm);
        jwe.set_header(HeaderParameter::KeyId, self.kid.as_str());
        jwe.encrypt(&self.recipient).ok()?;
        jwe.compact_serialization().ok()
    }

    fn decrypt(&self, token: &str) -> Option<Vec<u8>> {
        let mut jwe = JsonWebEncryption::from_compact_serialization(token).ok()?;
        Some(jwe.payload(&self.decryption).ok()?.to_vec())
    }
}
