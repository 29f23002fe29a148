//! The simulated key: its state, and what every command needs of it.

use core::fmt;
use std::sync::Arc;

use prereg_types::{
    Serial,
    webauthn::{AuthenticatorData, Flags},
};
use sha2::{Digest, Sha256};

use crate::{
    Model, Pin, Quirk, Quirks, Status, attestation::AttestationBatch, credential::Credential,
    pin::PinState,
};

/// One simulated security key.
///
/// The CTAP commands are methods, one command a file: `make_credential`,
/// `get_assertion`, `get_info`, `set_pin` and its kin in `client_pin`,
/// `set_min_pin_length` in `config`, `reset`. All state lies in this value.
///
/// Left out on purpose: the CBOR and USB framing of commands, the encrypted PIN
/// transport (see [`Pin`]), and the touch, which always happens.
pub struct SecurityKey {
    pub(crate) model: Model,
    serial: Serial,
    pub(crate) attestation: Arc<AttestationBatch>,
    pub(crate) quirks: Quirks,
    pub(crate) pin: PinState,
    /// The newest last.
    pub(crate) credentials: Vec<Credential>,
    /// One counter for all credentials (WebAuthn §6.1.1 allows that); a reset
    /// does not set it back.
    sign_count: u32,
}

impl SecurityKey {
    /// A key as it leaves the factory: no PIN, no credentials.
    ///
    /// `attestation` is the batch the key belongs to. Certificate
    /// [`quirks`](Quirk) take effect through the batch only.
    pub const fn new(
        model: Model,
        serial: Serial,
        attestation: Arc<AttestationBatch>,
        quirks: Quirks,
    ) -> Self {
        Self {
            pin: PinState::new(&model),
            model,
            serial,
            attestation,
            quirks,
            credentials: Vec::new(),
            sign_count: 0,
        }
    }

    /// The model and firmware of the key.
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// The serial number printed on the key.
    pub const fn serial(&self) -> &Serial {
        &self.serial
    }

    /// Unplugs the key and plugs it in again: lifts
    /// [`Status::PinAuthBlocked`], but gives back no tries.
    pub const fn power_cycle(&mut self) {
        self.pin.power_cycle();
    }

    /// Whether the user is verified: by PIN, if one is given.
    pub(crate) fn verify_user(&mut self, pin: Option<&Pin>) -> Result<bool, Status> {
        match pin {
            Some(pin) => self.pin.verify(pin).map(|()| true),
            None => Ok(false),
        }
    }

    /// Authenticator data without a credential (WebAuthn §6.1), with the counter
    /// moved on.
    pub(crate) fn authenticator_data(
        &mut self,
        rp_id: &str,
        user_verified: bool,
    ) -> AuthenticatorData<'static> {
        if !self.quirks.has(Quirk::CounterStandsStill) {
            self.sign_count = self.sign_count.saturating_add(1);
        }
        AuthenticatorData {
            rp_id_hash: self.rp_id_hash(rp_id),
            flags: self.flags(user_verified),
            sign_count: self.sign_count,
            attested_credential_data: None,
            extensions: None,
        }
    }

    fn rp_id_hash(&self, rp_id: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        if self.quirks.has(Quirk::WrongRpIdHash) {
            hash.update(b"other.");
        }
        hash.update(rp_id.as_bytes());
        hash.finalize().into()
    }

    fn flags(&self, user_verified: bool) -> Flags {
        let mut flags = Flags::default();
        if !self.quirks.has(Quirk::UserPresenceCleared) {
            flags = flags | Flags::UP;
        }
        if user_verified && !self.quirks.has(Quirk::UserVerificationCleared) {
            flags = flags | Flags::UV;
        }
        if self.quirks.has(Quirk::BackupStateWithoutEligibility) {
            flags = flags | Flags::BS;
        }
        flags
    }
}

/// Shows what the key is, never what it keeps.
impl fmt::Debug for SecurityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityKey")
            .field("model", &self.model.name)
            .field("firmware", &self.model.firmware)
            .field("serial", &self.serial)
            .field("credentials", &self.credentials.len())
            .finish_non_exhaustive()
    }
}
