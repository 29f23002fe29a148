//! Reading JSON values into types, keeping the path of the member refused.
//!
//! serde's derive takes an array for a struct and keeps the last of duplicate
//! members, so input is read by hand from [`jose_core::json`] values. Each
//! level adds its name to the error as it passes, which gives messages such as
//! `credResponses[1].credResponseJwe: must be a string`. A value is never part
//! of a message: it may be a secret.

use core::fmt;

use jose_core::base64url;
use jose_core::error::UnusableKey;
use jose_core::json::{self, Object, Value};

/// Why an input was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    path: String,
    reason: Reason,
}

/// What is wrong with the member.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The text is not strict JSON.
    Json(jose_core::Error),
    /// The member is due and absent (or null).
    Missing,
    /// The member has another JSON type; the text says which is due.
    Type(&'static str),
    /// The member has an impossible value; the text says which rule it breaks.
    Value(&'static str),
    /// A key or an encoding that the JOSE layer refused.
    Jose(jose_core::Error),
}

impl Invalid {
    /// A member of another JSON type, such as `Invalid::kind("a string")`.
    pub const fn kind(due: &'static str) -> Self {
        Self::new(Reason::Type(due))
    }

    /// A value that breaks a rule, such as `Invalid::value("must not be empty")`.
    pub const fn value(rule: &'static str) -> Self {
        Self::new(Reason::Value(rule))
    }

    /// A value of no path yet.
    pub const fn new(reason: Reason) -> Self {
        Self {
            path: String::new(),
            reason,
        }
    }

    /// The member, such as `credResponses[1].credResponseJwe`; empty for the
    /// whole body.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with it.
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Whether the body as a whole is not JSON (Okta's E0000003) rather than
    /// JSON of the wrong content (E0000001).
    pub fn is_malformed_json(&self) -> bool {
        self.path.is_empty() && matches!(self.reason, Reason::Json(_))
    }

    /// Adds the name of the member that holds the refused value.
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        if !self.path.is_empty() && !self.path.starts_with('[') {
            self.path.insert(0, '.');
        }
        self.path.insert_str(0, name);
        self
    }

    /// Adds the position in the array that holds the refused value.
    #[must_use]
    pub fn within_index(self, index: usize) -> Self {
        self.within(&format!("[{index}]"))
    }

    /// For `map_err`: adds the name of a member.
    pub fn at(name: &'static str) -> impl Fn(Self) -> Self {
        move |error| error.within(name)
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        match &self.reason {
            Reason::Json(error) | Reason::Jose(error) => write!(f, "{error}"),
            Reason::Missing => f.write_str("must not be absent"),
            Reason::Type(due) => write!(f, "must be {due}"),
            Reason::Value(rule) => f.write_str(rule),
        }
    }
}

impl core::error::Error for Invalid {}

impl From<jose_core::Error> for Invalid {
    fn from(error: jose_core::Error) -> Self {
        Self::new(Reason::Jose(error))
    }
}

/// Reads a whole text that must be one JSON object.
///
/// # Errors
/// [`Reason::Missing`] for an empty body, [`Reason::Json`] for anything that is
/// not strict JSON, [`Reason::Type`] for another type, and what `read` refuses.
pub fn body<T>(
    text: &[u8],
    read: impl FnOnce(&Object<'_>) -> Result<T, Invalid>,
) -> Result<T, Invalid> {
    if text.is_empty() {
        return Err(Invalid::new(Reason::Missing));
    }
    let value = json::parse(text).map_err(|error| Invalid::new(Reason::Json(error)))?;
    read(object(&value)?)
}

/// The value as an object.
///
/// # Errors
/// [`Reason::Type`].
pub fn object<'v, 'a>(value: &'v Value<'a>) -> Result<&'v Object<'a>, Invalid> {
    value.as_object().ok_or(Invalid::kind("an object"))
}

/// The value as a string.
///
/// # Errors
/// [`Reason::Type`].
pub fn string<'v>(value: &'v Value<'_>) -> Result<&'v str, Invalid> {
    value.as_str().ok_or(Invalid::kind("a string"))
}

/// The value as an owned string.
///
/// # Errors
/// [`Reason::Type`].
pub fn owned(value: &Value<'_>) -> Result<String, Invalid> {
    string(value).map(str::to_owned)
}

/// The value as canonical base64url.
///
/// # Errors
/// [`Reason::Type`] or [`Reason::Jose`].
pub fn bytes(value: &Value<'_>) -> Result<Vec<u8>, Invalid> {
    Ok(base64url::decode(string(value)?.as_bytes())?)
}

/// The value as an unsigned integer that fits `T`.
///
/// # Errors
/// [`Reason::Type`].
pub fn unsigned<T: TryFrom<u64>>(value: &Value<'_>) -> Result<T, Invalid> {
    value
        .as_u64()
        .and_then(|number| T::try_from(number).ok())
        .ok_or(Invalid::kind("an unsigned integer in range"))
}

/// The value as a boolean.
///
/// # Errors
/// [`Reason::Type`].
pub fn boolean(value: &Value<'_>) -> Result<bool, Invalid> {
    value.as_bool().ok_or(Invalid::kind("a boolean"))
}

/// The value as an array whose elements `read` reads.
///
/// # Errors
/// [`Reason::Type`], or an element's error with its index.
pub fn list<'a, T>(
    value: &Value<'a>,
    mut read: impl FnMut(&Value<'a>) -> Result<T, Invalid>,
) -> Result<Vec<T>, Invalid> {
    let elements = value.as_array().ok_or(Invalid::kind("an array"))?;
    let indexed = elements.iter().enumerate();
    indexed
        .map(|(index, element)| read(element).map_err(|error| error.within_index(index)))
        .collect()
}

/// A member that may be absent; null counts as absent, since SDKs send it so.
///
/// # Errors
/// What `read` refuses, with the member's name.
pub fn optional<'a, T>(
    object: &Object<'a>,
    name: &'static str,
    read: impl FnOnce(&Value<'a>) -> Result<T, Invalid>,
) -> Result<Option<T>, Invalid> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).map_err(Invalid::at(name)),
    }
}

/// A member that must be there.
///
/// # Errors
/// [`Reason::Missing`], or what `read` refuses, with the member's name.
pub fn required<'a, T>(
    object: &Object<'a>,
    name: &'static str,
    read: impl FnOnce(&Value<'a>) -> Result<T, Invalid>,
) -> Result<T, Invalid> {
    present(optional(object, name, read)?, name)
}

/// What a wire type may lack and a command must have.
///
/// # Errors
/// [`Reason::Missing`] with the member's name.
pub fn present<T>(member: Option<T>, name: &'static str) -> Result<T, Invalid> {
    member.ok_or_else(|| Invalid::new(Reason::Missing).within(name))
}

/// Reads a value that may also come as JSON text inside a string, as the SQL
/// resource's EXEC sends members.
///
/// # Errors
/// [`Reason::Value`] where the string is not JSON, and what `read` refuses.
pub fn value_or_text<T>(
    value: &Value<'_>,
    read: impl FnOnce(&Value<'_>) -> Result<T, Invalid>,
) -> Result<T, Invalid> {
    let Value::String(text) = value else {
        return read(value);
    };
    let inner = json::parse(text.as_bytes())
        .map_err(|_| Invalid::value("must be an array or object, or the JSON text of one"))?;
    read(&inner)
}

/// Refuses the private members of every kind of JWK (RFC 7518 §6) wherever a
/// public key is due.
///
/// # Errors
/// [`Reason::Jose`] with `unusable_key_private_member`.
pub fn no_private_member(object: &Object<'_>) -> Result<(), Invalid> {
    const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    match PRIVATE.into_iter().find(|name| object.contains(name)) {
        Some(name) => {
            let error = jose_core::Error::from(UnusableKey::PrivateMember);
            Err(Invalid::from(error).within(name))
        }
        None => Ok(()),
    }
}
