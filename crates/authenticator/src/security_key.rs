//! The simulated key: its state, and what every command needs of it.

use core::fmt;
use std::sync::Arc;

use prereg_types::{
    Serial,
    webauthn::{AuthenticatorData, Flags},
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::state::{StateError, StateReader, StateWriter};
use crate::{
    Model, Pin, Quirk, Quirks, Status,
    attestation::AttestationBatch,
    credential::{Credential, ResidentCredential},
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

    /// What is known about the resident credentials without their private keys,
    /// the oldest first (`authenticatorCredentialManagement`, CTAP 2.1 §6.8).
    pub fn credentials(&self) -> impl Iterator<Item = ResidentCredential<'_>> {
        self.credentials
            .iter()
            .map(|credential| ResidentCredential {
                id: &credential.id,
                rp_id: &credential.rp_id,
                user_id: &credential.user_id,
            })
    }

    /// The key with all its secrets, to be kept for [`Self::import`]: PIN state,
    /// credentials and their private keys, counter, quirks, and the attestation
    /// batch it comes from.
    ///
    /// Wrong PINs in a row are among it, though a key that loses its power
    /// forgets them: what is restarted is the program, and nobody has unplugged
    /// the key. [`Self::power_cycle`] does that.
    pub fn export(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = StateWriter::new(KIND, VERSION);
        self.model.write(&mut writer);
        writer.text(self.serial.as_str());
        self.quirks.write(&mut writer);
        self.pin.write(&mut writer);
        writer.u32(self.sign_count);
        writer.count(self.credentials.len());
        for credential in &self.credentials {
            credential.write(&mut writer);
        }
        self.attestation.write(&mut writer);
        writer.finish()
    }

    /// The key of an [`export`](Self::export). Its attestation batch is a copy
    /// of its own.
    ///
    /// # Errors
    /// Those of [`StateError`]. The profile must be one of
    /// [`model::ALL`](crate::model::ALL).
    pub fn import(state: &[u8]) -> Result<Self, StateError> {
        let mut reader = StateReader::open(state, KIND, VERSION)?;
        let model = Model::read(&mut reader)?;
        let serial =
            Serial::parse(reader.text()?).map_err(|_| StateError::Part("serial number"))?;
        let quirks = Quirks::read(&mut reader)?;
        let pin = PinState::read(&mut reader, &model)?;
        let sign_count = reader.u32()?;
        let credentials = read_credentials(&mut reader, &model, &quirks)?;
        let attestation = Arc::new(AttestationBatch::read(&mut reader)?);
        reader.end()?;
        Ok(Self {
            model,
            serial,
            attestation,
            quirks,
            pin,
            credentials,
            sign_count,
        })
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

/// What [`SecurityKey::export`] begins with.
const KIND: [u8; 4] = *b"PRKY";
const VERSION: u8 = 1;

/// No more than fit, and one for each RP and user.
fn read_credentials(
    reader: &mut StateReader<'_>,
    model: &Model,
    quirks: &Quirks,
) -> Result<Vec<Credential>, StateError> {
    let count = reader.count()?;
    if count > model.resident_capacity {
        return Err(StateError::Part("number of credentials"));
    }
    let mut credentials: Vec<Credential> = Vec::with_capacity(count);
    for _ in 0..count {
        let credential = Credential::read(reader, quirks)?;
        let same = |other: &Credential| {
            other.rp_id == credential.rp_id && other.user_id == credential.user_id
        };
        if credentials.iter().any(same) {
            return Err(StateError::Part("credential"));
        }
        credentials.push(credential);
    }
    Ok(credentials)
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
