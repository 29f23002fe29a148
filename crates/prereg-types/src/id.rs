//! Identifiers, in the shapes of Okta's examples.
//!
//! From outside any sane text is taken, since it only serves for a lookup: one
//! to 64 letters, digits, `-` and `_`. What this project mints has the vendor's
//! exact shape.

use core::fmt;

use jose_core::{Error, base64url};
use rand_core::TryCryptoRng;
use serde::Serialize;

use crate::read::{self, Invalid};

use jose_core::json::Value;

const MIXED_CASE: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER_CASE: &[u8] = MIXED_CASE.split_at(36).0;

/// Defines a text identifier with its check.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks a text from outside.
            ///
            /// # Errors
            /// The rule that the text breaks; the text itself is not repeated.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let check: fn(&str) -> Result<(), Invalid> = $check;
                check(text).map(|()| Self(text.to_owned()))
            }

            /// Reads a JSON string.
            ///
            /// # Errors
            /// As [`Self::parse`], and where the value is not a string.
            pub fn from_value(value: &Value<'_>) -> Result<Self, Invalid> {
                Self::parse(read::string(value)?)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Adds minting in a fixed shape.
macro_rules! minted {
    ($name:ident, $prefix:literal, $alphabet:expr, $length:literal) => {
        impl $name {
            #[doc = concat!("Mints one: `", $prefix, "` and random characters, ", $length, " in all.")]
            ///
            /// # Errors
            /// [`Error::RandomnessFailed`].
            pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
                random_text($prefix, $alphabet, $length, rng).map(Self)
            }
        }
    };
}

text_id! {
    /// A user, `00u…`.
    UserId, plain
}
minted!(UserId, "00u", MIXED_CASE, 20);

text_id! {
    /// An authenticator enrollment, `fwf…`.
    EnrollmentId, plain
}
minted!(EnrollmentId, "fwf", MIXED_CASE, 20);

text_id! {
    /// A response key pair of the relying party; the `kid` of what comes back.
    KeyId, plain
}
minted!(KeyId, "", LOWER_CASE, 20);

text_id! {
    /// One occurrence of an error, `oae…`, for finding it in the log.
    ErrorId, plain
}
minted!(ErrorId, "oae", MIXED_CASE, 20);

text_id! {
    /// A shipment of the fulfillment provider.
    ShipmentId, plain
}
minted!(ShipmentId, "", LOWER_CASE, 20);

text_id! {
    /// The one use of a token (RFC 7519 §4.1.7): 128 random bits in base64url.
    Jti, plain
}

text_id! {
    /// One enroll call, whose requests belong together: 128 random bits in
    /// base64url.
    SetId, plain
}

text_id! {
    /// The serial number printed on a key: one to ten digits.
    Serial, serial
}

text_id! {
    /// A relying party's host name (WebAuthn §5.1.2 "RP ID"), in lower case.
    ///
    /// ```
    /// use prereg_types::RpId;
    /// assert_eq!(RpId::parse("acme.okta.example").unwrap().origin(), "https://acme.okta.example");
    /// for wrong in ["", "https://acme.example", "acme.example:443", "10.0.0.1", "a..b", "-a.example", "ACME.example"] {
    ///     assert!(RpId::parse(wrong).is_err(), "{wrong}");
    /// }
    /// ```
    RpId, host_name
}

impl Jti {
    /// Draws 128 bits.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        random_bits(rng).map(Self)
    }
}

impl SetId {
    /// Draws 128 bits.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        random_bits(rng).map(Self)
    }
}

impl RpId {
    /// The origin that a browser at this host has (RFC 6454 §6.1).
    pub fn origin(&self) -> String {
        format!("https://{}", self.0)
    }
}

/// A key's firmware, such as 5.4.3.
///
/// ```
/// use prereg_types::FirmwareVersion;
/// let version = FirmwareVersion::parse("5.4.3").unwrap();
/// assert_eq!(version, FirmwareVersion::new(5, 4, 3));
/// assert_eq!(version.to_string(), "5.4.3");
/// assert!(FirmwareVersion::parse("5.04.3").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FirmwareVersion {
    major: u8,
    minor: u8,
    patch: u8,
}

impl FirmwareVersion {
    /// The three numbers.
    pub const fn new(major: u8, minor: u8, patch: u8) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// Reads `major.minor.patch` in decimal without leading zeros.
    ///
    /// # Errors
    /// For any other text.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let parts: Option<Vec<u8>> = text.split('.').map(version_part).collect();
        match parts.as_deref() {
            Some(&[major, minor, patch]) => Ok(Self::new(major, minor, patch)),
            _ => Err(Invalid::value("must be a version such as 5.4.3")),
        }
    }

    /// Reads a JSON string.
    ///
    /// # Errors
    /// As [`Self::parse`], and where the value is not a string.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Invalid> {
        Self::parse(read::string(value)?)
    }

    /// Major, minor, patch, as Yubico's certificate extension holds them.
    pub const fn to_bytes(self) -> [u8; 3] {
        [self.major, self.minor, self.patch]
    }
}

impl fmt::Display for FirmwareVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Serialize for FirmwareVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn version_part(text: &str) -> Option<u8> {
    let canonical = text == "0" || text.starts_with(|first: char| ('1'..='9').contains(&first));
    text.parse().ok().filter(|_| canonical)
}

fn plain(text: &str) -> Result<(), Invalid> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=64).contains(&text.len()) && text.bytes().all(known) {
        return Ok(());
    }
    Err(Invalid::value(
        "must be 1 to 64 letters, digits, '-' or '_'",
    ))
}

fn serial(text: &str) -> Result<(), Invalid> {
    if (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Invalid::value("must be a serial number of 1 to 10 digits"))
}

fn host_name(text: &str) -> Result<(), Invalid> {
    let last_is_number = text
        .rsplit('.')
        .next()
        .is_some_and(|last| last.parse::<u64>().is_ok());
    if text.len() <= 253 && text.split('.').all(is_label) && !last_is_number {
        return Ok(());
    }
    Err(Invalid::value(
        "must be a host name in lower case, without scheme, port or path",
    ))
}

/// A label of RFC 1123 §2.1, in lower case.
fn is_label(label: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(known)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn random_bits<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<String, Error> {
    let mut bits = [0u8; 16];
    rng.try_fill_bytes(&mut bits)
        .map_err(|_| Error::RandomnessFailed)?;
    Ok(base64url::encode(&bits))
}

/// Uniform characters: bytes beyond a multiple of the alphabet are dropped. A
/// generator that gives nothing else is broken, so the rounds are bounded.
fn random_text<R: TryCryptoRng + ?Sized>(
    prefix: &str,
    alphabet: &[u8],
    length: usize,
    rng: &mut R,
) -> Result<String, Error> {
    let limit = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    text.push_str(prefix);
    for _ in 0..16 {
        let mut bytes = [0u8; 32];
        rng.try_fill_bytes(&mut bytes)
            .map_err(|_| Error::RandomnessFailed)?;
        let kept = bytes
            .iter()
            .map(|byte| usize::from(*byte))
            .filter(|byte| *byte < limit);
        let characters = kept.filter_map(|byte| alphabet.get(byte % alphabet.len()));
        text.extend(
            characters
                .map(|byte| char::from(*byte))
                .take(length - text.len()),
        );
        if text.len() == length {
            return Ok(text);
        }
    }
    Err(Error::RandomnessFailed)
}
