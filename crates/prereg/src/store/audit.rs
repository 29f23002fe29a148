//! The audit log: a chain in which each record's code covers the one before it.
//! Codes are made with a key that is sealed in the database, so that whoever can
//! write the file alone can change, take out or cut off nothing unnoticed.

mod chain;
mod deed;

use prereg_types::Timestamp;

pub(super) use chain::{AuditKey, Walk};
pub(crate) use deed::{Attempt, audited};
pub(super) use deed::{Deed, Made};

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditEntry {
    /// When.
    pub(crate) at: Timestamp,
    /// Who: the id of a token, a client, or `cli`.
    pub(crate) actor: String,
    /// What, such as `enroll` or `token.create`.
    pub(crate) action: String,
    /// To what: an id, or empty.
    pub(crate) target: String,
    /// How it ended: `ok` or a stable code.
    pub(crate) outcome: String,
    /// The request, or empty.
    pub(crate) request_id: String,
}

/// A link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditRecord {
    /// Its number, from 1 without a gap.
    pub(crate) seq: u64,
    /// What was done.
    pub(crate) entry: AuditEntry,
    /// HMAC-SHA-256 over the code before it, the number and the entry.
    pub(crate) code: [u8; 32],
}

/// The last link: written down elsewhere, it proves later that nothing up to it
/// was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AuditHead {
    /// Its number; 0 before the first entry.
    pub(crate) seq: u64,
    /// Its code.
    pub(crate) code: [u8; 32],
}

/// What a walk over the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AuditVerdict {
    /// Every link holds; this is the last one.
    Intact(AuditHead),
    /// The first link that does not hold, and why.
    Broken {
        /// Its number.
        seq: u64,
        /// What is wrong with it.
        why: &'static str,
    },
}
