//! The AAGUID (WebAuthn §6.4.5 and CTAP 2.1 §6.4): which model an authenticator is.

use core::{fmt, str::FromStr};

use super::Error;

/// A 128-bit identifier of an authenticator model.
///
/// Shown and parsed in the hyphenated form, lower case.
///
/// ```
/// use prereg_types::webauthn::Aaguid;
///
/// let aaguid: Aaguid = "2fc0579f-8113-47ea-b116-bb5a8db9202a".parse()?;
/// assert_eq!(aaguid.as_bytes()[..4], [0x2f, 0xc0, 0x57, 0x9f]);
/// assert_eq!(aaguid.to_string(), "2fc0579f-8113-47ea-b116-bb5a8db9202a");
/// # Ok::<(), prereg_types::webauthn::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aaguid([u8; 16]);

impl Aaguid {
    /// All zero: what an authenticator reports that does not say its model.
    pub const ZERO: Self = Self([0; 16]);

    /// The AAGUID with this number, written `0x2fc0579f_8113_47ea_b116_bb5a8db9202a`.
    pub const fn from_u128(number: u128) -> Self {
        Self(number.to_be_bytes())
    }

    /// The AAGUID with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes as they stand in authenticator data.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Reads 8-4-4-4-12 hexadecimal digits, either case.
///
/// # Errors
/// [`Error::Aaguid`] for anything else.
impl FromStr for Aaguid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut groups = text.split('-');
        let mut digits = String::with_capacity(32);
        for len in [8, 4, 4, 4, 12] {
            match groups.next() {
                Some(group) if group.len() == len => digits.push_str(group),
                _ => return Err(Error::Aaguid),
            }
        }
        // `from_str_radix` would also take a sign.
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if groups.next().is_some() || !is_hex {
            return Err(Error::Aaguid);
        }
        u128::from_str_radix(&digits, 16)
            .map(Self::from_u128)
            .map_err(|_| Error::Aaguid)
    }
}

impl fmt::Display for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aaguid({self})")
    }
}
