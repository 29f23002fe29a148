//! The audit log's entries of what operators do: at the command line and on the
//! page of the admin port. Each facade writes those of its callers.
//!
//! An entry is part of the change that it tells of, see [`audited`].

use prereg_types::Timestamp;
use relying_party::store::StoreError;

use crate::store::{Attempt, AuditEntry, Database, audited};

/// The outcome of what went well.
pub(crate) const OK: &str = "ok";

/// The actor of what is done at the command line.
pub(crate) const COMMAND_LINE: &str = "cli";

/// The actor of what the server does by itself: the tokens of its first start.
pub(crate) const SERVER: &str = "serve";

/// The actor of what is done on the page of the admin port.
pub(crate) const PAGE: &str = "page";

/// Does what an operator wants and writes it down. What fails is not written
/// down: it has changed nothing, and the operator is told.
///
/// # Errors
/// The work's own, and [`StoreError`] where it cannot be written down.
pub(crate) async fn recorded<T, E: From<StoreError>>(
    db: &Database,
    entry: AuditEntry,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let Attempt {
        done,
        entry,
        is_written,
    } = audited(entry, work).await;
    let done = done?;
    if !is_written {
        db.append_audit(entry).await?;
    }
    Ok(done)
}

/// An entry of what an operator does.
pub(crate) fn entry(actor: &str, action: &str, target: &str, at: Timestamp) -> AuditEntry {
    AuditEntry {
        at,
        actor: actor.to_owned(),
        action: action.to_owned(),
        target: target.to_owned(),
        outcome: OK.to_owned(),
        request_id: String::new(),
    }
}

/// An entry of the command line.
pub(crate) fn at_command_line(action: &str, target: &str, at: Timestamp) -> AuditEntry {
    entry(COMMAND_LINE, action, target, at)
}
