//! `GET /api/v1/users/{idOrLogin}`, as far as the real flows read it.

use serde::Serialize;

use super::EmailAddress;
use crate::id::UserId;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// Where the account stands.
    pub status: UserStatus,
    /// Names and addresses.
    pub profile: UserProfile,
}

/// Names and addresses of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserProfile {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The name at login.
    pub login: String,
    /// The primary address.
    pub email: EmailAddress,
    /// The secondary address: one outside the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_email: Option<EmailAddress>,
}

/// The published user states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserStatus {
    /// Created, not yet activated.
    Staged,
    /// Being activated.
    Provisioned,
    /// In use.
    Active,
    /// Being recovered.
    Recovery,
    /// The password ran out.
    PasswordExpired,
    /// Locked after failures.
    LockedOut,
    /// Suspended by an administrator.
    Suspended,
    /// Gone.
    Deprovisioned,
}

impl UserStatus {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Staged,
        Self::Provisioned,
        Self::Active,
        Self::Recovery,
        Self::PasswordExpired,
        Self::LockedOut,
        Self::Suspended,
        Self::Deprovisioned,
    ];

    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Active => "ACTIVE",
            Self::Recovery => "RECOVERY",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::LockedOut => "LOCKED_OUT",
            Self::Suspended => "SUSPENDED",
            Self::Deprovisioned => "DEPROVISIONED",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}
