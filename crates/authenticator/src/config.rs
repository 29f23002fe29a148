//! `authenticatorConfig` (CTAP 2.1 §6.11).

use crate::{Pin, SecurityKey, Status};

impl SecurityKey {
    /// Raises the shortest length of a PIN, in Unicode code points (subcommand
    /// `setMinPINLength`, §6.11.4). A PIN that is now too short must be changed
    /// before it serves again.
    ///
    /// # Errors
    /// [`Status::PuatRequired`] if a PIN is set but not given, those of
    /// [`Self::verify_pin`], and [`Status::PinPolicyViolation`] if the length
    /// would fall, or no PIN could reach it.
    pub fn set_min_pin_length(&mut self, pin: Option<&Pin>, length: u8) -> Result<(), Status> {
        if self.pin.is_set() && pin.is_none() {
            return Err(Status::PuatRequired);
        }
        self.verify_user(pin)?;
        self.pin.raise_min_length(length)
    }
}
