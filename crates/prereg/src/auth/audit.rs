//! Writing the audit log: who changed what, or tried to, and how it ended.
//!
//! Written after the change and before the answer: what a caller was told is
//! done is in the log. A change whose caller got no answer, because the process
//! died in between, may be missing from it; the system log, written with the
//! change itself, has it.

use prereg_types::Timestamp;
use relying_party::store::StoreError;

use super::Caller;
use crate::http::RequestId;
use crate::store::{AuditEntry, Database};

/// The actor of what is done at the command line.
pub(crate) const COMMAND_LINE: &str = "cli";

/// The actor of what is done on the page of the admin port.
pub(crate) const PAGE: &str = "page";

/// The outcome of what succeeded.
pub(crate) const OK: &str = "ok";

/// One action.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Action<'a> {
    /// What, such as `sendPin` (an `operationId`) or `token.create`.
    pub(crate) name: &'a str,
    /// To what: an id, or empty where none is known.
    pub(crate) target: &'a str,
    /// How it ended: [`OK`] or a stable code, never a text from outside.
    pub(crate) outcome: &'a str,
}

impl Action<'_> {
    /// Records what a caller of a facade did.
    ///
    /// # Errors
    /// [`StoreError`]: then answer with a failure, since nothing may be
    /// acknowledged that is not in the log.
    pub(crate) async fn by_caller(
        self,
        db: &Database,
        caller: &Caller,
        request: RequestId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let entry = self.entry(caller.id(), request.to_string(), now);
        db.append_audit(entry).await.map(drop)
    }

    /// Records what somebody did at the command line or on the page.
    ///
    /// # Errors
    /// As [`Self::by_caller`].
    pub(crate) async fn by_operator(
        self,
        db: &Database,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        db.append_audit(self.entry(actor, String::new(), now))
            .await
            .map(drop)
    }

    fn entry(self, actor: &str, request_id: String, at: Timestamp) -> AuditEntry {
        AuditEntry {
            at,
            actor: actor.to_owned(),
            action: self.name.to_owned(),
            target: self.target.to_owned(),
            outcome: self.outcome.to_owned(),
            request_id,
        }
    }
}
