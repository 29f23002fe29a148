//! What somebody is doing, so that its entry in the audit log is part of the
//! same transaction as the change: there is neither a change without its entry
//! nor an entry without its change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::AuditEntry;
use crate::store::Inserted;

tokio::task_local! {
    static DEED: Arc<Deed>;
}

/// A deed under way in this task.
#[derive(Debug)]
pub(in crate::store) struct Deed {
    entry: AuditEntry,
    is_written: AtomicBool,
}

/// What came of a deed.
#[derive(Debug)]
pub(crate) struct Attempt<T> {
    /// The work's own result.
    pub(crate) done: T,
    /// The entry.
    pub(crate) entry: AuditEntry,
    /// Whether it is in the log. It is not where the work changed nothing.
    pub(crate) is_written: bool,
}

/// Whether a write that went well has changed anything.
pub(in crate::store) trait Made {
    fn is_made(&self) -> bool;
}

/// Does some work. The first change that it makes in the database brings the
/// entry with it, and is not made where the entry cannot be written.
///
/// The work has to run in this task, and to make one change: what it does after
/// that is not told by the entry.
pub(crate) async fn audited<W: Future>(entry: AuditEntry, work: W) -> Attempt<W::Output> {
    let deed = Arc::new(Deed {
        entry,
        is_written: AtomicBool::new(false),
    });
    let done = DEED.scope(Arc::clone(&deed), work).await;
    Attempt {
        done,
        entry: deed.entry.clone(),
        is_written: deed.is_written.load(Ordering::Relaxed),
    }
}

impl Deed {
    /// The deed of this task, until it is written.
    pub(in crate::store) fn under_way() -> Option<Arc<Self>> {
        let deed = DEED.try_with(Arc::clone).ok()?;
        (!deed.is_written.load(Ordering::Relaxed)).then_some(deed)
    }

    /// Its entry; about `target`, where it was not known before to what it is done.
    pub(in crate::store) fn entry(&self, target: &str) -> AuditEntry {
        let mut entry = self.entry.clone();
        if entry.target.is_empty() {
            target.clone_into(&mut entry.target);
        }
        entry
    }

    /// The change and the entry are on the disk.
    pub(in crate::store) fn written(&self) {
        self.is_written.store(true, Ordering::Relaxed);
    }
}

impl Made for () {
    fn is_made(&self) -> bool {
        true
    }
}

impl Made for bool {
    fn is_made(&self) -> bool {
        *self
    }
}

impl Made for Inserted {
    fn is_made(&self) -> bool {
        *self == Self::Yes
    }
}
