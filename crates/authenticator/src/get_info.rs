//! `authenticatorGetInfo` (CTAP 2.1 §6.4).

use prereg_types::{
    FirmwareVersion,
    webauthn::{Aaguid, CoseAlgorithm},
};

use crate::SecurityKey;

/// What the key says about itself, by the member names of CTAP 2.1 §6.4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// The CTAP versions.
    pub versions: &'static [&'static str],
    /// The model.
    pub aaguid: Aaguid,
    /// Option `rk`: credentials are stored on the key.
    pub resident_keys: bool,
    /// Option `clientPin`: whether a PIN is set.
    pub client_pin: bool,
    /// How a client reaches the key.
    pub transports: &'static [&'static str],
    /// The signature algorithms, the preferred one first.
    pub algorithms: &'static [CoseAlgorithm],
    /// The shortest PIN in Unicode code points.
    pub min_pin_length: u8,
    /// Whether the PIN must be changed before it serves again.
    pub force_pin_change: bool,
    /// The firmware.
    pub firmware_version: FirmwareVersion,
    /// How many more resident credentials fit.
    pub remaining_discoverable_credentials: usize,
}

impl SecurityKey {
    /// Describes the key as it is now.
    pub const fn get_info(&self) -> Info {
        Info {
            versions: self.model.versions,
            aaguid: self.model.aaguid,
            resident_keys: true,
            client_pin: self.pin.is_set(),
            transports: self.model.transports,
            algorithms: self.model.algorithms,
            min_pin_length: self.pin.min_length(),
            force_pin_change: self.pin.must_change(),
            firmware_version: self.model.firmware,
            remaining_discoverable_credentials: self
                .model
                .resident_capacity
                .saturating_sub(self.credentials.len()),
        }
    }
}
