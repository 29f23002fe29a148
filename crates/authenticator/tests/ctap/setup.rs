//! A seeded workshop that makes keys, and the requests that the tests send.

use std::sync::Arc;

use authenticator::{
    GetAssertion, MakeCredential, Model, Pin, Quirks, SecurityKey, attestation::AttestationIssuer,
};
use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use p256::{ecdsa::signature::Verifier, pkcs8::DecodePublicKey};
use prereg_types::{
    Serial,
    webauthn::{CoseAlgorithm, CoseKey},
};

pub(crate) const NOW: u64 = 1_780_000_000;
pub(crate) const CLIENT_DATA_HASH: &[u8; 32] = &[0xc1; 32];

pub(crate) struct Workshop {
    pub(crate) rng: ChaCha20Rng,
    pub(crate) issuer: AttestationIssuer,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        Self::seeded(1)
    }

    pub(crate) fn seeded(seed: u8) -> Self {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let issuer = AttestationIssuer::generate(&mut rng, NOW).unwrap();
        Self { rng, issuer }
    }

    pub(crate) fn key(&mut self, model: Model) -> SecurityKey {
        self.quirky(model, &Quirks::NONE)
    }

    pub(crate) fn quirky(&mut self, model: Model, quirks: &Quirks) -> SecurityKey {
        let batch = self
            .issuer
            .issue_batch(&model, quirks, &mut self.rng, NOW)
            .unwrap();
        let serial = Serial::parse("3632071").unwrap();
        SecurityKey::new(model, serial, Arc::new(batch), quirks.clone())
    }
}

pub(crate) fn registration<'a>(rp_id: &'a str, user_id: &'a [u8]) -> MakeCredential<'a> {
    MakeCredential {
        client_data_hash: CLIENT_DATA_HASH,
        rp_id,
        user_id,
        pub_key_cred_params: &[-7, -35],
        exclude_list: &[],
        pin: None,
    }
}

pub(crate) fn assertion<'a>(rp_id: &'a str, pin: Option<&'a Pin>) -> GetAssertion<'a> {
    GetAssertion {
        client_data_hash: CLIENT_DATA_HASH,
        rp_id,
        allow_list: &[],
        pin,
    }
}

/// Verifies a DER signature with RustCrypto, which did not make the ES384 ones.
pub(crate) fn verifies(key: &CoseKey, message: &[u8], der: &[u8]) -> bool {
    let spki = key.to_spki_der();
    match key.algorithm() {
        CoseAlgorithm::Es256 => p256::ecdsa::VerifyingKey::from_public_key_der(&spki)
            .unwrap()
            .verify(
                message,
                &p256::ecdsa::DerSignature::from_bytes(der).unwrap(),
            )
            .is_ok(),
        CoseAlgorithm::Es384 => p384::ecdsa::VerifyingKey::from_public_key_der(&spki)
            .unwrap()
            .verify(
                message,
                &p384::ecdsa::DerSignature::from_bytes(der).unwrap(),
            )
            .is_ok(),
    }
}
