//! Views for the page and for lists: no secret, no key material.

use prereg_types::{EnrollmentId, RpId, Serial, SetId, Timestamp, UserId};

/// One enrollment, with its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnrollmentRow {
    /// Whose.
    pub(crate) user: UserId,
    /// The user's login; empty where the user is gone.
    pub(crate) login: String,
    /// The enrollment.
    pub(crate) id: EnrollmentId,
    /// The enroll call.
    pub(crate) set: SetId,
    /// For which host.
    pub(crate) rp_id: RpId,
    /// Where it stands.
    pub(crate) stage: EnrollmentStage,
    /// When the enroll call was made.
    pub(crate) created: Timestamp,
    /// When it last changed.
    pub(crate) updated: Timestamp,
    /// When its challenge runs out.
    pub(crate) expires: Timestamp,
    /// Whether the PIN can be sent.
    pub(crate) pin_available: bool,
    /// The key, once it is active.
    pub(crate) serial: Option<Serial>,
}

/// Where an enrollment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EnrollmentStage {
    /// Waits for its response.
    Requested,
    /// The shipment went wrong; still waits.
    Errored,
    /// In use.
    Active,
}

/// A place in the list of all enrollments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnrollmentCursor {
    /// When the enroll call was made.
    pub(crate) created: Timestamp,
    /// The enrollment.
    pub(crate) id: EnrollmentId,
}

/// How many there are of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Users.
    pub(crate) users: u64,
    /// Enrollments that wait.
    pub(crate) requested: u64,
    /// Enrollments whose shipment went wrong.
    pub(crate) errored: u64,
    /// Enrollments in use.
    pub(crate) active: u64,
    /// Mail that waits.
    pub(crate) mail_queued: u64,
    /// Events that wait to be fanned out to hooks.
    pub(crate) events_queued: u64,
    /// Deliveries to hooks that wait.
    pub(crate) deliveries_queued: u64,
    /// Shipments of the provider.
    pub(crate) shipments: u64,
    /// Simulated keys of the provider.
    pub(crate) keys: u64,
}

impl EnrollmentRow {
    /// Its place in the list.
    pub(crate) fn cursor(&self) -> EnrollmentCursor {
        EnrollmentCursor {
            created: self.created,
            id: self.id.clone(),
        }
    }
}

impl EnrollmentStage {
    /// Every stage.
    pub(crate) const ALL: [Self; 3] = [Self::Requested, Self::Errored, Self::Active];

    /// The name of the stage, in lower case.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Errored => "errored",
            Self::Active => "active",
        }
    }

    /// The stage of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == name)
    }
}
