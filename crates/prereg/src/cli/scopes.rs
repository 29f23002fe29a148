//! Scopes and names on the command line.

use crate::auth::{Scope, Scopes};

/// Reads one scope.
pub(crate) fn one(text: &str) -> Result<Scope, String> {
    let scopes = Scopes::parse(text).map_err(|error| error.to_string())?;
    let mut members = scopes.iter();
    match (members.next(), members.next()) {
        (Some(scope), None) => Ok(scope),
        _ => Err("write one scope; repeat --scope for more".to_owned()),
    }
}

/// Reads the name of a token or client.
pub(crate) fn name(text: &str) -> Result<String, &'static str> {
    let fits = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits && !text.trim().is_empty() {
        return Ok(text.to_owned());
    }
    Err("write a name of 1 to 100 printable characters")
}
