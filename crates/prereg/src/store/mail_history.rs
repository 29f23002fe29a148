//! What became of mail, for the page. Never with a PIN.

use prereg_types::{Serial, SetId, Timestamp};

/// One mail that left the outbox, or an attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SentMail {
    /// When.
    pub(crate) at: Timestamp,
    /// To whom.
    pub(crate) recipients: Vec<String>,
    /// Its subject.
    pub(crate) subject: String,
    /// What it told.
    pub(crate) kind: MailKind,
    /// The enroll call of a PIN mail.
    pub(crate) set: Option<SetId>,
    /// The key of a PIN mail.
    pub(crate) serial: Option<Serial>,
    /// How it ended.
    pub(crate) outcome: MailOutcome,
}

/// What a mail told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailKind {
    /// The PIN of a key.
    Pin,
    /// An enrollment was deleted.
    EnrollmentDeleted,
}

/// How a mail ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MailOutcome {
    /// Handed over.
    Sent,
    /// Kept in the outbox, for this reason.
    Postponed(String),
    /// Never to be taken, for this reason.
    Dropped(String),
}

/// A row of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordedMail {
    /// Its number; later ones are higher.
    pub(crate) id: u64,
    /// What was recorded.
    pub(crate) mail: SentMail,
}

impl MailKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 2] = [Self::Pin, Self::EnrollmentDeleted];

    /// The name of the kind.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::EnrollmentDeleted => "enrollment_deleted",
        }
    }

    /// The kind of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}
