//! The PIN: the secret, what the key keeps of it, and how often it may be wrong
//! (CTAP 2.1 §6.5).

use core::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::state::{StateError, StateReader, StateWriter};
use crate::{Model, Status};

/// The longest PIN in bytes of UTF-8 (CTAP 2.1 §6.5.1).
pub const MAX_PIN_BYTES: usize = 63;

/// Wrong PINs before the key blocks for good (CTAP 2.1 §6.5.2.2).
pub const MAX_RETRIES: u8 = 8;

/// Wrong PINs in a row before the key must be plugged in again (CTAP 2.1 §6.5.2.2).
pub const MAX_CONSECUTIVE_MISMATCHES: u8 = 3;

/// PINs that keys with PIN complexity refuse, besides all-equal characters.
const TRIVIAL_PINS: &[&str] = &[
    "123456", "123123", "654321", "123321", "112233", "121212", "520520", "123654", "159753",
];

/// A PIN in Unicode normalization form C: wiped on drop, never printed.
///
/// CTAP leaves the normalization to the platform (§6.5.1); this type does the
/// platform's part, so two spellings of the same characters are one PIN. It is
/// also what stands in for the encrypted transport of `pinUvAuthProtocol`, which
/// is deliberately not simulated: the key is called in the same process, where
/// there is no wire to protect.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Pin(String);

impl Pin {
    /// Takes a PIN as typed. Whether it is long enough, or too long, is for the
    /// key to say when it is set.
    pub fn new(text: &str) -> Self {
        // NFC grows UTF-8 at most threefold; reserving that much leaves no copy
        // behind in a buffer that was outgrown.
        let mut pin = String::with_capacity(text.len().saturating_mul(3));
        pin.extend(text.nfc());
        Self(pin)
    }

    fn code_points(&self) -> usize {
        self.0.chars().count()
    }

    fn is_trivial(&self) -> bool {
        let mut characters = self.0.chars();
        let first = characters.next();
        characters.all(|character| Some(character) == first)
            || TRIVIAL_PINS.contains(&self.0.as_str())
    }

    /// LEFT(SHA-256(PIN), 16): all that crosses the wire or is kept (§6.5.5.5).
    fn hash(&self) -> PinHash {
        let mut digest: [u8; 32] = Sha256::digest(self.0.as_bytes()).into();
        let mut hash = Zeroizing::new([0; 16]);
        for (to, from) in hash.iter_mut().zip(&digest) {
            *to = *from;
        }
        digest.zeroize();
        hash
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(redacted)")
    }
}

type PinHash = Zeroizing<[u8; 16]>;

/// Everything a key knows about its PIN.
pub(crate) struct PinState {
    stored: Option<StoredPin>,
    /// The shortest PIN in code points; can only grow until a reset.
    min_length: u8,
    refuses_trivial: bool,
    /// The PIN must be changed before it verifies anything again.
    force_change: bool,
    retries: u8,
    /// Cleared by a power cycle, unlike `retries`.
    consecutive_mismatches: u8,
    /// The try of the next comparison is used up already. Gone with the power,
    /// so no part of an exported state.
    begun: bool,
}

struct StoredPin {
    hash: PinHash,
    code_points: usize,
}

impl PinState {
    /// The state of a new or reset key.
    pub(crate) const fn new(model: &Model) -> Self {
        Self {
            stored: None,
            min_length: model.min_pin_length,
            refuses_trivial: model.refuses_trivial_pins,
            force_change: false,
            retries: MAX_RETRIES,
            consecutive_mismatches: 0,
            begun: false,
        }
    }

    pub(crate) const fn is_set(&self) -> bool {
        self.stored.is_some()
    }

    pub(crate) const fn min_length(&self) -> u8 {
        self.min_length
    }

    pub(crate) const fn must_change(&self) -> bool {
        self.force_change
    }

    pub(crate) const fn retries(&self) -> u8 {
        self.retries
    }

    pub(crate) const fn needs_power_cycle(&self) -> bool {
        self.consecutive_mismatches >= MAX_CONSECUTIVE_MISMATCHES
    }

    pub(crate) const fn power_cycle(&mut self) {
        self.consecutive_mismatches = 0;
        self.begun = false;
    }

    /// Raises the minimum length (CTAP 2.1 §6.11.4); a shorter PIN must then be
    /// changed.
    pub(crate) fn raise_min_length(&mut self, length: u8) -> Result<(), Status> {
        if length < self.min_length || usize::from(length) > MAX_PIN_BYTES {
            return Err(Status::PinPolicyViolation);
        }
        self.min_length = length;
        self.force_change |= self
            .stored
            .as_ref()
            .is_some_and(|pin| pin.code_points < usize::from(length));
        Ok(())
    }

    /// Sets or replaces the PIN; the caller has checked that this is allowed.
    pub(crate) fn store(&mut self, pin: &Pin) -> Result<(), Status> {
        self.check_policy(pin)?;
        let hash = pin.hash();
        let unchanged = |old: &StoredPin| bool::from(old.hash.ct_eq(&*hash));
        if self.force_change && self.stored.as_ref().is_some_and(unchanged) {
            return Err(Status::PinPolicyViolation);
        }
        self.stored = Some(StoredPin {
            hash,
            code_points: pin.code_points(),
        });
        self.force_change = false;
        self.retries = MAX_RETRIES;
        self.consecutive_mismatches = 0;
        Ok(())
    }

    /// Verifies a PIN that is to authorize a command (CTAP 2.1 §6.5.5.7.2).
    pub(crate) fn verify(&mut self, pin: &Pin) -> Result<(), Status> {
        self.check(pin)?;
        if self.force_change {
            return Err(Status::PinPolicyViolation);
        }
        Ok(())
    }

    /// Uses up one try for the comparison that comes next.
    pub(crate) const fn begin(&mut self) -> Result<(), Status> {
        if self.stored.is_none() {
            return Err(Status::PinNotSet);
        }
        if self.begun {
            return Ok(());
        }
        if self.retries == 0 {
            return Err(Status::PinBlocked);
        }
        if self.needs_power_cycle() {
            return Err(Status::PinAuthBlocked);
        }
        self.retries -= 1;
        self.consecutive_mismatches += 1;
        self.begun = true;
        Ok(())
    }

    /// Compares a PIN and counts (CTAP 2.1 §6.5.5.6 and §6.5.5.7.2): one retry
    /// is used up before the comparison, so that cutting the power gains nothing.
    pub(crate) fn check(&mut self, pin: &Pin) -> Result<(), Status> {
        self.begin()?;
        self.begun = false;
        let right = |stored: &StoredPin| bool::from(stored.hash.ct_eq(&*pin.hash()));
        if self.stored.as_ref().is_some_and(right) {
            self.retries = MAX_RETRIES;
            self.consecutive_mismatches = 0;
            return Ok(());
        }
        Err(if self.retries == 0 {
            Status::PinBlocked
        } else if self.needs_power_cycle() {
            Status::PinAuthBlocked
        } else {
            Status::PinInvalid
        })
    }

    /// Writes it into a state: all that a key keeps without power, and the
    /// mismatches in a row too (see [`SecurityKey::export`]).
    ///
    /// [`SecurityKey::export`]: crate::SecurityKey::export
    pub(crate) fn write(&self, writer: &mut StateWriter) {
        writer.bool(self.stored.is_some());
        if let Some(stored) = &self.stored {
            writer.raw(&*stored.hash);
            writer.count(stored.code_points);
        }
        writer.u8(self.min_length);
        writer.bool(self.force_change);
        writer.u8(self.retries);
        writer.u8(self.consecutive_mismatches);
    }

    pub(crate) fn read(reader: &mut StateReader<'_>, model: &Model) -> Result<Self, StateError> {
        let stored = if reader.bool()? {
            Some(StoredPin {
                hash: reader.secret()?,
                code_points: usize::try_from(reader.u32()?)
                    .map_err(|_| StateError::Part("PIN length"))?,
            })
        } else {
            None
        };
        let state = Self {
            stored,
            min_length: reader.u8()?,
            force_change: reader.bool()?,
            retries: reader.u8()?,
            consecutive_mismatches: reader.u8()?,
            ..Self::new(model)
        };
        if state.is_possible(model) {
            Ok(state)
        } else {
            Err(StateError::Part("PIN state"))
        }
    }

    /// Whether a key of that model can come into this state.
    fn is_possible(&self, model: &Model) -> bool {
        let lengths = usize::from(model.min_pin_length)..=MAX_PIN_BYTES;
        let min_length = usize::from(self.min_length);
        let must_change = |pin: &StoredPin| pin.code_points < min_length;
        let pin_fits = self.stored.as_ref().is_none_or(|pin| {
            lengths.contains(&pin.code_points) && self.force_change == must_change(pin)
        });
        let mismatches = self.consecutive_mismatches;
        let counted = mismatches <= MAX_CONSECUTIVE_MISMATCHES
            && self.retries.saturating_add(mismatches) <= MAX_RETRIES;
        let untried = self.retries == MAX_RETRIES && !self.force_change;
        lengths.contains(&min_length) && pin_fits && counted && (self.stored.is_some() || untried)
    }

    fn check_policy(&self, pin: &Pin) -> Result<(), Status> {
        // The wire form is padded with zero bytes, so a PIN cannot contain any.
        let fits = pin.0.len() <= MAX_PIN_BYTES && !pin.0.contains('\0');
        let long_enough = pin.code_points() >= usize::from(self.min_length);
        let trivial = self.refuses_trivial && pin.is_trivial();
        if fits && long_enough && !trivial {
            Ok(())
        } else {
            Err(Status::PinPolicyViolation)
        }
    }
}
