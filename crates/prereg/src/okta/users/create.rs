//! The body of a call that creates a user.

use jose_core::json::Value;
use prereg_types::api::{EmailAddress, UserProfile};
use prereg_types::read::{self, Invalid};

/// What is kept of the body: the profile's members that exist here. Others, such
/// as `credentials` and `groupIds`, are passed over; there is no password to set
/// and no group to join.
#[derive(Debug)]
pub(super) struct CreateUser {
    /// Names and addresses.
    pub(super) profile: UserProfile,
}

impl CreateUser {
    /// Reads the body. Lengths are those of Okta's base profile.
    pub(super) fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        let profile = read::body(text, |body| read::required(body, "profile", profile))?;
        Ok(Self { profile })
    }
}

fn profile(value: &Value<'_>) -> Result<UserProfile, Invalid> {
    let profile = read::object(value)?;
    Ok(UserProfile {
        first_name: read::required(profile, "firstName", name)?,
        last_name: read::required(profile, "lastName", name)?,
        login: read::required(profile, "login", login)?,
        email: read::required(profile, "email", address)?,
        second_email: read::optional(profile, "secondEmail", second_address)?.flatten(),
    })
}

fn name(value: &Value<'_>) -> Result<String, Invalid> {
    let text = read::string(value)?;
    if text.chars().any(char::is_control) || text.trim().is_empty() || text.chars().count() > 50 {
        return Err(Invalid::value("must have 1 to 50 printable characters"));
    }
    Ok(text.to_owned())
}

fn login(value: &Value<'_>) -> Result<String, Invalid> {
    let text = read::string(value)?;
    let plain = |character: char| !character.is_control() && !character.is_whitespace();
    if !text.chars().all(plain) || !(5..=100).contains(&text.chars().count()) {
        return Err(Invalid::value(
            "must have 5 to 100 characters and no spaces",
        ));
    }
    Ok(text.to_owned())
}

fn address(value: &Value<'_>) -> Result<EmailAddress, Invalid> {
    let text = read::string(value)?;
    if !(5..=100).contains(&text.chars().count()) {
        return Err(Invalid::value("must have 5 to 100 characters"));
    }
    EmailAddress::parse(text)
}

/// An empty one is none: forms and importers send it so.
fn second_address(value: &Value<'_>) -> Result<Option<EmailAddress>, Invalid> {
    if read::string(value)?.is_empty() {
        return Ok(None);
    }
    address(value).map(Some)
}
