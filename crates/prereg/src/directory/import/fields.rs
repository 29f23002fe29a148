//! The members of one user, by the names of Okta's profile.

use getrandom::SysRng;
use prereg_types::UserId;
use prereg_types::api::{User, UserProfile, UserStatus};
use prereg_types::read::{Invalid, Reason};

use crate::directory;

/// Texts that were found; an empty one counts as absent.
#[derive(Debug, Default)]
pub(super) struct Fields {
    id: Option<String>,
    status: Option<String>,
    login: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    second_email: Option<String>,
}

/// The members that a user cannot lack.
pub(super) const REQUIRED: [&str; 4] = ["login", "firstName", "lastName", "email"];

impl Fields {
    /// Sets the member of that name; false where there is none.
    pub(super) fn set(&mut self, name: &str, value: &str) -> bool {
        let slot = match name {
            "id" => &mut self.id,
            "status" => &mut self.status,
            "login" => &mut self.login,
            "firstName" => &mut self.first_name,
            "lastName" => &mut self.last_name,
            "email" => &mut self.email,
            "secondEmail" => &mut self.second_email,
            _ => return false,
        };
        *slot = Some(value.to_owned()).filter(|value| !value.is_empty());
        true
    }

    /// The name of the member that a column's heading means: spreadsheets write
    /// `firstName`, `First Name` and `first_name`.
    pub(super) fn name_of(heading: &str) -> Option<&'static str> {
        const NAMES: [&str; 7] = [
            "id",
            "status",
            "login",
            "firstName",
            "lastName",
            "email",
            "secondEmail",
        ];
        let plain = |text: &str| -> String {
            let letters = text.chars().filter(|letter| letter.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect()
        };
        let heading = plain(heading);
        NAMES.into_iter().find(|name| plain(name) == heading)
    }

    /// Checks the members.
    pub(super) fn into_user(self, status: UserStatus) -> Result<User, Invalid> {
        Ok(User {
            id: self.user_id().map_err(Invalid::at("id"))?,
            status: match &self.status {
                None => status,
                Some(text) => user_status(text).map_err(Invalid::at("status"))?,
            },
            profile: UserProfile {
                login: required("login", self.login.as_deref(), directory::login)?,
                first_name: required("firstName", self.first_name.as_deref(), directory::name)?,
                last_name: required("lastName", self.last_name.as_deref(), directory::name)?,
                email: required("email", self.email.as_deref(), directory::address)?,
                second_email: directory::second_address(&self.second_email.unwrap_or_default())
                    .map_err(Invalid::at("secondEmail"))?,
            },
        })
    }

    /// The id of the file, so that a directory moves with its ids; or a new one.
    fn user_id(&self) -> Result<UserId, Invalid> {
        match &self.id {
            Some(text) => UserId::parse(text),
            None => Ok(UserId::generate(&mut SysRng)?),
        }
    }
}

fn user_status(text: &str) -> Result<UserStatus, Invalid> {
    let status = UserStatus::from_name(&text.to_ascii_uppercase());
    status.ok_or(Invalid::value("must be a status such as ACTIVE or STAGED"))
}

fn required<T>(
    name: &'static str,
    value: Option<&str>,
    read: fn(&str) -> Result<T, Invalid>,
) -> Result<T, Invalid> {
    let value = value.ok_or(Invalid::new(Reason::Missing));
    value.and_then(read).map_err(Invalid::at(name))
}
