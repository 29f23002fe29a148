//! `POST /api/v1/users/{userId}/factors/{factorId}/verify`: the authentication
//! whose first success wipes the PIN.

use axum::Json;
use axum::extract::State;
use getrandom::SysRng;
use prereg_types::api::{FactorVerifyResponse, VerifyCommand};
use relying_party::Assertion;

use super::Okta;
use super::admission::{Authorized, ManageUsers};
use super::body::JsonBody;
use super::error::{Failure, Operation};
use super::path::EnrollmentInPath;

/// A challenge for a call without a body, the result for one with an answer.
pub(super) async fn verify(
    State(okta): State<Okta>,
    by: Authorized<ManageUsers>,
    EnrollmentInPath(user, id): EnrollmentInPath,
    JsonBody(body): JsonBody,
) -> Result<Json<FactorVerifyResponse>, Failure> {
    let command = VerifyCommand::from_json(&body)
        .map_err(|error| Failure::Invalid(Operation::Verify, error))?;
    let party = okta.party();
    let VerifyCommand::Finish {
        client_data_json,
        authenticator_data,
        signature,
    } = command
    else {
        let deed = by.deed("verifyFactor.challenge", id.as_str());
        let mut rng = SysRng;
        let work = party.begin_authentication(&user, &id, &mut rng);
        let begun = okta.audited(deed, work).await?;
        return Ok(Json(FactorVerifyResponse::challenge(&begun.challenge)));
    };
    let assertion = Assertion {
        credential_id: None,
        client_data_json,
        authenticator_data,
        signature,
        user_handle: None,
    };
    let deed = by.deed("verifyFactor", id.as_str());
    let cpu = okta.cpu.clone();
    let done = cpu.run(move || async move {
        let work = party.finish_authentication(&user, &id, &assertion);
        okta.audited(deed, work).await
    });
    done.await?;
    Ok(Json(FactorVerifyResponse::success()))
}
