//! CTAP status codes (CTAP 2.1 §8.2).

use core::fmt;

/// Why the authenticator refused a command, with the name and number of CTAP 2.1 §8.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// A parameter is not valid for this command.
    InvalidParameter,
    /// A parameter has an impossible length.
    InvalidLength,
    /// A credential of the exclude list is on this key.
    CredentialExcluded,
    /// None of the offered algorithms is supported.
    UnsupportedAlgorithm,
    /// No room for another resident credential.
    KeyStoreFull,
    /// No credential fits the request.
    NoCredentials,
    /// The PIN is wrong.
    PinInvalid,
    /// No PIN tries are left; only a reset helps.
    PinBlocked,
    /// The command needs authorization by PIN in another way than it was given;
    /// also: a PIN is already set.
    PinAuthInvalid,
    /// Three wrong PINs in a row; the key has to be plugged in again.
    PinAuthBlocked,
    /// No PIN is set.
    PinNotSet,
    /// The PIN has to be given.
    PuatRequired,
    /// The PIN breaks the policy of the key.
    PinPolicyViolation,
    /// Anything else, such as a failed random number generator.
    Other,
}

impl Status {
    /// The status byte.
    pub const fn code(self) -> u8 {
        self.entry().0
    }

    /// The name in the table of CTAP 2.1 §8.2.
    pub const fn name(self) -> &'static str {
        self.entry().1
    }

    const fn entry(self) -> (u8, &'static str) {
        match self {
            Self::InvalidParameter => (0x02, "CTAP1_ERR_INVALID_PARAMETER"),
            Self::InvalidLength => (0x03, "CTAP1_ERR_INVALID_LENGTH"),
            Self::CredentialExcluded => (0x19, "CTAP2_ERR_CREDENTIAL_EXCLUDED"),
            Self::UnsupportedAlgorithm => (0x26, "CTAP2_ERR_UNSUPPORTED_ALGORITHM"),
            Self::KeyStoreFull => (0x28, "CTAP2_ERR_KEY_STORE_FULL"),
            Self::NoCredentials => (0x2e, "CTAP2_ERR_NO_CREDENTIALS"),
            Self::PinInvalid => (0x31, "CTAP2_ERR_PIN_INVALID"),
            Self::PinBlocked => (0x32, "CTAP2_ERR_PIN_BLOCKED"),
            Self::PinAuthInvalid => (0x33, "CTAP2_ERR_PIN_AUTH_INVALID"),
            Self::PinAuthBlocked => (0x34, "CTAP2_ERR_PIN_AUTH_BLOCKED"),
            Self::PinNotSet => (0x35, "CTAP2_ERR_PIN_NOT_SET"),
            Self::PuatRequired => (0x36, "CTAP2_ERR_PUAT_REQUIRED"),
            Self::PinPolicyViolation => (0x37, "CTAP2_ERR_PIN_POLICY_VIOLATION"),
            Self::Other => (0x7f, "CTAP1_ERR_OTHER"),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, name) = self.entry();
        write!(f, "{name} (0x{code:02x})")
    }
}

impl core::error::Error for Status {}
