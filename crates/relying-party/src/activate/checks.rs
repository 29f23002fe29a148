//! The activation checks, in the order in which they are made. Nothing here
//! touches the store: a refused activation cannot have changed anything.
//!
//! 1. The responses are exactly the enrollments of the set.
//! 2. None of them was activated, and the challenges have not run out.
//! 3. Each envelope opens ([`super::envelope`]): response key, decryption,
//!    trusted signer, signature, type.
//! 4. Each signed claim equals what was stored ([`check_claims`]).
//! 5. The PIN keeps the policy.
//! 6. Each credential passes WebAuthn registration ([`crate::registration`]).
//! 7. The credential ids are new: among each other here, else in the store.

use jose_core::jwk::PrivateJwk;
use prereg_types::api::{ActivateCommand, CredResponse};
use prereg_types::payload::{
    CREDENTIAL_RESPONSE_TYP, CredentialResponse, PIN_RESPONSE_TYP, PROVIDER_ISSUER, Pin,
    PinResponse, PinSpec, ResponseClaims,
};
use prereg_types::webauthn::{Flags, RegistrationResponseJson};
use prereg_types::{Invalid, Jti, Serial, Timestamp};

use super::envelope::{Signers, open};
use crate::enrollment::{Credential, Enrollment, EnrollmentSet, NewCredential, PinStage};
use crate::error::{Error, Kind};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::registration::{self, Expected, Registered};

/// What an activation brings, all of it proved.
pub(crate) struct Activation {
    pub(crate) pin: Pin,
    pub(crate) serial: Serial,
    pub(crate) credentials: Vec<NewCredential>,
}

/// What all checks of one call look at.
struct Context<'a> {
    command: &'a ActivateCommand,
    set: &'a EnrollmentSet,
    signers: &'a Signers<'a>,
    policy: &'a Policy,
    now: Timestamp,
}

/// The request that a response must answer.
struct Asked<'a> {
    jti: &'a Jti,
    response_key: &'a PrivateJwk,
}

/// Makes every check.
///
/// # Errors
/// The first rule that does not hold, filed under the response at fault.
pub(super) fn check(
    command: &ActivateCommand,
    set: &EnrollmentSet,
    signers: &Signers<'_>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Activation, Error> {
    check_set(command, set)?;
    check_status(set, now)?;
    let context = Context {
        command,
        set,
        signers,
        policy,
        now,
    };
    let pin = context
        .pin()
        .map_err(|rule| Error::refused(Kind::PinResponse, rule))?;
    let mut credentials: Vec<NewCredential> = Vec::with_capacity(set.enrollments.len());
    for response in &command.cred_responses {
        let new = context.credential(response);
        let new = new.map_err(|rule| Error::refused(Kind::CredentialResponse, rule))?;
        if credentials
            .iter()
            .any(|other| other.credential.id == new.credential.id)
        {
            return Err(Error::refused(
                Kind::CredentialResponse,
                Refusal::CredentialIdInUse,
            ));
        }
        credentials.push(new);
    }
    Ok(Activation {
        pin,
        serial: command.serial.clone(),
        credentials,
    })
}

/// Check 1. The command names no enrollment twice, so equal numbers suffice.
fn check_set(command: &ActivateCommand, set: &EnrollmentSet) -> Result<(), Error> {
    let known = |response: &CredResponse| set.find(&response.enrollment_id).is_some();
    let exact = command.cred_responses.len() == set.enrollments.len()
        && command.cred_responses.iter().all(known);
    if exact && command.provider == set.provider {
        return Ok(());
    }
    Err(Error::refused(
        Kind::CredentialResponse,
        Refusal::IncompleteSet,
    ))
}

/// Check 2.
fn check_status(set: &EnrollmentSet, now: Timestamp) -> Result<(), Error> {
    let refused = |refusal| Error::refused(Kind::NotAllowedInStatus, refusal);
    set.all_wait().map_err(refused)?;
    if now > set.expires {
        return Err(refused(Refusal::ChallengeExpired));
    }
    Ok(())
}

impl Context<'_> {
    /// Checks 3 to 5 of the PIN response.
    fn pin(&self) -> Result<Pin, Refusal> {
        let PinStage::Requested {
            request,
            spec,
            response_key,
        } = &self.set.pin
        else {
            return Err(Refusal::AlreadyActivated);
        };
        let token = &self.command.pin_response_jwe;
        let opened = open(
            token,
            response_key,
            PIN_RESPONSE_TYP,
            self.signers,
            self.policy,
        )?;
        let claims = ResponseClaims::from_opened(&opened).map_err(|error| malformed(&error))?;
        self.check_claims(
            &claims,
            &Asked {
                jti: request,
                response_key,
            },
        )?;
        let response = PinResponse::from_opened(&opened).map_err(|error| malformed(&error))?;
        check_pin(&response.pin, *spec)?;
        Ok(response.pin)
    }

    /// Checks 3, 4 and 6 of one credential response.
    fn credential(&self, response: &CredResponse) -> Result<NewCredential, Refusal> {
        let enrollment = self
            .set
            .find(&response.enrollment_id)
            .ok_or(Refusal::IncompleteSet)?;
        let request = enrollment
            .stage
            .request()
            .ok_or(Refusal::AlreadyActivated)?;
        let key = &request.response_key;
        let opened = open(
            &response.jwe,
            key,
            CREDENTIAL_RESPONSE_TYP,
            self.signers,
            self.policy,
        )?;
        let signed = CredentialResponse::from_opened(&opened).map_err(|error| malformed(&error))?;
        self.check_claims(
            &signed.claims,
            &Asked {
                jti: &request.jti,
                response_key: key,
            },
        )?;
        if signed.enrollment != enrollment.id {
            return Err(Refusal::WrongEnrollment);
        }
        let credential = self.register(&signed.credential, enrollment, &request.challenge)?;
        Ok(NewCredential {
            enrollment_id: enrollment.id.clone(),
            credential,
        })
    }

    /// Check 4: every signed claim equals what was stored, and the signed
    /// serial and version equal those of the call, so all responses agree.
    fn check_claims(&self, claims: &ResponseClaims, asked: &Asked<'_>) -> Result<(), Refusal> {
        let rules = [
            (claims.iss == PROVIDER_ISSUER, Refusal::WrongIssuer),
            (claims.aud == self.set.audience, Refusal::WrongAudience),
            (claims.in_reply_to == *asked.jti, Refusal::WrongRequest),
            (claims.set == self.set.id, Refusal::WrongSet),
            (
                claims.response_jkt == asked.response_key.public().thumbprint().to_base64url(),
                Refusal::WrongRecipient,
            ),
            (
                claims.exp.seconds() >= self.now.seconds(),
                Refusal::ResponseExpired,
            ),
            (
                claims.iat <= self.now.plus_seconds(self.policy.clock_skew),
                Refusal::ResponseFromTheFuture,
            ),
            (
                claims.serial == self.command.serial,
                Refusal::SerialMismatch,
            ),
            (
                claims.version == self.command.version,
                Refusal::VersionMismatch,
            ),
        ];
        let broken = rules.into_iter().find(|(holds, _)| !holds);
        broken.map_or(Ok(()), |(_, refusal)| Err(refusal))
    }

    /// Check 6, and the credential record that comes out of it (§7.1, "store
    /// credentialRecord").
    fn register(
        &self,
        response: &RegistrationResponseJson,
        enrollment: &Enrollment,
        challenge: &[u8; 32],
    ) -> Result<Credential, Refusal> {
        let expected = Expected {
            rp_id: &enrollment.rp_id,
            challenge,
            roots: &self.policy.attestation_roots,
            now: self.now,
        };
        let Registered { data, attested } = registration::verify(response, &expected)?;
        Ok(Credential {
            id: attested.credential_id.to_vec(),
            public_key: attested.public_key,
            sign_count: data.sign_count,
            backup_eligible: data.flags.contains(Flags::BE),
            aaguid: attested.aaguid,
            transports: response.response.transports.clone(),
            serial: self.command.serial.clone(),
            version: self.command.version,
            authentication: None,
        })
    }
}

/// Check 5: exactly the length asked for. The rules of CTAP (Normalization Form
/// C, at most 63 bytes) are those of the type [`Pin`].
fn check_pin(pin: &Pin, spec: PinSpec) -> Result<(), Refusal> {
    if pin.code_points() == usize::from(spec.length()) {
        Ok(())
    } else {
        Err(Refusal::PinPolicy)
    }
}

fn malformed(error: &Invalid) -> Refusal {
    match error.path() {
        "pin" => Refusal::PinPolicy,
        "typ" => Refusal::WrongType,
        "serial" => Refusal::SerialMismatch,
        "version" => Refusal::VersionMismatch,
        _ => Refusal::ClaimsMalformed,
    }
}
