//! Why a caller is turned away.

use std::fmt;

use relying_party::store::StoreError;

use super::Scope;

/// Why a request goes no further. The caller learns the class and nothing
/// else; the detail is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AuthError {
    /// Nobody could be made out: 401.
    Unauthenticated(Unauthenticated),
    /// The caller is known and lacks this scope: 403.
    Forbidden(Scope),
    /// The database did not answer: 500.
    Store(StoreError),
}

/// Why nobody could be made out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unauthenticated {
    /// There is no `Authorization` header.
    Missing,
    /// The header, or the token in it, has no form that is known here.
    Malformed,
    /// No such token; its id may exist with another secret.
    Unknown,
    /// A token of another facade.
    OtherKind,
    /// It has run out.
    Expired,
    /// It was revoked.
    Revoked,
    /// An access token that does not verify.
    AccessToken(&'static str),
}

impl AuthError {
    /// A stable code for the log.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(reason) => reason.code(),
            Self::Forbidden(_) => "scope_missing",
            Self::Store(_) => "store_failed",
        }
    }
}

impl Unauthenticated {
    const fn code(self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Malformed => "token_malformed",
            Self::Unknown => "token_unknown",
            Self::OtherKind => "token_of_other_facade",
            Self::Expired => "token_expired",
            Self::Revoked => "token_revoked",
            Self::AccessToken(code) => code,
        }
    }
}

impl From<Unauthenticated> for AuthError {
    fn from(reason: Unauthenticated) -> Self {
        Self::Unauthenticated(reason)
    }
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        match self {
            Self::Forbidden(scope) => write!(f, ": {scope}"),
            Self::Store(error) => write!(f, ": {error}"),
            Self::Unauthenticated(_) => Ok(()),
        }
    }
}

impl std::error::Error for AuthError {}
