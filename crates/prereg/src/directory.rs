//! The rules of the user directory, whoever adds a user: the API, a file, the
//! command line.

pub(crate) mod import;

use prereg_types::api::EmailAddress;
use prereg_types::read::Invalid;

/// A given or family name.
///
/// # Errors
/// The rule that it breaks. Lengths are those of Okta's base profile; controls
/// could end a line of a mail's header.
pub(crate) fn name(text: &str) -> Result<String, Invalid> {
    if text.chars().any(char::is_control) || text.trim().is_empty() || text.chars().count() > 50 {
        return Err(Invalid::value("must have 1 to 50 printable characters"));
    }
    Ok(text.to_owned())
}

/// A login. Most are addresses; none needs to be.
///
/// # Errors
/// The rule that it breaks.
pub(crate) fn login(text: &str) -> Result<String, Invalid> {
    let plain = |character: char| !character.is_control() && !character.is_whitespace();
    if !text.chars().all(plain) || !(5..=100).contains(&text.chars().count()) {
        return Err(Invalid::value(
            "must have 5 to 100 characters and no spaces",
        ));
    }
    Ok(text.to_owned())
}

/// A primary address.
///
/// # Errors
/// The rule that it breaks.
pub(crate) fn address(text: &str) -> Result<EmailAddress, Invalid> {
    if !(5..=100).contains(&text.chars().count()) {
        return Err(Invalid::value("must have 5 to 100 characters"));
    }
    EmailAddress::parse(text)
}

/// A secondary address; an empty one is none, since forms and spreadsheets
/// write it so.
///
/// # Errors
/// The rule that it breaks.
pub(crate) fn second_address(text: &str) -> Result<Option<EmailAddress>, Invalid> {
    if text.is_empty() {
        return Ok(None);
    }
    address(text).map(Some)
}
