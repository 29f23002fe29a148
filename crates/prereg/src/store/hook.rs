//! Deliveries to event hooks, kept until they are taken or given up.

use prereg_types::Timestamp;

/// Names a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DeliveryId(pub(crate) u64);

/// One event on its way to one hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// Its row; lower ones of the same hook go first.
    pub(crate) id: DeliveryId,
    /// The hook, by the name that `fan_out` was given.
    pub(crate) hook: String,
    /// The identity of the event.
    pub(crate) uuid: String,
    /// The `LogEvent`, as JSON text.
    pub(crate) event: String,
    /// When it was queued.
    pub(crate) queued: Timestamp,
    /// How often it was tried.
    pub(crate) attempts: u32,
    /// Not to be tried before.
    pub(crate) next_attempt: Timestamp,
    /// What went wrong last.
    pub(crate) last_error: Option<String>,
}
