//! The trace of every change in the audit log.

use relying_party::clock::Clock as _;

use super::Okta;
use super::admission::Authorized;
use super::error::Failure;
use crate::auth::audit::OK;
use crate::clock::SystemClock;
use crate::store::{Attempt, AuditEntry, audited};

impl<N> Authorized<N> {
    /// The entry of an operation, by its `operationId`, and the id it is about.
    pub(super) fn deed(&self, operation: &'static str, target: &str) -> AuditEntry {
        AuditEntry {
            at: SystemClock.now(),
            actor: self.caller.id().to_owned(),
            action: operation.to_owned(),
            target: target.to_owned(),
            outcome: OK.to_owned(),
            request_id: self.request.to_string(),
        }
    }
}

impl Okta {
    /// Does what a caller wants and writes it down, see [`audited`].
    pub(super) async fn audited<T, E: Into<Failure>>(
        &self,
        deed: AuditEntry,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        self.conclude(audited(deed, work).await).await
    }

    /// Writes down how a deed ended that brought no change, and passes its result
    /// on. Where that cannot be written, the caller is told of a failure.
    pub(super) async fn conclude<T, E: Into<Failure>>(
        &self,
        attempt: Attempt<Result<T, E>>,
    ) -> Result<T, Failure> {
        let mut entry = attempt.entry;
        let done = attempt.done.map_err(Into::into);
        match &done {
            Ok(_) if attempt.is_written => return done,
            Ok(_) => {}
            Err(failure) => failure.code().clone_into(&mut entry.outcome),
        }
        self.db.append_audit(entry).await?;
        done
    }
}
