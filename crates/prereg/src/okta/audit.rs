//! The trace of every change in the audit log.

use relying_party::clock::Clock as _;

use super::Okta;
use super::admission::Authorized;
use super::error::Failure;
use crate::clock::SystemClock;
use crate::store::AuditEntry;

/// What somebody did or tried to do.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    operation: &'static str,
    target: String,
}

impl Deed {
    /// An operation, by its `operationId`, and the id it was about.
    pub(super) fn new(operation: &'static str, target: &str) -> Self {
        Self {
            operation,
            target: target.to_owned(),
        }
    }
}

impl Okta {
    /// Writes down how a deed ended, and passes its result on. Where that cannot
    /// be written, the caller is told of a failure: what is acknowledged is in
    /// the log.
    pub(super) async fn audited<N, T, E: Into<Failure>>(
        &self,
        by: &Authorized<N>,
        deed: Deed,
        done: Result<T, E>,
    ) -> Result<T, Failure> {
        let done = done.map_err(Into::into);
        let outcome = done.as_ref().map_or_else(Failure::code, |_| "ok");
        let entry = AuditEntry {
            at: SystemClock.now(),
            actor: by.caller.id().to_owned(),
            action: deed.operation.to_owned(),
            target: deed.target,
            outcome: outcome.to_owned(),
            request_id: by.request.to_string(),
        };
        self.db.append_audit(entry).await?;
        done
    }
}
