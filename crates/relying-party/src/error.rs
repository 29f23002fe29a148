//! Why an operation was not done, sorted for the caller ([`Kind`]) and told
//! exactly for the log and for tests ([`Refusal`]).

use core::fmt;

use prereg_types::{EnrollmentId, UserId};

pub use crate::refusal::Refusal;

/// An operation that was not done. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    refusal: Option<Refusal>,
}

/// What the caller is told; maps to status, error code and summary of Okta's
/// documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// 404 E0000007, `Resource not found: {id} (User)`.
    UserNotFound(UserId),
    /// 404 E0000007, `Resource not found: {id} (AuthenticatorEnrollment)`; also
    /// for another user's enrollment.
    EnrollmentNotFound(EnrollmentId),
    /// 403 E0000038, not allowed in the current status.
    NotAllowedInStatus,
    /// 400 E0000001, `Api validation failed: webAuthnPreregistrationPinRequest`.
    PinRequest,
    /// 400 E0000001, `Api validation failed: pinResponseJwe`.
    PinResponse,
    /// 400 E0000001, `Api validation failed: webAuthnCredResponse`.
    CredentialResponse,
    /// An assertion that does not hold (403 E0000068 of Okta's catalogue).
    Authentication,
    /// 500 E0000009: the store, the random number generator or an operation of
    /// our own failed.
    Internal(Internal),
}

/// What failed on our side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Internal {
    /// The store did not answer, in its own words.
    Store(String),
    /// Others changed the same enrollments over and over.
    Contention,
    /// The random number generator failed.
    Randomness,
    /// An operation with a key of our own failed.
    Crypto(jose_core::Error),
    /// Claims could not be written; never occurs for our types.
    Serialization,
}

impl Error {
    /// A refusal, filed under a kind.
    pub const fn refused(kind: Kind, refusal: Refusal) -> Self {
        Self {
            kind,
            refusal: Some(refusal),
        }
    }

    /// What the caller is told.
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The rule that was broken, where one was; for the log, never the caller.
    pub const fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// A stable code for the log and for tests, such as `decrypt_failed`.
    pub const fn code(&self) -> &'static str {
        match self.refusal {
            Some(refusal) => refusal.code(),
            None => self.kind.code(),
        }
    }
}

impl Kind {
    const fn code(&self) -> &'static str {
        match self {
            Self::UserNotFound(_) => "user_not_found",
            Self::EnrollmentNotFound(_) => "enrollment_not_found",
            Self::NotAllowedInStatus => "not_allowed_in_status",
            Self::PinRequest => "pin_request",
            Self::PinResponse => "pin_response",
            Self::CredentialResponse => "credential_response",
            Self::Authentication => "authentication",
            Self::Internal(Internal::Store(_)) => "store_failed",
            Self::Internal(Internal::Contention) => "contention",
            Self::Internal(Internal::Randomness) => "randomness_failed",
            Self::Internal(Internal::Crypto(error)) => error.code(),
            Self::Internal(Internal::Serialization) => "serialization_failed",
        }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            refusal: None,
        }
    }
}

impl From<Internal> for Error {
    fn from(internal: Internal) -> Self {
        Kind::Internal(internal).into()
    }
}

impl From<serde_json::Error> for Error {
    fn from(_: serde_json::Error) -> Self {
        Internal::Serialization.into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        match &self.kind {
            Kind::UserNotFound(id) => write!(f, ": {id}"),
            Kind::EnrollmentNotFound(id) => write!(f, ": {id}"),
            Kind::Internal(Internal::Store(words)) => write!(f, ": {words}"),
            _ => Ok(()),
        }
    }
}

impl core::error::Error for Error {}
