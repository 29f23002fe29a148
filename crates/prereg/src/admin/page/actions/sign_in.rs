//! Signing in with a simulated key: what its user, a browser and the relying
//! party do together. The first time wipes the PIN.

use authenticator::Pin;
use axum::extract::State;
use axum::response::Response;
use getrandom::SysRng;
use prereg_types::webauthn::AuthenticationResponseJson;
use prereg_types::{EnrollmentId, Serial};
use relying_party::Assertion;
use yubico_sim::SignIn;

use super::form::Form;
use super::{Done, provider, refusal};
use crate::admin::page::Page;
use crate::admin::page::failure::Failure;
use crate::store::EnrollmentRow;

pub(super) async fn sign_in(State(page): State<Page>, form: Form) -> Result<Response, Failure> {
    let serial = form.parse("serial", Serial::parse)?;
    let id = form.parse("enrollment", EnrollmentId::parse)?;
    let enrollments = page.0.database.enrollments_of_key(&serial).await?;
    let row = enrollments.into_iter().find(|row| row.id == id);
    // The last step alone is the deed: what the key and the challenge go through
    // before is theirs.
    let answered = match row {
        Some(row) => answer(&page, &serial, &row, form.field("pin")?)
            .await
            .map(|assertion| (row, assertion)),
        None => Err((
            "enrollment_not_found",
            "The key is not registered there any more.".to_owned(),
        )),
    };
    let work = async {
        let (row, assertion) = answered?;
        finish(&page, &row, &assertion).await
    };
    form.carry_out(&page, "page.signIn", id.as_str(), work)
        .await
}

/// What the key says to a new challenge.
async fn answer(
    page: &Page,
    serial: &Serial,
    row: &EnrollmentRow,
    pin: &str,
) -> Result<Assertion, (&'static str, String)> {
    let party = page.0.party.load_full();
    let challenge = party
        .begin_authentication(&row.user, &row.id, &mut SysRng)
        .await
        .map_err(|error| refusal(&error))?;
    let asked = SignIn {
        rp_id: &challenge.rp_id,
        origin: &challenge.rp_id.origin(),
        challenge: &challenge.challenge,
        allow_list: &[&challenge.credential_id],
        pin: Some(&Pin::new(pin)),
    };
    let answer = page.0.provider.authenticate(serial, &asked).await;
    answer
        .map(assertion)
        .map_err(|error| provider::refusal(&error))
}

/// What the relying party says to that.
async fn finish(page: &Page, row: &EnrollmentRow, assertion: &Assertion) -> Done {
    let party = page.0.party.load_full();
    party
        .finish_authentication(&row.user, &row.id, assertion)
        .await
        .map_err(|error| refusal(&error))?;
    let wiped = if row.pin_available {
        " It was the first time: the PIN is wiped."
    } else {
        ""
    };
    Ok(format!("Signed in at {}.{wiped}", row.rp_id))
}

fn assertion(answer: AuthenticationResponseJson) -> Assertion {
    let response = answer.response;
    Assertion {
        credential_id: Some(answer.id),
        client_data_json: response.client_data_json,
        authenticator_data: response.authenticator_data,
        signature: response.signature,
        user_handle: response.user_handle,
    }
}
