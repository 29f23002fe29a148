//! Why bytes are not the WebAuthn structure they should be.

use core::fmt;

use crate::cbor;

/// What is wrong with the binary form of a WebAuthn structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The CBOR is not canonical.
    Cbor(cbor::Error),
    /// The input ends too early.
    Truncated,
    /// Bytes follow the structure.
    TrailingBytes,
    /// A required member is missing; the name says which.
    Missing(&'static str),
    /// A member has another CBOR type than its definition says.
    WrongType(&'static str),
    /// A member that the structure does not define.
    UnknownMember,
    /// The credential id is empty, or longer than 1023 bytes (WebAuthn §5.8.3).
    CredentialIdLength,
    /// The credential key is not of COSE key type EC2.
    KeyType,
    /// The credential key's algorithm is neither ES256 nor ES384.
    Algorithm,
    /// The credential key's curve is not the one its algorithm needs.
    Curve,
    /// A coordinate has not exactly the length that the curve fixes.
    CoordinateLength,
    /// The attestation statement format is neither `packed` nor `none`.
    Format,
    /// The text is not a hyphenated AAGUID.
    Aaguid,
}

impl From<cbor::Error> for Error {
    fn from(error: cbor::Error) -> Self {
        Self::Cbor(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cbor(error) => error.fmt(f),
            Self::Missing(member) => write!(f, "member {member} is missing"),
            Self::WrongType(member) => write!(f, "member {member} has the wrong type"),
            other => f.write_str(other.text()),
        }
    }
}

impl core::error::Error for Error {}

impl Error {
    const fn text(&self) -> &'static str {
        match self {
            Self::Cbor(_) => "CBOR is not canonical",
            Self::Missing(_) => "a member is missing",
            Self::WrongType(_) => "a member has the wrong type",
            Self::Truncated => "the structure ends too early",
            Self::TrailingBytes => "bytes after the structure",
            Self::UnknownMember => "unknown member",
            Self::CredentialIdLength => "credential id is empty or too long",
            Self::KeyType => "credential key is not of type EC2",
            Self::Algorithm => "credential key algorithm is not supported",
            Self::Curve => "credential key curve does not fit its algorithm",
            Self::CoordinateLength => "credential key coordinate has the wrong length",
            Self::Format => "attestation statement format is not supported",
            Self::Aaguid => "not an AAGUID",
        }
    }
}
