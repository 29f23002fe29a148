//! The body of a call that creates a user.

use jose_core::json::Value;
use prereg_types::api::UserProfile;
use prereg_types::read::{self, Invalid};

use crate::directory;

/// What is kept of the body: the profile's members that exist here. Others, such
/// as `credentials` and `groupIds`, are passed over; there is no password to set
/// and no group to join.
#[derive(Debug)]
pub(super) struct CreateUser {
    /// Names and addresses.
    pub(super) profile: UserProfile,
}

impl CreateUser {
    /// Reads the body.
    pub(super) fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        let profile = read::body(text, |body| read::required(body, "profile", profile))?;
        Ok(Self { profile })
    }
}

fn profile(value: &Value<'_>) -> Result<UserProfile, Invalid> {
    let profile = read::object(value)?;
    Ok(UserProfile {
        first_name: read::required(profile, "firstName", by(directory::name))?,
        last_name: read::required(profile, "lastName", by(directory::name))?,
        login: read::required(profile, "login", by(directory::login))?,
        email: read::required(profile, "email", by(directory::address))?,
        second_email: read::optional(profile, "secondEmail", by(directory::second_address))?
            .flatten(),
    })
}

/// A string that keeps a rule of the directory.
fn by<T>(
    rule: impl FnOnce(&str) -> Result<T, Invalid>,
) -> impl FnOnce(&Value<'_>) -> Result<T, Invalid> {
    |value| rule(read::string(value)?)
}
