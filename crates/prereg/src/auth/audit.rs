//! The audit log's entries of what operators do: at the command line and on the
//! page of the admin port. Each facade writes those of its callers.
//!
//! An entry is written after the change and before the answer. A change whose
//! process died in between may be missing; the system log, which is written
//! with the change itself, has it.

use prereg_types::Timestamp;
use relying_party::store::StoreError;

use crate::store::{AuditEntry, Database};

/// The actor of what is done at the command line.
pub(crate) const COMMAND_LINE: &str = "cli";

/// The actor of what the server does by itself: the tokens of its first start.
pub(crate) const SERVER: &str = "serve";

/// The actor of what is done on the page of the admin port.
pub(crate) const PAGE: &str = "page";

/// Writes down that an operator did something.
///
/// # Errors
/// [`StoreError`]; tell the operator, who otherwise relies on the log.
pub(crate) async fn record(
    db: &Database,
    actor: &str,
    action: &str,
    target: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let entry = AuditEntry {
        at,
        actor: actor.to_owned(),
        action: action.to_owned(),
        target: target.to_owned(),
        outcome: "ok".to_owned(),
        request_id: String::new(),
    };
    db.append_audit(entry).await.map(drop)
}
