//! One registration and two assertions of a simulated key, as a client would
//! hand them to a relying party: for judges in other languages.
//!
//! ```sh
//! cargo run -p authenticator --example attest -- ES384
//! ```
//!
//! The argument is the algorithm of the credential, `ES256` when missing.
//! Prints one JSON object; values in base64url unless said otherwise:
//!
//! | member | value |
//! |---|---|
//! | `rpId`, `origin` | text |
//! | `model`, `firmware`, `aaguid` | text |
//! | `creationChallenge`, `requestChallenges` | one, and one for each assertion |
//! | `registration` | `RegistrationResponseJSON` (WebAuthn L3 §5.1.8) |
//! | `authentications` | `AuthenticationResponseJSON`, in order: by credential id, then discovered |
//! | `trustAnchor` | the simulated root certificate in DER |
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use authenticator::{
    GetAssertion, MakeCredential, Pin, Quirks, SecurityKey, attestation::AttestationIssuer, model,
};
use chacha20::{
    ChaCha20Rng,
    rand_core::{Rng as _, TryRng as _},
};
use getrandom::SysRng;
use jose_core::base64url;
use prereg_types::Serial;
use prereg_types::webauthn::{
    AuthenticationResponseJson, AuthenticatorAssertionResponseJson,
    AuthenticatorAttestationResponseJson, CollectedClientData, CoseAlgorithm,
    RegistrationResponseJson,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

const RP_ID: &str = "login.example.com";
const ORIGIN: &str = "https://login.example.com";
const MODEL: authenticator::Model = model::YUBIKEY_5_NFC_5_7;

fn main() -> Result<(), Box<dyn Error>> {
    let algorithm = match std::env::args().nth(1).as_deref() {
        None | Some("ES256") => CoseAlgorithm::Es256,
        Some("ES384") => CoseAlgorithm::Es384,
        Some(other) => return Err(format!("{other}: ES256 or ES384").into()),
    };
    let mut rng = seeded_by_system()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let issuer = AttestationIssuer::generate(&mut rng, now)?;
    let batch = Arc::new(issuer.issue_batch(&MODEL, &Quirks::NONE, &mut rng, now)?);
    let mut key = SecurityKey::new(MODEL, Serial::parse("3632071")?, batch, Quirks::NONE);
    let pin = Pin::new("847261");
    key.set_pin(&pin)?;

    let creation_challenge = challenge(&mut rng);
    let registration = register(&mut key, &pin, algorithm, &creation_challenge, &mut rng)?;
    let request_challenges = [challenge(&mut rng), challenge(&mut rng)];
    let by_id = authenticate(&mut key, &pin, &request_challenges[0], &[&registration.id])?;
    let discovered = authenticate(&mut key, &pin, &request_challenges[1], &[])?;

    let printed = json!({
        "rpId": RP_ID,
        "origin": ORIGIN,
        "model": MODEL.name,
        "firmware": MODEL.firmware.to_string(),
        "aaguid": MODEL.aaguid.to_string(),
        "creationChallenge": base64url::encode(&creation_challenge),
        "requestChallenges": request_challenges.map(|bytes| base64url::encode(&bytes)),
        "registration": registration,
        "authentications": [by_id, discovered],
        "trustAnchor": base64url::encode(issuer.trust_anchor()),
    });
    println!("{printed}");
    Ok(())
}

fn register(
    key: &mut SecurityKey,
    pin: &Pin,
    algorithm: CoseAlgorithm,
    challenge: &[u8],
    rng: &mut ChaCha20Rng,
) -> Result<RegistrationResponseJson, Box<dyn Error>> {
    let client_data = CollectedClientData::new(CollectedClientData::CREATE, challenge, ORIGIN);
    let client_data_json = client_data.to_json().into_bytes();
    let made = key.make_credential(
        &MakeCredential {
            client_data_hash: &Sha256::digest(&client_data_json).into(),
            rp_id: RP_ID,
            user_id: b"00uhhl5DL2P7uYPJ0h7X",
            pub_key_cred_params: &[algorithm.id()],
            exclude_list: &[],
            pin: Some(pin),
        },
        rng,
    )?;
    let transports = key.model().transports.iter();
    Ok(RegistrationResponseJson {
        id: made.credential_id,
        authenticator_attachment: Some("cross-platform".to_owned()),
        response: AuthenticatorAttestationResponseJson {
            client_data_json,
            attestation_object: made.attestation_object,
            authenticator_data: made.authenticator_data,
            transports: transports.map(ToString::to_string).collect(),
            public_key: Some(made.public_key.to_spki_der()),
            public_key_algorithm: made.public_key.algorithm().id(),
        },
    })
}

fn authenticate(
    key: &mut SecurityKey,
    pin: &Pin,
    challenge: &[u8],
    allow_list: &[&[u8]],
) -> Result<AuthenticationResponseJson, Box<dyn Error>> {
    let client_data = CollectedClientData::new(CollectedClientData::GET, challenge, ORIGIN);
    let client_data_json = client_data.to_json().into_bytes();
    let assertion = key.get_assertion(&GetAssertion {
        client_data_hash: &Sha256::digest(&client_data_json).into(),
        rp_id: RP_ID,
        allow_list,
        pin: Some(pin),
    })?;
    Ok(AuthenticationResponseJson {
        id: assertion.credential_id,
        authenticator_attachment: Some("cross-platform".to_owned()),
        response: AuthenticatorAssertionResponseJson {
            client_data_json,
            authenticator_data: assertion.authenticator_data,
            signature: assertion.signature,
            user_handle: Some(assertion.user_id),
        },
    })
}

fn seeded_by_system() -> Result<ChaCha20Rng, Box<dyn Error>> {
    use chacha20::rand_core::SeedableRng as _;
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed)?;
    Ok(ChaCha20Rng::from_seed(seed))
}

fn challenge(rng: &mut ChaCha20Rng) -> [u8; 32] {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    bytes
}
