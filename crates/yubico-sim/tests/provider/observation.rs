//! All that can be seen in what the provider answers about one key, taken apart
//! into named values, so that two answers can be compared.

use std::collections::{BTreeMap, BTreeSet};

use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::jwe::{DecryptPolicy, DecryptionKey};
use jose_core::jwk::{JwkSet, PrivateJwk, PublicJwk};
use jose_core::jws::{VerifierSet, VerifyPolicy};
use jose_core::{Backend, Level, base64url};
use prereg_types::shipment::ProductData;
use prereg_types::webauthn::{AttestationObject, AttestationStatement, AuthenticatorData};
use serde_json::Value;

use crate::enroll_call::EnrollCall;

/// Values by path, such as `0.inside.claims.iss`.
#[derive(Default)]
pub(crate) struct Observation(BTreeMap<String, String>);

impl Observation {
    /// Takes an answer apart, with the keys that this call's relying party has
    /// and the signing keys it trusts.
    pub(crate) fn of(
        product: &ProductData,
        call: &EnrollCall,
        signers: &JwkSet<PublicJwk>,
    ) -> Self {
        let mut seen = Self::default();
        seen.put("serial", &product.serial_number);
        seen.put("version", &product.firmware_version);
        seen.put("count", &product.fido_credential_responses.len());
        seen.response("pin", &product.fido_pin_response, &call.pin_key, signers);
        let responses = product.fido_credential_responses.iter();
        for (index, (token, key)) in responses.zip(&call.credential_keys).enumerate() {
            seen.response(&index.to_string(), token, key, signers);
        }
        seen
    }

    /// The paths whose values differ, or which only one of the two has.
    pub(crate) fn differences(&self, other: &Self) -> BTreeSet<String> {
        let paths = self.0.keys().chain(other.0.keys());
        paths
            .filter(|path| self.0.get(*path) != other.0.get(*path))
            .cloned()
            .collect()
    }

    fn put(&mut self, path: &str, value: &impl ToString) {
        self.0.insert(path.to_owned(), value.to_string());
    }

    fn response(&mut self, path: &str, token: &str, key: &PrivateJwk, signers: &JwkSet<PublicJwk>) {
        let header = token.split('.').next().unwrap();
        self.json(&format!("{path}.header"), &decoded(header));
        // Without its kid the key opens whatever is encrypted to it.
        let key = PrivateJwk::new(key.scalar().clone());
        let key = DecryptionKey::prepare(&key, Level::OneShot, Backend::default()).unwrap();
        let policy = DecryptPolicy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm]);
        match key.decrypt(token.as_bytes(), &policy) {
            Ok(decrypted) => {
                let plaintext = core::str::from_utf8(decrypted.plaintext()).unwrap();
                self.inside(&format!("{path}.inside"), plaintext, signers);
            }
            Err(error) => self.put(&format!("{path}.inside"), &error),
        }
    }

    fn inside(&mut self, path: &str, plaintext: &str, signers: &JwkSet<PublicJwk>) {
        if plaintext.starts_with('{') {
            let claims: Value = serde_json::from_str(plaintext).unwrap();
            return self.json(&format!("{path}.claims"), &claims);
        }
        let mut segments = plaintext.split('.');
        self.json(&format!("{path}.jws"), &decoded(segments.next().unwrap()));
        self.json(
            &format!("{path}.claims"),
            &decoded(segments.next().unwrap()),
        );
        let signers = VerifierSet::prepare(signers, Level::OneShot, Backend::default()).unwrap();
        let policy = VerifyPolicy::new(&[SignatureAlgorithm::Es384]);
        let verified = signers.verify(plaintext.as_bytes(), &policy).is_ok();
        self.put(&format!("{path}.jws.verified"), &verified);
    }

    fn json(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.json(&format!("{path}.{name}"), value);
                }
            }
            Value::String(text) if path.ends_with("clientDataJSON") => {
                self.json(path, &decoded(text));
            }
            Value::String(text) if path.ends_with("attestationObject") => {
                self.attestation(path, &base64url::decode(text.as_bytes()).unwrap());
            }
            other => self.put(path, other),
        }
    }

    fn attestation(&mut self, path: &str, bytes: &[u8]) {
        let Ok(object) = AttestationObject::parse(bytes) else {
            return self.put(path, &"malformed");
        };
        self.put(&format!("{path}.fmt"), &object.statement.fmt());
        if let AttestationStatement::Packed(packed) = &object.statement {
            self.put(&format!("{path}.alg"), &packed.alg);
            self.put(&format!("{path}.sig"), &base64url::encode(packed.sig));
            for (index, certificate) in packed.x5c.iter().flatten().enumerate() {
                let certificate = base64url::encode(certificate);
                self.put(&format!("{path}.x5c.{index}"), &certificate);
            }
        }
        let path = format!("{path}.data");
        match object.authenticator_data() {
            Ok(data) => self.authenticator_data(&path, &data),
            Err(error) => self.put(&path, &error),
        }
    }

    fn authenticator_data(&mut self, path: &str, data: &AuthenticatorData<'_>) {
        self.put(&format!("{path}.rp"), &base64url::encode(&data.rp_id_hash));
        self.put(&format!("{path}.flags"), &data.flags.0);
        self.put(&format!("{path}.counter"), &data.sign_count);
        if let Some(attested) = &data.attested_credential_data {
            self.put(&format!("{path}.aaguid"), &attested.aaguid);
            let id = base64url::encode(attested.credential_id);
            self.put(&format!("{path}.id"), &id);
            let key = base64url::encode(&attested.public_key.to_sec1());
            self.put(&format!("{path}.key"), &key);
        }
    }
}

fn decoded(segment: &str) -> Value {
    serde_json::from_slice(&base64url::decode(segment.as_bytes()).unwrap()).unwrap()
}
