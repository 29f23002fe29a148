//! What is kept: users, enrollment sets, and the outbox of mail and events.
//!
//! Every operation loads what its decision needs, decides without touching the
//! store, and commits once. A commit is all or nothing, so the state, the PIN
//! and what has to be told about them can never disagree.

mod memory;

use core::fmt;

use prereg_types::api::{LogEvent, User};
use prereg_types::{EnrollmentId, SetId, UserId};

pub use memory::{MemoryStore, Snapshot};

use crate::enrollment::EnrollmentSet;
use crate::mail::Mail;

/// A store. Loads may be stale: what was decided on them is checked again by
/// the revision in [`Store::commit`].
pub trait Store: Send + Sync {
    /// The user of that id.
    fn user(&self, id: &UserId) -> impl Future<Output = Result<Option<User>, StoreError>> + Send;

    /// The user of that login.
    fn user_by_login(
        &self,
        login: &str,
    ) -> impl Future<Output = Result<Option<User>, StoreError>> + Send;

    /// The set that an enrollment belongs to.
    fn set_of(
        &self,
        enrollment: &EnrollmentId,
    ) -> impl Future<Output = Result<Option<EnrollmentSet>, StoreError>> + Send;

    /// The sets of a user, oldest first.
    fn sets_of_user(
        &self,
        user: &UserId,
    ) -> impl Future<Output = Result<Vec<EnrollmentSet>, StoreError>> + Send;

    /// Makes a change, all of it or nothing.
    fn commit(&self, change: Change) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// The first mail of the outbox after that row, or the oldest one.
    fn next_mail(
        &self,
        after: Option<OutboxId>,
    ) -> impl Future<Output = Result<Option<QueuedMail>, StoreError>> + Send;

    /// Takes a mail out of the outbox; one that is gone is no error.
    fn remove_mail(&self, id: OutboxId) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Up to `limit` events of the outbox, oldest first.
    fn queued_events(
        &self,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<QueuedEvent>, StoreError>> + Send;

    /// Takes an event out of the outbox; one that is gone is no error.
    fn remove_event(&self, id: OutboxId) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What one operation changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// The set it is about.
    pub set: SetChange,
    /// Events to put into the outbox.
    pub events: Vec<LogEvent>,
    /// Mail to put into the outbox.
    pub mail: Vec<Mail>,
    /// The set whose PIN mail is to be taken out of the outbox unsent, since
    /// its PIN is gone.
    pub withdraw_pin_mail: Option<SetId>,
}

/// What happens to a set.
#[derive(Clone, Debug)]
pub enum SetChange {
    /// Nothing.
    Keep,
    /// It is new.
    Insert(Box<EnrollmentSet>),
    /// It takes the place of the stored one, if that still has this revision;
    /// the store then counts the revision up.
    Replace(Box<EnrollmentSet>),
    /// It goes, if the stored one still has this revision.
    Remove {
        /// The set.
        id: SetId,
        /// The revision that the decision saw.
        revision: u64,
    },
}

/// Names a row of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxId(pub u64);

/// Mail that waits.
#[derive(Clone, Debug)]
pub struct QueuedMail {
    /// Its row.
    pub id: OutboxId,
    /// The mail.
    pub mail: Mail,
}

/// An event that waits.
#[derive(Clone, Debug)]
pub struct QueuedEvent {
    /// Its row.
    pub id: OutboxId,
    /// The event.
    pub event: LogEvent,
}

/// The store did not do it; the text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(pub String);

/// Why a change was not made; nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitError {
    /// Somebody else changed the set first.
    Conflict,
    /// Another set holds one of its credential ids (WebAuthn §7.1: an id must
    /// not be registered for any other user).
    CredentialIdTaken,
    /// The store did not do it.
    Store(StoreError),
}

impl Change {
    /// Only events.
    pub(crate) const fn log(events: Vec<LogEvent>) -> Self {
        Self::of(SetChange::Keep, events)
    }

    /// A new set.
    pub(crate) fn insert(set: EnrollmentSet) -> Self {
        Self::of(SetChange::Insert(Box::new(set)), Vec::new())
    }

    /// A set that was changed.
    pub(crate) fn replace(set: EnrollmentSet) -> Self {
        Self::of(SetChange::Replace(Box::new(set)), Vec::new())
    }

    /// A set without its last enrollment.
    pub(crate) fn remove(set: &EnrollmentSet) -> Self {
        Self {
            withdraw_pin_mail: Some(set.id.clone()),
            ..Self::of(
                SetChange::Remove {
                    id: set.id.clone(),
                    revision: set.revision,
                },
                Vec::new(),
            )
        }
    }

    const fn of(set: SetChange, events: Vec<LogEvent>) -> Self {
        Self {
            set,
            events,
            mail: Vec::new(),
            withdraw_pin_mail: None,
        }
    }
}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store: {}", self.0)
    }
}

impl core::error::Error for StoreError {}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("the set was changed by somebody else"),
            Self::CredentialIdTaken => f.write_str("the credential id is registered already"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for CommitError {}
