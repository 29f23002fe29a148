//! The claims inside the envelopes, through real envelopes where a response
//! can be read from nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use jose_core::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use jose_core::jwe::{DecryptPolicy, DecryptionKey, EncryptHeader, Recipient};
use jose_core::jwk::{JwkSet, KeyUse, PrivateJwk};
use jose_core::jws::{SignHeader, Signer, VerifierSet, VerifyPolicy};
use jose_core::nested::{self, Opened, Policy};
use jose_core::{Backend, Level};
use prereg_types::api::EcKeyJwk;
use prereg_types::payload::{
    CREDENTIAL_RESPONSE_TYP, CredentialRequest, CredentialResponse, PIN_RESPONSE_TYP, Pin,
    PinFault, PinRequest, PinResponse, PinSpec, RequestClaims, RequestSet, ResponseClaims,
};
use prereg_types::webauthn::{
    AttestationConveyancePreference, AuthenticatorAttestationResponseJson,
    AuthenticatorSelectionCriteria, PublicKeyCredentialCreationOptionsJson,
    PublicKeyCredentialDescriptorJson, PublicKeyCredentialParameters, PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntityJson, RegistrationResponseJson, Requirement,
};
use prereg_types::{EnrollmentId, FirmwareVersion, Jti, RpId, Serial, SetId, Timestamp};
use proptest::prelude::*;

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn private(seed: u8, key_use: KeyUse) -> PrivateJwk {
    PrivateJwk::generate(&mut rng(seed))
        .unwrap()
        .with_kid(&format!("k{seed}"))
        .with_use(key_use)
}

fn request_claims() -> RequestClaims {
    RequestClaims {
        jti: Jti::generate(&mut rng(1)).unwrap(),
        iat: Timestamp::from_seconds(1_700_000_000),
        exp: Timestamp::from_seconds(1_702_592_000),
        iss: "https://acme.okta.example".into(),
        set: RequestSet {
            id: SetId::generate(&mut rng(2)).unwrap(),
            size: 3,
        },
        response_key: EcKeyJwk::new(private(3, KeyUse::Enc).public()).unwrap(),
    }
}

fn options() -> PublicKeyCredentialCreationOptionsJson {
    PublicKeyCredentialCreationOptionsJson {
        rp: PublicKeyCredentialRpEntity {
            id: RpId::parse("acme.okta.example").unwrap(),
            name: "Acme \"quoted\"".into(),
        },
        user: PublicKeyCredentialUserEntityJson {
            id: b"00u4enoiqp7hX6HBq5d7".to_vec(),
            name: "ada@acme.example".into(),
            display_name: "Ada Łovelace".into(),
        },
        challenge: vec![7; 32],
        pub_key_cred_params: vec![
            PublicKeyCredentialParameters { alg: -7 },
            PublicKeyCredentialParameters { alg: -35 },
        ],
        timeout: Some(2_592_000_000),
        exclude_credentials: vec![PublicKeyCredentialDescriptorJson { id: vec![1, 2, 3] }],
        authenticator_selection: AuthenticatorSelectionCriteria {
            resident_key: Requirement::Required,
            user_verification: Requirement::Required,
        },
        attestation: AttestationConveyancePreference::Direct,
    }
}

fn response_claims() -> ResponseClaims {
    ResponseClaims {
        iss: "yubico".into(),
        aud: "https://acme.okta.example".into(),
        jti: Jti::generate(&mut rng(4)).unwrap(),
        iat: Timestamp::from_seconds(1_700_000_100),
        exp: Timestamp::from_seconds(1_700_086_400),
        in_reply_to: request_claims().jti,
        set: request_claims().set.id,
        response_jkt: private(3, KeyUse::Enc).public().thumbprint().to_base64url(),
        serial: Serial::parse("3632071").unwrap(),
        version: FirmwareVersion::new(5, 4, 3),
    }
}

fn credential() -> RegistrationResponseJson {
    RegistrationResponseJson {
        id: vec![9; 48],
        authenticator_attachment: Some("cross-platform".into()),
        response: AuthenticatorAttestationResponseJson {
            client_data_json: b"{}".to_vec(),
            attestation_object: vec![0xa0],
            authenticator_data: vec![0; 37],
            transports: vec!["nfc".into(), "usb".into()],
            public_key: Some(vec![0x30, 0]),
            public_key_algorithm: -7,
        },
    }
}

fn opened(claims: &str, typ: &str) -> Opened {
    let (signing, response) = (private(5, KeyUse::Sig), private(3, KeyUse::Enc));
    let recipient =
        Recipient::prepare(response.public(), Level::OneShot, Backend::default()).unwrap();
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let token = nested::seal(
        claims.as_bytes(),
        &Signer::prepare(&signing, Backend::default()).unwrap(),
        &SignHeader::new().with_typ(typ),
        &recipient,
        &header,
        &mut rng(6),
    );
    let policy = Policy {
        jwe: DecryptPolicy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm]),
        jws: VerifyPolicy::new(&[SignatureAlgorithm::Es384]),
    };
    let key = DecryptionKey::prepare(&response, Level::OneShot, Backend::default()).unwrap();
    let signers = JwkSet::new(vec![signing.public().clone()]).unwrap();
    let signers = VerifierSet::prepare(&signers, Level::OneShot, Backend::default()).unwrap();
    nested::open(token.unwrap().as_bytes(), &key, &signers, &policy).unwrap()
}

#[test]
fn requests_survive_the_round_trip() {
    let pin = PinRequest {
        claims: request_claims(),
        pin_request: PinSpec::new(6).unwrap(),
    };
    assert_eq!(
        PinRequest::from_json(pin.to_json().unwrap().as_bytes()).unwrap(),
        pin
    );
    let credential = CredentialRequest {
        claims: request_claims(),
        enrollment: EnrollmentId::parse("fwf1").unwrap(),
        origin: "https://acme.okta.example".into(),
        public_key: options(),
    };
    let text = credential.to_json().unwrap();
    assert_eq!(
        CredentialRequest::from_json(text.as_bytes()).unwrap(),
        credential
    );
}

#[test]
fn one_kind_of_request_does_not_pass_for_the_other() {
    let pin = PinRequest {
        claims: request_claims(),
        pin_request: PinSpec::new(6).unwrap(),
    };
    assert!(CredentialRequest::from_json(pin.to_json().unwrap().as_bytes()).is_err());
    let credential = CredentialRequest {
        claims: request_claims(),
        enrollment: EnrollmentId::parse("fwf1").unwrap(),
        origin: "https://acme.okta.example".into(),
        public_key: options(),
    };
    assert!(PinRequest::from_json(credential.to_json().unwrap().as_bytes()).is_err());
}

/// What the requester writes beside the key cannot stop the response.
#[test]
fn an_algorithm_of_the_response_key_is_ignored() {
    let request = PinRequest {
        claims: request_claims(),
        pin_request: PinSpec::new(6).unwrap(),
    };
    let mut json: serde_json::Value = serde_json::from_str(&request.to_json().unwrap()).unwrap();
    json["response_key"]["alg"] = "RSA-OAEP".into();
    let read = PinRequest::from_json(json.to_string().as_bytes()).unwrap();
    assert_eq!(read, request);
    assert_eq!(read.claims.response_key.jwk().alg(), None);
}

#[test]
fn the_creation_options_have_the_members_of_the_idl() {
    let value = serde_json::to_value(options()).unwrap();
    assert_eq!(value["user"]["id"], "MDB1NGVub2lxcDdoWDZIQnE1ZDc");
    assert_eq!(value["user"]["displayName"], "Ada Łovelace");
    assert_eq!(
        value["pubKeyCredParams"][1],
        serde_json::json!({"type": "public-key", "alg": -35})
    );
    assert_eq!(
        value["authenticatorSelection"]["userVerification"],
        "required"
    );
    assert_eq!(value["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(value["excludeCredentials"][0]["id"], "AQID");
    assert_eq!(value["attestation"], "direct");
}

#[test]
fn responses_survive_the_round_trip_through_an_envelope() {
    let pin = PinResponse {
        claims: response_claims(),
        pin: Pin::new("493817").unwrap(),
    };
    let read =
        PinResponse::from_opened(&opened(&pin.to_json().unwrap(), PIN_RESPONSE_TYP)).unwrap();
    assert_eq!(
        (read.claims, read.pin.expose()),
        (response_claims(), "493817")
    );
    let response = CredentialResponse {
        claims: response_claims(),
        enrollment: EnrollmentId::parse("fwf1").unwrap(),
        credential: credential(),
    };
    let text = response.to_json().unwrap();
    let read = CredentialResponse::from_opened(&opened(&text, CREDENTIAL_RESPONSE_TYP)).unwrap();
    assert_eq!(read, response);
}

#[test]
fn the_type_of_a_response_binds() {
    let pin = PinResponse {
        claims: response_claims(),
        pin: Pin::new("493817").unwrap(),
    };
    let text = pin.to_json().unwrap();
    let error = PinResponse::from_opened(&opened(&text, CREDENTIAL_RESPONSE_TYP)).unwrap_err();
    assert_eq!(error.path(), "typ");
    assert!(PinResponse::from_opened(&opened(&text, "application/prereg-pin+JWT")).is_ok());
    let error = CredentialResponse::from_opened(&opened(&text, PIN_RESPONSE_TYP)).unwrap_err();
    assert_eq!(error.path(), "typ");
}

#[test]
fn every_claim_is_required() {
    let pin = PinResponse {
        claims: response_claims(),
        pin: Pin::new("493817").unwrap(),
    };
    let whole: serde_json::Value = serde_json::from_str(&pin.to_json().unwrap()).unwrap();
    for member in [
        "iss",
        "aud",
        "jti",
        "iat",
        "exp",
        "in_reply_to",
        "set",
        "response_jkt",
        "serial",
        "version",
        "pin",
        "pad",
    ] {
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(member).unwrap();
        let error = PinResponse::from_opened(&opened(&less.to_string(), PIN_RESPONSE_TYP));
        assert_eq!(error.unwrap_err().path(), member);
    }
}

#[test]
fn raw_id_must_equal_id() {
    let mut value = serde_json::to_value(credential()).unwrap();
    value["rawId"] = "AQID".into();
    let text = value.to_string();
    let parsed = jose_core::json::parse(text.as_bytes()).unwrap();
    let error = RegistrationResponseJson::from_value(&parsed).unwrap_err();
    assert_eq!(error.path(), "rawId");
}

#[test]
fn pins_keep_the_rules_of_ctap() {
    assert_eq!(Pin::new("123").unwrap_err(), PinFault::TooShort);
    assert!(Pin::new("1234").is_ok());
    assert!(Pin::new(&"1".repeat(63)).is_ok());
    assert_eq!(Pin::new(&"1".repeat(64)).unwrap_err(), PinFault::TooLong);
    assert_eq!(
        Pin::new(&"é".repeat(32)).unwrap_err(),
        PinFault::TooLong,
        "bytes, not characters"
    );
    assert_eq!(Pin::new("123\0").unwrap_err(), PinFault::EndsInNul);
    assert_eq!(
        Pin::new("A\u{30a}bcd").unwrap_err(),
        PinFault::NotNormalized
    );
}

#[test]
fn debug_shows_no_pin() {
    let response = PinResponse {
        claims: response_claims(),
        pin: Pin::new("493817").unwrap(),
    };
    assert!(!format!("{response:?}").contains("493817"));
}

proptest! {
    #[test]
    fn the_pin_response_has_one_length(text in "\\PC{4,63}|[\\x01-\\x1f\"\\\\]{4,63}|[0-9]{4,63}") {
        let short = PinResponse { claims: response_claims(), pin: Pin::new("1234").unwrap() };
        let length = short.to_json().unwrap().len();
        if let Ok(pin) = Pin::new(&text) {
            let response = PinResponse { claims: response_claims(), pin };
            let json = response.to_json().unwrap();
            prop_assert_eq!(json.len(), length);
            let value: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(value["pin"].as_str(), Some(text.as_str()));
        }
    }

    #[test]
    fn minted_ids_have_the_published_shape(seed in any::<[u8; 32]>()) {
        let mut rng = ChaCha20Rng::from_seed(seed);
        let id = EnrollmentId::generate(&mut rng).unwrap();
        prop_assert!(id.as_str().starts_with("fwf") && id.as_str().len() == 20);
        prop_assert_eq!(EnrollmentId::parse(id.as_str()).unwrap(), id);
        let key = prereg_types::KeyId::generate(&mut rng).unwrap();
        prop_assert!(key.as_str().len() == 20);
        prop_assert!(key.as_str().bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()));
        prop_assert_ne!(Jti::generate(&mut rng).unwrap(), Jti::generate(&mut rng).unwrap());
    }
}
