//! Enrollments, their states and the only legal transitions.
//!
//! ```text
//! Requested ──mark_error──▶ Errored ──activate──▶ Active
//!     └──────────────activate──────────────────────▲
//! ```
//!
//! An enrollment that waits past its challenge shows as EXPIRED; it is not a
//! state of its own, so nothing has to run for it to happen. What belongs to a
//! state lives in its variant: a challenge and a response key only while
//! waiting, a credential only when active. Deleting is possible in any state.

use jose_core::jwk::PrivateJwk;
use prereg_types::api::{FactorStatus, FulfillmentProvider};
use prereg_types::payload::{Pin, PinSpec};
use prereg_types::webauthn::{Aaguid, CoseKey};
use prereg_types::{EnrollmentId, FirmwareVersion, Jti, RpId, Serial, SetId, Timestamp, UserId};

use crate::policy::PendingStatus;
use crate::refusal::Refusal;

/// What one enroll call made: the unit that is loaded, decided on and stored.
/// One key, one PIN, one enrollment per RP ID.
#[derive(Clone, Debug)]
pub struct EnrollmentSet {
    /// The call.
    pub id: SetId,
    /// How often the set was stored since; a change is stored only while the
    /// store still holds the revision it was decided on.
    pub revision: u64,
    /// Whose key it is.
    pub user_id: UserId,
    /// Who programs it.
    pub provider: FulfillmentProvider,
    /// `iss` of the requests, and so `aud` of the responses.
    pub audience: String,
    /// When the call was made.
    pub created: Timestamp,
    /// When the challenges run out.
    pub expires: Timestamp,
    /// The PIN of the key.
    pub pin: PinStage,
    /// At least one.
    pub enrollments: Vec<Enrollment>,
}

/// Where the PIN of a set stands.
#[derive(Clone, Debug)]
pub enum PinStage {
    /// Asked for.
    Requested {
        /// The request.
        request: Jti,
        /// What was asked for.
        spec: PinSpec,
        /// Where the response is encrypted to.
        response_key: Box<PrivateJwk>,
    },
    /// Kept, until the first authentication.
    Available {
        /// The PIN.
        pin: Pin,
        /// Of which key.
        serial: Serial,
    },
    /// Gone.
    Wiped,
}

/// One credential of a key, from its request on.
#[derive(Clone, Debug)]
pub struct Enrollment {
    /// The enrollment.
    pub id: EnrollmentId,
    /// For which host.
    pub rp_id: RpId,
    /// When it last changed.
    pub updated: Timestamp,
    /// Where it stands.
    pub stage: Stage,
}

/// Where an enrollment stands.
#[derive(Clone, Debug)]
pub enum Stage {
    /// Waits for its response.
    Requested(Request),
    /// The shipment went wrong; still waits, since shipments are mended.
    Errored(Request),
    /// In use.
    Active(Box<Credential>),
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The request.
    pub jti: Jti,
    /// The challenge of its creation options.
    pub challenge: [u8; 32],
    /// Where the response is encrypted to; its `kid` is the `keyId`.
    pub response_key: PrivateJwk,
}

/// A credential record (WebAuthn §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The credential id, unique over all users.
    pub id: Vec<u8>,
    /// The public key.
    pub public_key: CoseKey,
    /// The signature counter seen last.
    pub sign_count: u32,
    /// Whether it may be backed up (BE).
    pub backup_eligible: bool,
    /// The model of the key.
    pub aaguid: Aaguid,
    /// How the key can be reached.
    pub transports: Vec<String>,
    /// The serial number of the key.
    pub serial: Serial,
    /// Its firmware.
    pub version: FirmwareVersion,
    /// The authentication under way.
    pub authentication: Option<Authentication>,
}

/// An authentication under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// The challenge handed out.
    pub challenge: [u8; 32],
    /// When it runs out.
    pub expires: Timestamp,
}

/// What activation brings for one enrollment.
#[derive(Clone, Debug)]
pub(crate) struct NewCredential {
    pub(crate) enrollment_id: EnrollmentId,
    pub(crate) credential: Credential,
}

impl Stage {
    /// What was asked for, while the enrollment waits.
    pub const fn request(&self) -> Option<&Request> {
        match self {
            Self::Requested(request) | Self::Errored(request) => Some(request),
            Self::Active(_) => None,
        }
    }

    /// The credential, once it is active.
    pub const fn credential(&self) -> Option<&Credential> {
        match self {
            Self::Active(credential) => Some(credential),
            Self::Requested(_) | Self::Errored(_) => None,
        }
    }
}

impl EnrollmentSet {
    /// The enrollment of that id.
    pub fn find(&self, id: &EnrollmentId) -> Option<&Enrollment> {
        self.enrollments
            .iter()
            .find(|enrollment| enrollment.id == *id)
    }

    /// The status to show.
    pub fn status(
        &self,
        enrollment: &Enrollment,
        now: Timestamp,
        pending: PendingStatus,
    ) -> FactorStatus {
        match enrollment.stage {
            Stage::Active(_) => FactorStatus::Active,
            _ if now > self.expires => FactorStatus::Expired,
            Stage::Errored(_) => FactorStatus::FulfillmentErrored,
            Stage::Requested(_) => pending.into(),
        }
    }

    /// Whether the PIN can be sent.
    pub const fn has_pin(&self) -> bool {
        matches!(self.pin, PinStage::Available { .. })
    }

    /// Requested → Errored. Errored stays so: the call may come again.
    /// Returns whether anything changed.
    ///
    /// # Errors
    /// [`Refusal::AlreadyActive`].
    pub(crate) fn mark_error(
        &mut self,
        id: &EnrollmentId,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let Some(enrollment) = self.find_mut(id) else {
            return Ok(false);
        };
        match &enrollment.stage {
            Stage::Active(_) => Err(Refusal::AlreadyActive),
            Stage::Errored(_) => Ok(false),
            Stage::Requested(request) => {
                enrollment.stage = Stage::Errored(request.clone());
                enrollment.updated = now;
                Ok(true)
            }
        }
    }

    /// Requested or Errored → Active, for every enrollment or for none; the
    /// challenges and response keys are gone with it.
    ///
    /// # Errors
    /// [`Refusal::AlreadyActivated`] where one does not wait,
    /// [`Refusal::IncompleteSet`] where a credential is missing.
    pub(crate) fn activate(
        &mut self,
        pin: Pin,
        serial: Serial,
        credentials: &[NewCredential],
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.all_wait()?;
        let mut active = self.enrollments.clone();
        for enrollment in &mut active {
            let new = credentials
                .iter()
                .find(|new| new.enrollment_id == enrollment.id);
            let credential = new.ok_or(Refusal::IncompleteSet)?.credential.clone();
            enrollment.stage = Stage::Active(Box::new(credential));
            enrollment.updated = now;
        }
        self.enrollments = active;
        self.pin = PinStage::Available { pin, serial };
        Ok(())
    }

    /// Whether every enrollment waits for its response.
    ///
    /// # Errors
    /// [`Refusal::AlreadyActivated`].
    pub(crate) fn all_wait(&self) -> Result<(), Refusal> {
        if self
            .enrollments
            .iter()
            .all(|enrollment| enrollment.stage.request().is_some())
        {
            Ok(())
        } else {
            Err(Refusal::AlreadyActivated)
        }
    }

    /// The first authentication with any credential of the key wipes its PIN.
    pub(crate) fn wipe_pin(&mut self) {
        self.pin = PinStage::Wiped;
    }

    /// Takes an enrollment out, in any state.
    pub(crate) fn remove(&mut self, id: &EnrollmentId) -> Option<Enrollment> {
        let index = self
            .enrollments
            .iter()
            .position(|enrollment| enrollment.id == *id)?;
        Some(self.enrollments.remove(index))
    }

    pub(crate) fn credential_mut(&mut self, id: &EnrollmentId) -> Result<&mut Credential, Refusal> {
        match self.find_mut(id).map(|enrollment| &mut enrollment.stage) {
            Some(Stage::Active(credential)) => Ok(credential),
            _ => Err(Refusal::NotActive),
        }
    }

    pub(crate) fn touch(&mut self, id: &EnrollmentId, now: Timestamp) {
        if let Some(enrollment) = self.find_mut(id) {
            enrollment.updated = now;
        }
    }

    fn find_mut(&mut self, id: &EnrollmentId) -> Option<&mut Enrollment> {
        self.enrollments
            .iter_mut()
            .find(|enrollment| enrollment.id == *id)
    }
}
