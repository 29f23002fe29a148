//! Addresses that mail may be sent to.

use core::fmt;

use serde::Serialize;

use crate::read::Invalid;

/// An address as `local@domain` (RFC 5321 §4.1.2), without comments and quoted
/// parts: no character of it can end a header line, add another recipient or
/// begin a display name.
///
/// ```
/// use prereg_types::api::EmailAddress;
/// assert!(EmailAddress::parse("ada.lovelace+keys@acme.example").is_ok());
/// assert!(EmailAddress::parse("ada@acme.example\r\nBcc: eve@evil.example").is_err());
/// assert!(EmailAddress::parse("ada@acme.example,eve").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The most bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
    pub const MAX_BYTES: usize = 254;

    /// Checks a text.
    ///
    /// # Errors
    /// The rule that the text breaks; the text itself is not repeated.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > Self::MAX_BYTES {
            return Err(Invalid::value("must have at most 254 bytes"));
        }
        if text.chars().any(is_special) {
            return Err(Invalid::value(
                "must hold no spaces, controls or delimiters",
            ));
        }
        match text.split_once('@') {
            Some((local, domain))
                if !local.is_empty() && !domain.is_empty() && !domain.contains('@') =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Invalid::value("must be a local part, one @ and a domain")),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The delimiters of RFC 5322 §3.2.3 but for `.` and `@`, and what is not seen.
fn is_special(character: char) -> bool {
    character.is_control() || character.is_whitespace() || "()<>[]:;,\\\"".contains(character)
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
