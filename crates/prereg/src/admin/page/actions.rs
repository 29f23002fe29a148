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
use crate::auth::audit;
use crate::clock::SystemClock;
use crate::store::{Attempt, AuditEntry, audited};
use form::Form;

/// What came of a button: words for the person, or a stable code and words.
type Done = Result<String, (&'static str, String)>;

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
    let target = command.enrollment_id.as_str();
    let work = async {
        match page.0.party.load_full().send_pin(&command).await {
            Ok(()) => Ok("The PIN is on its way.".to_owned()),
            Err(error) => Err(refusal(&error)),
        }
    };
    form.carry_out(&page, "page.sendPin", target, work).await
}

impl Form {
    /// Does what the button is for, writes it down and leads back.
    async fn carry_out(
        self,
        page: &Page,
        action: &'static str,
        target: &str,
        work: impl Future<Output = Done>,
    ) -> Result<Response, Failure> {
        let entry = AuditEntry {
            request_id: self.request,
            ..audit::entry(&self.visitor, action, target, SystemClock.now())
        };
        let Attempt {
            done,
            mut entry,
            is_written,
        } = audited(entry, work).await;
        let (outcome, note) = match done {
            Ok(words) => (audit::OK, Note::fine(words)),
            Err((code, words)) => (code, Note::bad(words)),
        };
        tracing::info!(
            action,
            target,
            outcome,
            visitor = self.visitor,
            "a button of the page"
        );
        if !is_written || outcome != audit::OK {
            outcome.clone_into(&mut entry.outcome);
            page.0.database.append_audit(entry).await?;
        }
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
