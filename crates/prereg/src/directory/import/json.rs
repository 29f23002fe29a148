//! Users from JSON: objects as Okta's API has them, or bare profiles.

use jose_core::json::{self, Object, Value};
use prereg_types::read::Invalid;

use super::elements::elements;
use super::fields::Fields;
use super::{Entry, Problem, Problems};

/// The members of each object.
pub(super) fn entries(text: &str) -> Result<Vec<Entry>, Problems> {
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for (line, element) in elements(text)? {
        match fields(element) {
            Ok(fields) => entries.push(Entry { line, fields }),
            Err(invalid) => problems.push(Problem::new(line, invalid)),
        }
    }
    if problems.is_empty() {
        return Ok(entries);
    }
    Err(problems.into())
}

fn fields(element: &str) -> Result<Fields, Invalid> {
    let object = json::parse_object(element.as_bytes())?;
    let mut fields = Fields::default();
    match object.get("profile") {
        None => take(&object, &mut fields)?,
        Some(profile) => {
            let profile = profile.as_object().ok_or(Invalid::kind("an object"));
            let profile = profile.map_err(Invalid::at("profile"))?;
            take(profile, &mut fields).map_err(Invalid::at("profile"))?;
            for name in ["id", "status"] {
                if let Some(value) = object.get(name) {
                    set(&mut fields, name, value)?;
                }
            }
        }
    }
    Ok(fields)
}

/// Members that mean nothing here are passed over.
fn take(object: &Object<'_>, fields: &mut Fields) -> Result<(), Invalid> {
    object
        .iter()
        .filter(|(name, _)| Fields::name_of(name) == Some(name))
        .try_for_each(|(name, value)| set(fields, name, value))
}

fn set(fields: &mut Fields, name: &str, value: &Value<'_>) -> Result<(), Invalid> {
    match value {
        Value::Null => {}
        Value::String(text) => {
            fields.set(name, text);
        }
        _ => return Err(Invalid::kind("a string").within(name)),
    }
    Ok(())
}
