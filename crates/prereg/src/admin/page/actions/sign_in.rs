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
    let result = match enrollments.into_iter().find(|row| row.id == id) {
        Some(row) => ceremony(&page, &serial, &row, form.field("pin")?).await,
        None => Err((
            "enrollment_not_found",
            "The key is not registered there any more.".to_owned(),
        )),
    };
    form.finish(&page, Done::new("page.signIn", id.as_str(), result))
        .await
}

async fn ceremony(
    page: &Page,
    serial: &Serial,
    row: &EnrollmentRow,
    pin: &str,
) -> Result<String, (&'static str, String)> {
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
    let answer = answer.map_err(|error| provider::refusal(&error))?;
    party
        .finish_authentication(&row.user, &row.id, &assertion(answer))
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
