//! What the writer tells others of this process.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Who waits for what is written, and how writing goes.
#[derive(Debug, Default)]
pub(super) struct Signals {
    pub(super) mail_queued: Notify,
    pub(super) events_queued: Notify,
    pub(super) failures: Failures,
}

/// Writes that failed. One that failed casts doubt on all that follow, until
/// it is shown that the database takes as much as any of them again: where the
/// disk is full, a small one may still fit.
#[derive(Debug, Default)]
pub(super) struct Failures {
    seen: AtomicU64,
    /// As many had been seen before the latest proof.
    overcome: AtomicU64,
}

/// The failures that a proof is about: those before it began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen(u64);

impl Failures {
    /// A write failed.
    pub(super) fn one_more(&self) {
        self.seen.fetch_add(1, Ordering::Relaxed);
    }

    /// What a proof that begins now is about.
    pub(super) fn seen(&self) -> Seen {
        Seen(self.seen.load(Ordering::Relaxed))
    }

    /// Whether a write failed that nothing has proved to be overcome.
    pub(super) fn doubt(&self, Seen(seen): Seen) -> bool {
        seen > self.overcome.load(Ordering::Relaxed)
    }

    /// The proof was given.
    pub(super) fn overcome(&self, Seen(seen): Seen) {
        self.overcome.fetch_max(seen, Ordering::Relaxed);
    }
}
