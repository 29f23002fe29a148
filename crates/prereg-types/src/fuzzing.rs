//! Bodies of the fuzz targets. They live here so that the corpora replay as
//! plain tests; nothing else calls them, and nothing here is stable.
//!
//! Each takes any bytes and must neither panic nor break the rule it asserts.

use serde::Serialize;

use crate::api::{
    ActivateCommand, EnrollCommand, EnrollmentActivationRequest, EnrollmentActivationResponse,
    EnrollmentInitializationRequest, EnrollmentInitializationResponse, ErrorBody,
    FulfillmentCommand, FulfillmentRequest, PinRequest, SendPinCommand, VerifyCommand,
};
use crate::cbor;
use crate::payload;
use crate::read::Invalid;
use crate::shipment::{CreateShipment, Shipment, ShipmentCreated};
use crate::webauthn::{AttestationObject, AuthenticatorData, CollectedClientData};

/// CBOR: what is accepted has one encoding, the one that was read.
pub fn cbor(data: &[u8]) {
    if let Ok(value) = cbor::parse(data) {
        assert_eq!(value.encode(), data);
    }
    if let Ok((value, rest)) = cbor::parse_prefix(data) {
        assert_eq!([value.encode().as_slice(), rest].concat(), data);
    }
}

/// Authenticator data: likewise.
pub fn authenticator_data(data: &[u8]) {
    if let Ok(read) = AuthenticatorData::parse(data) {
        assert_eq!(read.encode().as_deref(), Ok(data));
    }
}

/// Attestation objects: likewise, and the authenticator data inside.
pub fn attestation_object(data: &[u8]) {
    if let Ok(read) = AttestationObject::parse(data) {
        assert_eq!(read.encode(), data);
        authenticator_data(read.auth_data);
    }
}

/// Every JSON body and every payload: what is read and written reads back, and
/// a command is never more lenient than the body it is made of.
pub fn request_bodies(data: &[u8]) {
    rereads(data, EnrollmentInitializationRequest::from_json);
    rereads(data, EnrollmentInitializationResponse::from_json);
    rereads(data, EnrollmentActivationRequest::from_json);
    rereads(data, EnrollmentActivationResponse::from_json);
    rereads(data, FulfillmentRequest::from_json);
    rereads(data, PinRequest::from_json);
    rereads(data, ErrorBody::from_json);
    rereads(data, CreateShipment::from_json);
    rereads(data, ShipmentCreated::from_json);
    rereads(data, Shipment::from_json);
    let ok = |accepted: bool, by_the_body: bool| assert!(by_the_body || !accepted);
    ok(
        EnrollCommand::from_json(data).is_ok(),
        EnrollmentInitializationRequest::from_json(data).is_ok(),
    );
    ok(
        ActivateCommand::from_json(data).is_ok(),
        EnrollmentActivationRequest::from_json(data).is_ok(),
    );
    ok(
        FulfillmentCommand::from_json(data).is_ok(),
        FulfillmentRequest::from_json(data).is_ok(),
    );
    ok(
        SendPinCommand::from_json(data).is_ok(),
        PinRequest::from_json(data).is_ok(),
    );
    let _ = VerifyCommand::from_json(data);
    let _ = CollectedClientData::from_json(data);
    if let Ok(request) = payload::PinRequest::from_json(data)
        && let Ok(text) = request.to_json()
    {
        assert!(payload::PinRequest::from_json(text.as_bytes()).is_ok());
    }
    if let Ok(request) = payload::CredentialRequest::from_json(data)
        && let Ok(text) = request.to_json()
    {
        assert!(payload::CredentialRequest::from_json(text.as_bytes()).is_ok());
    }
}

/// What a reader accepts it accepts again as it is written, and the second
/// writing is the first.
fn rereads<T: Serialize>(data: &[u8], read: impl Fn(&[u8]) -> Result<T, Invalid>) {
    let Ok(text) = read(data).map(|body| serde_json::to_vec(&body).ok()) else {
        return;
    };
    if let Some(text) = text {
        let again = read(&text).map(|body| serde_json::to_vec(&body).ok());
        assert_eq!(again.ok().flatten(), Some(text));
    }
}
