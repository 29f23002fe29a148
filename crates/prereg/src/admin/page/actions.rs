//! The buttons: each does one thing, is audited, and leads back to the page
//! with a note about it (POST, redirect, GET).

mod form;
mod provider;
mod sign_in;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::response::{Redirect, Response};
use axum::routing::post;
use prereg_types::api::{FulfillmentProvider, SendPinCommand};
use prereg_types::{EnrollmentId, UserId};
use relying_party::clock::Clock as _;
use relying_party::error::{Kind, Refusal};

use super::Page;
use super::failure::Failure;
use super::notes::Note;
use crate::clock::SystemClock;
use crate::store::AuditEntry;
use form::Form;

/// What came of a button.
struct Done {
    /// For the audit log: what, to what, and how it ended.
    action: &'static str,
    target: String,
    outcome: &'static str,
    /// For the person.
    note: Note,
}

/// The outcome of what went well.
const OK: &str = "ok";

pub(super) fn router() -> Router<Page> {
    Router::new()
        .route("/actions/send-pin", post(send_pin))
        .route("/actions/advance", post(provider::advance))
        .route("/actions/put", post(provider::put))
        .route("/actions/hold", post(provider::hold))
        .route("/actions/next-fault", post(provider::next_fault))
        .route("/actions/power-cycle", post(provider::power_cycle))
        .route("/actions/sign-in", post(sign_in::sign_in))
}

async fn send_pin(State(page): State<Page>, form: Form) -> Result<Response, Failure> {
    let command = SendPinCommand {
        user_id: form.parse("user", UserId::parse)?,
        provider: FulfillmentProvider::Yubico,
        enrollment_id: form.parse("enrollment", EnrollmentId::parse)?,
    };
    let sent = page.0.party.load_full().send_pin(&command).await;
    let done = Done::new(
        "page.sendPin",
        command.enrollment_id.as_str(),
        match sent {
            Ok(()) => Ok("The PIN is on its way.".to_owned()),
            Err(error) => Err(refusal(&error)),
        },
    );
    form.finish(&page, done).await
}

impl Done {
    /// Words for what went well, or a stable code and words for what did not.
    fn new(
        action: &'static str,
        target: &str,
        result: Result<String, (&'static str, String)>,
    ) -> Self {
        let (outcome, note) = match result {
            Ok(words) => (OK, Note::fine(words)),
            Err((code, words)) => (code, Note::bad(words)),
        };
        Self {
            action,
            target: target.to_owned(),
            outcome,
            note,
        }
    }
}

impl Form {
    /// Audits what was done and leads back.
    async fn finish(self, page: &Page, done: Done) -> Result<Response, Failure> {
        let Done {
            action,
            target,
            outcome,
            note,
        } = done;
        tracing::info!(
            action,
            target,
            outcome,
            visitor = self.visitor,
            "a button of the page"
        );
        let entry = AuditEntry {
            at: SystemClock.now(),
            actor: self.visitor,
            action: action.to_owned(),
            target,
            outcome: outcome.to_owned(),
            request_id: self.request,
        };
        page.0.database.append_audit(entry).await?;
        let number = page.0.session.notes.leave(note);
        let separator = if self.back.contains('?') { '&' } else { '?' };
        let address = format!("{}{separator}note={number}", self.back);
        Ok(Redirect::to(&address).into_response())
    }
}

/// What the relying party's refusal means to whoever pressed the button.
fn refusal(error: &relying_party::error::Error) -> (&'static str, String) {
    let words = match (error.kind(), error.refusal()) {
        (_, Some(Refusal::PinNotAvailable)) => {
            "There is no PIN to send: the key is not active yet, or was used already.".to_owned()
        }
        (_, Some(Refusal::UserStatus)) => "This user is suspended or has left.".to_owned(),
        (Kind::UserNotFound(_) | Kind::EnrollmentNotFound(_), _) => {
            "There is no such enrollment any more.".to_owned()
        }
        (Kind::Internal(_), _) => {
            tracing::error!(%error, "a button of the page failed");
            "That did not work. The log says why.".to_owned()
        }
        _ => format!("The relying party refused that: {}.", error.code()),
    };
    (error.code(), words)
}
