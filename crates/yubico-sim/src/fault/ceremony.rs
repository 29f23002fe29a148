//! Faults in the WebAuthn ceremony: client data, key and attestation.

use authenticator::{Quirk, Quirks};
use jose_core::Error;
use prereg_types::webauthn::{CollectedClientData, RegistrationResponseJson};
use rand_core::TryRng;

use super::{Fault, Place};
use crate::Stream;

/// How the key misbehaves. It does so for every credential on it.
pub(crate) fn quirks(fault: Option<Fault>) -> Quirks {
    fault.and_then(quirk).map_or(Quirks::NONE, Quirks::from)
}

/// Whether the fault lies in the attestation certificates.
pub(crate) fn is_of_certificate(fault: Option<Fault>) -> bool {
    fault.and_then(quirk).is_some_and(Quirk::is_of_certificate)
}

const fn quirk(fault: Fault) -> Option<Quirk> {
    Some(match fault {
        Fault::WrongRpIdHash => Quirk::WrongRpIdHash,
        Fault::UpUnset => Quirk::UserPresenceCleared,
        Fault::UvUnset => Quirk::UserVerificationCleared,
        Fault::BackupStateInvalid => Quirk::BackupStateWithoutEligibility,
        Fault::AttestedDataMissing => Quirk::AttestedDataMissing,
        Fault::TrailingBytes => Quirk::TrailingBytes,
        Fault::CredentialKeyOffCurve => Quirk::KeyOffCurve,
        Fault::CredentialIdTooLong => Quirk::CredentialIdTooLong,
        Fault::DuplicateCredentialId => Quirk::CredentialIdRepeated,
        Fault::MalformedCbor => Quirk::CborNotCanonical,
        Fault::NoneAttestation => Quirk::AttestationNone,
        Fault::SelfAttestation => Quirk::AttestationSelf,
        Fault::AttestationAlgorithmMismatch => Quirk::AttestationAlgorithmMismatch,
        Fault::AttestationSignatureInvalid => Quirk::AttestationSignatureInvalid,
        Fault::AaguidMismatch => Quirk::CertificateAaguidMismatch,
        Fault::AaguidCritical => Quirk::CertificateAaguidCritical,
        Fault::WrongCertificateUnit => Quirk::CertificateUnitWrong,
        Fault::CaLeaf => Quirk::CertificateIsCa,
        Fault::ExpiredChain => Quirk::CertificateExpired,
        Fault::ForeignChain => Quirk::ChainOfForeignRoot,
        Fault::WrongChainOrder => Quirk::ChainReversed,
        _ => return None,
    })
}

/// Breaks the client data before they are hashed.
pub(crate) fn alter_client_data(
    fault: Option<Fault>,
    place: Place,
    data: &mut CollectedClientData,
    rng: &mut Stream,
) -> Result<(), Error> {
    if !place.is_struck() {
        return Ok(());
    }
    match fault {
        Some(Fault::StaleChallenge) => rng
            .try_fill_bytes(&mut data.challenge)
            .map_err(|_| Error::RandomnessFailed)?,
        Some(Fault::WrongOrigin) => data.origin = String::from("https://phishing.example"),
        Some(Fault::WrongClientDataType) => {
            data.kind = String::from(CollectedClientData::GET);
        }
        _ => {}
    }
    Ok(())
}

/// Breaks the registration response after the key has made it.
pub(crate) fn alter_registration(
    fault: Option<Fault>,
    place: Place,
    registration: &mut RegistrationResponseJson,
) {
    if fault == Some(Fault::RedundantMemberMismatch) && place.is_struck() {
        // The signature counter: four bytes after the RP ID hash and the flags.
        if let Some(counter) = registration.response.authenticator_data.get_mut(36) {
            *counter ^= 1;
        }
    }
}
