//! The seven operations below `/webauthn-registration/api/v1`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use getrandom::SysRng;
use prereg_types::api::{
    ActivateCommand, EnrollCommand, EnrollmentActivationResponse, EnrollmentInitializationResponse,
    FulfillmentCommand, SendPinCommand, WebAuthnPreregistrationFactor,
};
use relying_party::{Error as PartyError, Refusal};

use super::Okta;
use super::admission::{Authorized, ManageUsers, ReadUsers};
use super::body::JsonBody;
use super::error::{Failure, Operation};
use super::path::{EnrollmentInPath, UserInPath};
use crate::store::{Attempt, AuditEntry, audited};

/// `POST /generateFulfillmentRequest`, generateFulfillmentRequest.
pub(super) async fn initiate(
    State(okta): State<Okta>,
    by: Authorized<ManageUsers>,
    JsonBody(body): JsonBody,
) -> Result<StatusCode, Failure> {
    let command = FulfillmentCommand::from_json(&body)
        .map_err(|error| Failure::Invalid(Operation::Initiate, error))?;
    let caller = by.for_log();
    let party = okta.party();
    let deed = by.deed("generateFulfillmentRequest", command.user_id.as_str());
    let mut rng = SysRng;
    let work = party.initiate_fulfillment(&caller, &command, &mut rng);
    okta.audited(deed, work).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /enroll`, enrollPreregistrationEnrollment.
pub(super) async fn enroll(
    State(okta): State<Okta>,
    by: Authorized<ManageUsers>,
    JsonBody(body): JsonBody,
) -> Result<Json<EnrollmentInitializationResponse>, Failure> {
    let cpu = okta.cpu.clone();
    let done = cpu.run(move || async move {
        let command = EnrollCommand::from_json(&body)
            .map_err(|error| Failure::Invalid(Operation::Enroll, error))?;
        let deed = by.deed("enrollPreregistrationEnrollment", command.user_id.as_str());
        let party = okta.party();
        let mut rng = SysRng;
        okta.audited(deed, party.enroll(&command, &mut rng)).await
    });
    done.await.map(Json)
}

/// `POST /activate`, activatePreregistrationEnrollment. Where the signer is not
/// pinned, the provider may have a new key: it is asked, and the responses are
/// looked at once more.
pub(super) async fn activate(
    State(okta): State<Okta>,
    by: Authorized<ManageUsers>,
    JsonBody(body): JsonBody,
) -> Result<Json<EnrollmentActivationResponse>, Failure> {
    let (command, mut attempt) = try_to_activate(&okta, &by, move || {
        ActivateCommand::from_json(&body)
            .map_err(|error| Failure::Invalid(Operation::Activate, error))
    })
    .await?;
    let unknown_key = |error: &PartyError| error.refusal() == Some(Refusal::UntrustedSigningKey);
    if attempt.done.as_ref().is_err_and(unknown_key) && okta.trust.meet_unknown_key().await {
        (_, attempt) = try_to_activate(&okta, &by, move || Ok(command)).await?;
    }
    if let Ok(activated) = &attempt.done {
        let enrollments = activated.authenticator_enrollment_ids.len();
        metrics::counter!("prereg_activations_total").increment(enrollments as u64);
    }
    okta.conclude(attempt).await.map(Json)
}

type Activation = Attempt<Result<EnrollmentActivationResponse, PartyError>>;

async fn try_to_activate(
    okta: &Okta,
    by: &Authorized<ManageUsers>,
    command: impl FnOnce() -> Result<ActivateCommand, Failure> + Send + 'static,
) -> Result<(ActivateCommand, Activation), Failure> {
    let (party, caller) = (okta.party(), by.for_log());
    let deed = by.deed("activatePreregistrationEnrollment", "");
    okta.cpu
        .run(move || async move {
            let command = command()?;
            let deed = AuditEntry {
                target: command.user_id.to_string(),
                ..deed
            };
            let mut rng = SysRng;
            let work = party.activate(&caller, &command, &mut rng);
            let attempt = audited(deed, work).await;
            Ok((command, attempt))
        })
        .await
}

/// `POST /send-pin`, sendPin.
pub(super) async fn send_pin(
    State(okta): State<Okta>,
    by: Authorized<ManageUsers>,
    JsonBody(body): JsonBody,
) -> Result<StatusCode, Failure> {
    let command = SendPinCommand::from_json(&body)
        .map_err(|error| Failure::Invalid(Operation::SendPin, error))?;
    let deed = by.deed("sendPin", command.enrollment_id.as_str());
    okta.audited(deed, okta.party().send_pin(&command)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /users/{userId}/enrollments`, listWebAuthnPreregistrationFactors.
pub(super) async fn list(
    State(okta): State<Okta>,
    _: Authorized<ReadUsers>,
    UserInPath(user): UserInPath,
) -> Result<Json<Vec<WebAuthnPreregistrationFactor>>, Failure> {
    Ok(Json(okta.party().list(&user).await?))
}

/// `DELETE /users/{userId}/enrollments/{authenticatorEnrollmentId}`,
/// deleteWebAuthnPreregistrationFactor.
pub(super) async fn delete(
    State(okta): State<Okta>,
    by: Authorized<ManageUsers>,
    EnrollmentInPath(user, id): EnrollmentInPath,
) -> Result<StatusCode, Failure> {
    let caller = by.for_log();
    let party = okta.party();
    let deed = by.deed("deleteWebAuthnPreregistrationFactor", id.as_str());
    let mut rng = SysRng;
    okta.audited(deed, party.delete(&caller, &user, &id, &mut rng))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /users/{userId}/enrollments/{authenticatorEnrollmentId}/mark-error`,
/// assignFulfillmentErrorWebAuthnPreregistrationFactor.
pub(super) async fn mark_error(
    State(okta): State<Okta>,
    by: Authorized<ManageUsers>,
    EnrollmentInPath(user, id): EnrollmentInPath,
) -> Result<StatusCode, Failure> {
    let operation = "assignFulfillmentErrorWebAuthnPreregistrationFactor";
    let deed = by.deed(operation, id.as_str());
    okta.audited(deed, okta.party().mark_error(&user, &id))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
