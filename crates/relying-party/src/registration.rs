//! Registering a new credential: the steps of §7.1, by their numbers. Here and
//! in the neighboring files these are the numbers of Web Authentication Level 3.
//! Steps 1 to 4 are the client's; step 26 (the id is not registered yet) is the
//! store's, which alone can decide it without a race.

use prereg_types::RpId;
use prereg_types::Timestamp;
use prereg_types::webauthn::{
    AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData, Error,
    Flags, RegistrationResponseJson,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::attestation::{self, Attested, TrustAnchors};
use crate::enroll::OFFERED;
use crate::refusal::Refusal;
use crate::signature::EcKey;

/// What the credential was asked to be.
pub(crate) struct Expected<'a> {
    pub(crate) rp_id: &'a RpId,
    pub(crate) challenge: &'a [u8; 32],
    pub(crate) roots: &'a TrustAnchors,
    pub(crate) now: Timestamp,
}

/// A ceremony: which type its client data have, and what else they must hold.
pub(crate) struct Ceremony<'a> {
    pub(crate) kind: &'static str,
    pub(crate) rp_id: &'a RpId,
    pub(crate) challenge: &'a [u8; 32],
}

/// A registration that was verified.
pub(crate) struct Registered<'r> {
    pub(crate) data: AuthenticatorData<'r>,
    /// The credential in those data, which must hold one.
    pub(crate) attested: AttestedCredentialData<'r>,
}

/// Verifies a registration.
///
/// # Errors
/// The first rule that does not hold.
pub(crate) fn verify<'r>(
    response: &'r RegistrationResponseJson,
    expected: &Expected<'_>,
) -> Result<Registered<'r>, Refusal> {
    // Steps 5 to 12.
    let Expected {
        rp_id, challenge, ..
    } = *expected;
    let ceremony = Ceremony {
        kind: CollectedClientData::CREATE,
        rp_id,
        challenge,
    };
    let client_data_hash = check_client_data(&response.response.client_data_json, &ceremony)?;
    // Step 13: perform CBOR decoding on the attestation object.
    let object =
        AttestationObject::parse(&response.response.attestation_object).map_err(malformed)?;
    let data = object.authenticator_data().map_err(malformed)?;
    // Steps 14 to 19.
    check_authenticator_data(&data, rp_id)?;
    let attested = data
        .attested_credential_data
        .ok_or(Refusal::NoAttestedCredential)?;
    // Step 20: the alg parameter is one of pubKeyCredParams.
    if !OFFERED.contains(&attested.public_key.algorithm()) {
        return Err(Refusal::AlgorithmNotOffered);
    }
    // Client and authenticator extension outputs: none was asked for, and
    // unsolicited ones are ignored.
    // Steps 21 to 24: format, statement, trust anchors and trustworthiness.
    let subject = Attested {
        auth_data: object.auth_data,
        client_data_hash: &client_data_hash,
        aaguid: attested.aaguid,
        now: expected.now,
    };
    attestation::verify(&object.statement, &subject, expected.roots)?;
    // Step 25 (at most 1023 bytes) is a rule of the parser.
    check_redundant_members(response, &object, &attested)?;
    Ok(Registered { data, attested })
}

/// Steps 5 to 12 of §7.1, which are steps 8 to 14 and 20 of §7.2: the client
/// data are of this ceremony. Returns their hash.
///
/// # Errors
/// The first rule that does not hold.
pub(crate) fn check_client_data(json: &[u8], ceremony: &Ceremony<'_>) -> Result<[u8; 32], Refusal> {
    // Steps 5 and 6: UTF-8 decode, then parse.
    let data = CollectedClientData::from_json(json).map_err(|_| Refusal::ClientDataMalformed)?;
    // Step 7: type.
    if data.kind != ceremony.kind {
        return Err(Refusal::WrongClientDataType);
    }
    // Step 8: challenge.
    if !bool::from(data.challenge.ct_eq(ceremony.challenge)) {
        return Err(Refusal::WrongChallenge);
    }
    // Step 9: origin.
    if data.origin != ceremony.rp_id.origin() {
        return Err(Refusal::WrongOrigin);
    }
    // Steps 10 and 11: no cross-origin frame is expected, so no topOrigin either.
    if data.cross_origin || data.top_origin.is_some() {
        return Err(Refusal::CrossOrigin);
    }
    // Step 12: hash.
    Ok(Sha256::digest(json).into())
}

/// Steps 14 to 19 of §7.1, which are steps 15 to 18 of §7.2.
///
/// # Errors
/// The first rule that does not hold.
pub(crate) fn check_authenticator_data(
    data: &AuthenticatorData<'_>,
    rp_id: &RpId,
) -> Result<(), Refusal> {
    // Step 14: rpIdHash is the SHA-256 of the RP ID.
    let rp_id_hash: [u8; 32] = Sha256::digest(rp_id.as_str()).into();
    if data.rp_id_hash != rp_id_hash {
        return Err(Refusal::RpIdHashMismatch);
    }
    // Step 15: user present.
    if !data.flags.contains(Flags::UP) {
        return Err(Refusal::UserNotPresent);
    }
    // Step 16: user verified, since verification is required.
    if !data.flags.contains(Flags::UV) {
        return Err(Refusal::UserNotVerified);
    }
    // Step 17: BS implies BE. Steps 18 and 19: both are allowed.
    if data.flags.contains(Flags::BS) && !data.flags.contains(Flags::BE) {
        return Err(Refusal::BackupStateInvalid);
    }
    Ok(())
}

/// What `RegistrationResponseJSON` repeats must be what was attested, since
/// callers read the repetition.
fn check_redundant_members(
    response: &RegistrationResponseJson,
    object: &AttestationObject<'_>,
    attested: &AttestedCredentialData<'_>,
) -> Result<(), Refusal> {
    let key = EcKey::from_cose(&attested.public_key).ok_or(Refusal::CredentialKeyInvalid)?;
    let repeated = &response.response;
    let equal = response.id == attested.credential_id
        && repeated.authenticator_data == object.auth_data
        && repeated.public_key == key.to_spki_der()
        && repeated.public_key_algorithm == attested.public_key.algorithm().id()
        && response.authenticator_attachment.as_deref() == Some("cross-platform");
    if equal {
        Ok(())
    } else {
        Err(Refusal::RedundantMemberMismatch)
    }
}

/// Files what the parsers of the binary forms refuse.
fn malformed(error: Error) -> Refusal {
    match error {
        Error::CredentialIdLength => Refusal::CredentialIdLength,
        Error::KeyType | Error::Algorithm => Refusal::AlgorithmNotOffered,
        Error::Curve | Error::CoordinateLength => Refusal::CredentialKeyInvalid,
        Error::Format => Refusal::AttestationNotPackedX5c,
        _ => Refusal::AttestationMalformed,
    }
}
