//! The corpora of the fuzz targets, replayed: what fuzzing has found once stays
//! found, on every machine and without a fuzzer.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use prereg_types::api::{
    ActivateCommand, EnrollCommand, EnrollmentInitializationResponse, FulfillmentCommand,
    SendPinCommand, VerifyCommand,
};
use prereg_types::shipment::CreateShipment;
use prereg_types::webauthn::{AttestationObject, AuthenticatorData, CollectedClientData};
use prereg_types::{cbor, fuzzing, payload};

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target)
}

fn seed(target: &str, name: &str) -> Vec<u8> {
    fs::read(corpus(target).join(name)).unwrap()
}

fn replay(target: &str, at_least: usize, body: fn(&[u8])) {
    let mut inputs = 0;
    for entry in fs::read_dir(corpus(target)).unwrap() {
        body(&fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs >= at_least, "{inputs} inputs for {target}");
}

#[test]
fn cbor_items() {
    replay("cbor", 7, fuzzing::cbor);
}

#[test]
fn authenticator_data() {
    replay("authenticator_data", 5, fuzzing::authenticator_data);
}

#[test]
fn attestation_objects() {
    replay("attestation_object", 2, fuzzing::attestation_object);
}

#[test]
fn request_bodies() {
    replay("request_bodies", 12, fuzzing::request_bodies);
}

/// The sound seeds are accepted, so that mutation starts behind the first
/// refusal and not before it.
#[test]
fn sound_seeds_are_accepted() {
    for name in ["cose_key", "array", "nested"] {
        cbor::parse(&seed("cbor", name)).unwrap();
    }
    for name in ["assertion", "attested", "extensions"] {
        AuthenticatorData::parse(&seed("authenticator_data", name)).unwrap();
    }
    for name in ["none", "packed"] {
        AttestationObject::parse(&seed("attestation_object", name)).unwrap();
    }
    let body = |name| seed("request_bodies", name);
    EnrollCommand::from_json(&body("enroll")).unwrap();
    EnrollmentInitializationResponse::from_json(&body("enrolled")).unwrap();
    ActivateCommand::from_json(&body("activate")).unwrap();
    FulfillmentCommand::from_json(&body("fulfillment")).unwrap();
    SendPinCommand::from_json(&body("send_pin")).unwrap();
    SendPinCommand::from_json(&body("send_pin_array")).unwrap();
    VerifyCommand::from_json(&body("verify")).unwrap();
    CollectedClientData::from_json(&body("client_data")).unwrap();
    CreateShipment::from_json(&body("shipment")).unwrap();
    payload::PinRequest::from_json(&body("pin_request")).unwrap();
}
