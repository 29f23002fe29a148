//! `authenticatorReset` (CTAP 2.1 §6.6).

use crate::{SecurityKey, pin::PinState};

impl SecurityKey {
    /// Wipes PIN and credentials and returns the PIN policy to the factory's.
    /// Attestation, serial number and signature counter stay.
    ///
    /// A real key wants this within seconds of being plugged in; the simulated
    /// one takes it at any time.
    pub fn reset(&mut self) {
        self.pin = PinState::new(&self.model);
        self.credentials.clear();
    }
}
