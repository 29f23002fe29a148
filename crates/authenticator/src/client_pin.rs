//! `authenticatorClientPIN` (CTAP 2.1 §6.5).

use crate::{Pin, SecurityKey, Status};

/// What `getPINRetries` answers (CTAP 2.1 §6.5.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinRetries {
    /// Tries left before the PIN is blocked for good.
    pub retries: u8,
    /// Whether the key takes no PIN until it is plugged in again.
    pub power_cycle_required: bool,
}

impl SecurityKey {
    /// How many tries are left (subcommand `getPINRetries`, §6.5.5.2).
    pub const fn pin_retries(&self) -> PinRetries {
        PinRetries {
            retries: self.pin.retries(),
            power_cycle_required: self.pin.needs_power_cycle(),
        }
    }

    /// Sets the first PIN (subcommand `setPIN`, §6.5.5.5).
    ///
    /// # Errors
    /// [`Status::PinAuthInvalid`] if there already is a PIN,
    /// [`Status::PinPolicyViolation`] if this one is too short, too long, or
    /// trivial on a key that refuses such.
    pub fn set_pin(&mut self, new: &Pin) -> Result<(), Status> {
        if self.pin.is_set() {
            return Err(Status::PinAuthInvalid);
        }
        self.pin.store(new)
    }

    /// Replaces the PIN (subcommand `changePIN`, §6.5.5.6).
    ///
    /// # Errors
    /// Those of [`Self::verify_pin`], and [`Status::PinPolicyViolation`] if the
    /// new PIN breaks the policy, or is the old one when it has to change.
    pub fn change_pin(&mut self, current: &Pin, new: &Pin) -> Result<(), Status> {
        self.pin.check(current)?;
        self.pin.store(new)
    }

    /// Uses up one try for the next PIN that is given, before it is compared: a
    /// key writes the counter down first, so that cutting the power gains
    /// nothing (§6.5.5.7.2).
    ///
    /// Every command that takes a PIN does this by itself. Whoever keeps a key
    /// between calls does it first, keeps the [`export`](Self::export), and
    /// gives the PIN to the same value then; in the state that was kept the try
    /// is gone, however that ends.
    ///
    /// # Errors
    /// [`Status::PinNotSet`], [`Status::PinAuthBlocked`], [`Status::PinBlocked`].
    pub const fn begin_pin_try(&mut self) -> Result<(), Status> {
        self.pin.begin()
    }

    /// Verifies a PIN, as `getPinUvAuthTokenUsingPinWithPermissions` does
    /// (§6.5.5.7.2), and counts a wrong one.
    ///
    /// # Errors
    /// [`Status::PinNotSet`], [`Status::PinInvalid`],
    /// [`Status::PinAuthBlocked`] from the third wrong one in a row on,
    /// [`Status::PinBlocked`] from the eighth in all on, and
    /// [`Status::PinPolicyViolation`] if the PIN is right but has to be changed.
    pub fn verify_pin(&mut self, pin: &Pin) -> Result<(), Status> {
        self.pin.verify(pin)
    }
}
