//! Programming one key: set a PIN, make one credential per request.

use std::sync::Arc;

use authenticator::attestation::AttestationBatch;
use authenticator::{MakeCredential, Model, NewCredential, SecurityKey};
use prereg_types::Serial;
use prereg_types::payload::{CredentialRequest, Pin, PinRequest};
use prereg_types::webauthn::{
    AuthenticatorAttestationResponseJson, CollectedClientData, RegistrationResponseJson,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::fault::{Fault, Place, ceremony};
use crate::{Error, PinPolicy, Seed};

/// What one key is asked to become. What it holds of people and challenges is
/// wiped when dropped.
#[derive(Debug)]
pub(crate) struct KeyOrder {
    pub(crate) model: Model,
    pub(crate) pin: PinRequest,
    pub(crate) credentials: Vec<CredentialRequest>,
}

/// A key that is ready, and what is to be said about it. All but the key is
/// wiped when dropped.
pub(crate) struct Programmed {
    pub(crate) pin: Pin,
    pub(crate) registrations: Vec<RegistrationResponseJson>,
}

/// Takes a key from the shelf and programs it.
pub(crate) fn program(
    order: &KeyOrder,
    batch: Arc<AttestationBatch>,
    serial: Serial,
    policy: PinPolicy,
    fault: Option<Fault>,
    seed: &Seed,
) -> Result<(SecurityKey, Programmed), Error> {
    let mut key = SecurityKey::new(order.model, serial, batch, ceremony::quirks(fault));
    let length = order.pin.pin_request.length();
    let pin = policy.draw(length, &mut seed.stream("pin", 0))?;
    let typed = authenticator::Pin::new(pin.expose());
    key.set_pin(&typed)?;
    let mut done = Programmed {
        pin,
        registrations: Vec::with_capacity(order.credentials.len()),
    };
    for (index, request) in (0..).zip(&order.credentials) {
        let place = Place::Credential(done.registrations.len());
        let seed = seed.child("credential", index);
        let registration = register(&mut key, request, &typed, fault, place, &seed)?;
        done.registrations.push(registration);
    }
    Ok((key, done))
}

/// One credential, as a browser's `create()` would return it (WebAuthn §5.1.3).
fn register(
    key: &mut SecurityKey,
    request: &CredentialRequest,
    pin: &authenticator::Pin,
    fault: Option<Fault>,
    place: Place,
    seed: &Seed,
) -> Result<RegistrationResponseJson, Error> {
    let options = &request.public_key;
    let create = CollectedClientData::CREATE;
    let mut data = CollectedClientData::new(create, &options.challenge, &request.origin);
    ceremony::alter_client_data(fault, place, &mut data, &mut seed.stream("fault", 0))?;
    let client_data_json = data.to_json().into_bytes();
    data.challenge.zeroize();
    let algorithms: Vec<i64> = options.pub_key_cred_params.iter().map(|p| p.alg).collect();
    let excluded: Vec<&[u8]> = options
        .exclude_credentials
        .iter()
        .map(|credential| credential.id.as_slice())
        .collect();
    let made = key.make_credential(
        &MakeCredential {
            client_data_hash: &Sha256::digest(&client_data_json).into(),
            rp_id: options.rp.id.as_str(),
            user_id: &options.user.id,
            pub_key_cred_params: &algorithms,
            exclude_list: &excluded,
            pin: Some(pin),
        },
        &mut seed.stream("make", 0),
    )?;
    let transports = key.model().transports;
    let mut registration = registration(made, client_data_json, transports);
    ceremony::alter_registration(fault, place, &mut registration);
    Ok(registration)
}

/// Forgets what was registered.
pub(crate) fn wipe(registration: &mut RegistrationResponseJson) {
    registration.id.zeroize();
    let response = &mut registration.response;
    response.client_data_json.zeroize();
    response.attestation_object.zeroize();
    response.authenticator_data.zeroize();
    response.public_key.zeroize();
}

fn registration(
    made: NewCredential,
    client_data_json: Vec<u8>,
    transports: &[&str],
) -> RegistrationResponseJson {
    RegistrationResponseJson {
        id: made.credential_id,
        authenticator_attachment: Some("cross-platform".to_owned()),
        response: AuthenticatorAttestationResponseJson {
            client_data_json,
            attestation_object: made.attestation_object,
            authenticator_data: made.authenticator_data,
            transports: transports.iter().map(ToString::to_string).collect(),
            public_key: Some(made.public_key.to_spki_der()),
            public_key_algorithm: made.public_key.algorithm().id(),
        },
    }
}

impl Drop for KeyOrder {
    fn drop(&mut self) {
        for request in &mut self.credentials {
            let options = &mut request.public_key;
            options.challenge.zeroize();
            options.user.id.zeroize();
            options.user.name.zeroize();
            options.user.display_name.zeroize();
        }
    }
}

/// The PIN wipes itself.
impl Drop for Programmed {
    fn drop(&mut self) {
        self.registrations.iter_mut().for_each(wipe);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jose_core::curve::SecretScalar;
    use jose_core::jwk::PublicJwk;
    use prereg_types::webauthn::CoseKey;

    /// jose-core reads what is written here, through another implementation.
    #[test]
    fn p384_keys_are_written_as_jose_core_reads_them() {
        let mut rng = Seed::from_text("spki").stream("key", 0);
        let point = SecretScalar::generate(&mut rng).unwrap().point();
        let (x, y) = point.coordinates();
        let der = CoseKey::Es384 { x, y }.to_spki_der();
        assert_eq!(*PublicJwk::from_spki_der(&der).unwrap().point(), point);
    }
}
