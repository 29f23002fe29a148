//! The PIN of a key.

use core::fmt;

use unicode_normalization::is_nfc;
use zeroize::Zeroizing;

/// A PIN that CTAP allows: at least four code points, at most 63 bytes of
/// UTF-8, in Unicode Normalization Form C (CTAP 2.1 §6.5.1). Wiped when
/// dropped, never printed.
///
/// ```
/// use prereg_types::payload::{Pin, PinFault};
/// assert_eq!(Pin::new("493817").unwrap().code_points(), 6);
/// assert_eq!(Pin::new("äöü").unwrap_err(), PinFault::TooShort);
/// assert_eq!(Pin::new("e\u{301}abc").unwrap_err(), PinFault::NotNormalized);
/// assert!(!format!("{:?}", Pin::new("493817")).contains("493817"));
/// ```
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

/// Why a text cannot be a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PinFault {
    /// Fewer than four code points.
    TooShort,
    /// More than 63 bytes.
    TooLong,
    /// Not in Normalization Form C.
    NotNormalized,
    /// Ends in a zero byte, which CTAP's padding would swallow.
    EndsInNul,
}

impl Pin {
    /// The fewest code points.
    pub const MIN_CODE_POINTS: usize = 4;
    /// The most bytes.
    pub const MAX_BYTES: usize = 63;

    /// Checks and copies a text.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn new(text: &str) -> Result<Self, PinFault> {
        if text.len() > Self::MAX_BYTES {
            return Err(PinFault::TooLong);
        }
        if text.chars().count() < Self::MIN_CODE_POINTS {
            return Err(PinFault::TooShort);
        }
        if !is_nfc(text) {
            return Err(PinFault::NotNormalized);
        }
        if text.ends_with('\0') {
            return Err(PinFault::EndsInNul);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The length as CTAP counts it.
    pub fn code_points(&self) -> usize {
        self.0.chars().count()
    }
}

impl PinFault {
    /// The rule, as text.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::TooShort => "must have at least 4 code points",
            Self::TooLong => "must have at most 63 bytes",
            Self::NotNormalized => "must be in Unicode Normalization Form C",
            Self::EndsInNul => "must not end in a zero byte",
        }
    }
}

impl fmt::Display for PinFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a PIN {}", self.rule())
    }
}

impl core::error::Error for PinFault {}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(redacted)")
    }
}
