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
use super::audit::Deed;
use super::body::JsonBody;
use super::error::{Failure, Operation};
use super::path::{EnrollmentInPath, UserInPath};

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
    let done = party
        .initiate_fulfillment(&caller, &command, &mut SysRng)
        .await;
    let deed = Deed::new("generateFulfillmentRequest", command.user_id.as_str());
    okta.audited(&by, deed, done).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /enroll`, enrollPreregistrationEnrollment.
pub(super) async fn enroll(
    State(okta): State<Okta>,
    by: Authorized<ManageUsers>,
    JsonBody(body): JsonBody,
) -> Result<Json<EnrollmentInitializationResponse>, Failure> {
    let party = okta.party();
    let (user, done) = okta
        .cpu
        .run(move || async move {
            let command = EnrollCommand::from_json(&body)
                .map_err(|error| Failure::Invalid(Operation::Enroll, error))?;
            let done = party.enroll(&command, &mut SysRng).await;
            Ok::<_, Failure>((command.user_id, done))
        })
        .await?;
    let deed = Deed::new("enrollPreregistrationEnrollment", user.as_str());
    okta.audited(&by, deed, done).await.map(Json)
}

/// `POST /activate`, activatePreregistrationEnrollment. Where the signer is not
/// pinned, the provider may have a new key: it is asked, and the responses are
/// looked at once more.
pub(super) async fn activate(
    State(okta): State<Okta>,
    by: Authorized<ManageUsers>,
    JsonBody(body): JsonBody,
) -> Result<Json<EnrollmentActivationResponse>, Failure> {
    let (command, mut done) = try_to_activate(&okta, &by, move || {
        ActivateCommand::from_json(&body)
            .map_err(|error| Failure::Invalid(Operation::Activate, error))
    })
    .await?;
    let unknown_key = |error: &PartyError| error.refusal() == Some(Refusal::UntrustedSigningKey);
    let user = command.user_id.clone();
    if done.as_ref().is_err_and(unknown_key) && okta.trust.meet_unknown_key().await {
        (_, done) = try_to_activate(&okta, &by, move || Ok(command)).await?;
    }
    if let Ok(activated) = &done {
        let enrollments = activated.authenticator_enrollment_ids.len();
        metrics::counter!("prereg_activations_total").increment(enrollments as u64);
    }
    let deed = Deed::new("activatePreregistrationEnrollment", user.as_str());
    okta.audited(&by, deed, done).await.map(Json)
}

type Activated = Result<EnrollmentActivationResponse, PartyError>;

async fn try_to_activate(
    okta: &Okta,
    by: &Authorized<ManageUsers>,
    command: impl FnOnce() -> Result<ActivateCommand, Failure> + Send + 'static,
) -> Result<(ActivateCommand, Activated), Failure> {
    let (party, caller) = (okta.party(), by.for_log());
    okta.cpu
        .run(move || async move {
            let command = command()?;
            let done = party.activate(&caller, &command, &mut SysRng).await;
            Ok((command, done))
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
    let done = okta.party().send_pin(&command).await;
    let deed = Deed::new("sendPin", command.enrollment_id.as_str());
    okta.audited(&by, deed, done).await?;
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
    let done = party.delete(&caller, &user, &id, &mut SysRng).await;
    okta.audited(
        &by,
        Deed::new("deleteWebAuthnPreregistrationFactor", id.as_str()),
        done,
    )
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
    let done = okta.party().mark_error(&user, &id).await;
    okta.audited(
        &by,
        Deed::new(
            "assignFulfillmentErrorWebAuthnPreregistrationFactor",
            id.as_str(),
        ),
        done,
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
