//! The system log, which `GET /api/v1/logs` reads.

use prereg_types::Timestamp;

/// Which entries to read, and in which order. Start from `LogQuery::default()`,
/// which asks for nothing because of its `limit`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogQuery {
    /// Published at this moment or later.
    pub(crate) since: Option<Timestamp>,
    /// Published before this moment.
    pub(crate) until: Option<Timestamp>,
    /// Those that come after the entry of this number in the order asked for:
    /// higher ones, or lower ones where `descending`.
    pub(crate) after_seq: Option<u64>,
    /// At most so many.
    pub(crate) limit: usize,
    /// The latest first.
    pub(crate) descending: bool,
    /// Of this type only, such as `user.mfa.factor.activate`.
    pub(crate) event_type: Option<String>,
    /// Of this actor only, by id.
    pub(crate) actor: Option<String>,
    /// About this target only, by id.
    pub(crate) target: Option<String>,
    /// The one entry of this identity.
    pub(crate) uuid: Option<String>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredEvent {
    /// Its number; the log is ordered by it.
    pub(crate) seq: u64,
    /// The `LogEvent`, as JSON text.
    pub(crate) json: String,
}
