//! A strict reader of JSON values, and the few writers that tokens need.
//!
//! RFC 7515 §4 and RFC 7517 §4 let a reader either refuse duplicate members or
//! keep the last one; keeping one lets two readers of the same token disagree,
//! so duplicates are refused at every depth. Refused as well: nesting beyond
//! [`MAX_DEPTH`], a byte order mark, `NaN`, lone surrogates, invalid UTF-8 and
//! trailing bytes. Strings without escapes are borrowed from the input.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt::{self, Write as _};

use serde::de;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use crate::error::{Error, JsonFault, Malformed};

/// How deep arrays and objects may nest; the outermost counts as one.
pub const MAX_DEPTH: usize = 8;

/// A JSON value.
#[derive(Clone, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number that is an unsigned integer below 2^64.
    Unsigned(u64),
    /// A number that is a negative integer of at least −2^63.
    Negative(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Value<'a>>),
    /// An object.
    Object(Object<'a>),
}

/// A JSON object whose member names are distinct, in the order of the text.
#[derive(Clone, Default, PartialEq)]
pub struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

/// Reads one JSON value; the text must hold nothing else but white space.
///
/// # Errors
/// [`Malformed::Json`] with the fault found.
pub fn parse(text: &[u8]) -> Result<Value<'_>, Error> {
    let fault = Cell::new(JsonFault::Syntax);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let seed = Strict {
        depth: 0,
        fault: &fault,
    };
    seed.deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|_| fault.get().into())
}

/// Reads one JSON object.
///
/// # Errors
/// As [`parse`], and [`JsonFault::NotAnObject`] for every other type.
///
/// ```
/// use jose_core::json::parse_object;
/// let header = parse_object(br#"{"alg":"ES384"}"#).unwrap();
/// assert_eq!(header.get("alg").and_then(|alg| alg.as_str()), Some("ES384"));
/// assert!(parse_object(br#"{"alg":"ES384","\u0061lg":"none"}"#).is_err());
/// ```
pub fn parse_object(text: &[u8]) -> Result<Object<'_>, Error> {
    match parse(text)? {
        Value::Object(object) => Ok(object),
        _ => Err(JsonFault::NotAnObject.into()),
    }
}

impl<'a> Value<'a> {
    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is an integer from 0 to 2^64 − 1.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Unsigned(number) => Some(*number),
            _ => None,
        }
    }

    /// The number, if it is an integer from −2^63 to 2^63 − 1.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Unsigned(number) => i64::try_from(*number).ok(),
            Self::Negative(number) => Some(*number),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl<'a> Object<'a> {
    /// The value of a member.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.iter()
            .find(|(member, _)| *member == name)
            .map(|(_, value)| value)
    }

    /// Whether there is a member of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The members in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.members
            .iter()
            .map(|(name, value)| (name.as_ref(), value))
    }

    /// A member that may be absent but must be a string.
    ///
    /// # Errors
    /// [`Malformed::Member`] where it has another type.
    pub fn optional_str(&self, name: &'static str) -> Result<Option<&str>, Error> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_str()
                .map(Some)
                .ok_or(Malformed::Member(name).into()),
        }
    }

    /// A member that must be there and be a string.
    ///
    /// # Errors
    /// [`Malformed::Missing`] or [`Malformed::Member`].
    pub fn required_str(&self, name: &'static str) -> Result<&str, Error> {
        self.optional_str(name)?
            .ok_or(Malformed::Missing(name).into())
    }
}

/// Appends `text` as a JSON string, quotes included (RFC 8259 §7).
///
/// ```
/// let mut out = String::new();
/// jose_core::json::write_string("a\"\n", &mut out);
/// assert_eq!(out, r#""a\"\u000a""#);
/// ```
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let plain = |byte: u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
    if text.bytes().all(plain) {
        out.push_str(text);
    } else {
        text.chars().for_each(|character| escape(character, out));
    }
    out.push('"');
}

/// A character within a JSON string.
fn escape(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\0'..='\x1f' => {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(character));
        }
        _ => out.push(character),
    }
}

/// Appends `"name":"value"` to an object under construction, with a comma
/// before it unless it is the first member.
pub fn write_member(name: &str, value: &str, out: &mut String) {
    write_name(name, out);
    write_string(value, out);
}

/// Appends `"name":` to an object under construction, with a comma before it
/// unless it is the first member.
pub fn write_name(name: &str, out: &mut String) {
    if !out.ends_with('{') {
        out.push(',');
    }
    write_string(name, out);
    out.push(':');
}

/// Values may hold secrets (a private JWK, a PIN): only types are printed.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(_) => f.write_str("bool"),
            Self::Unsigned(_) | Self::Negative(_) | Self::Float(_) => f.write_str("number"),
            Self::String(_) => f.write_str("string"),
            Self::Array(elements) => f.debug_list().entries(elements).finish(),
            Self::Object(object) => object.fmt(f),
        }
    }
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Builds a [`Value`], counting depth and refusing duplicates. The cell tells
/// which of our rules was broken, since serde's error type cannot.
#[derive(Clone, Copy)]
struct Strict<'c> {
    depth: usize,
    fault: &'c Cell<JsonFault>,
}

impl Strict<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse(JsonFault::TooDeep));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    fn refuse<E: de::Error>(self, fault: JsonFault) -> E {
        self.fault.set(fault);
        E::custom(fault)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value<'de>;

    fn deserialize<D: de::Deserializer<'de>>(self, reader: D) -> Result<Value<'de>, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(Value::Unsigned(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(u64::try_from(number).map_or(Value::Negative(number), Value::Unsigned))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Owned(text.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value<'de>, A::Error> {
        let inner = self.deeper()?;
        let mut elements = Vec::new();
        while let Some(element) = access.next_element_seed(inner)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value<'de>, A::Error> {
        let inner = self.deeper()?;
        let mut members = Vec::new();
        while let Some(name) = access.next_key_seed(Name)? {
            members.push((name, access.next_value_seed(inner)?));
        }
        if repeats(members.iter().map(|(name, _)| name.as_ref())) {
            return Err(self.refuse(JsonFault::DuplicateMember));
        }
        Ok(Value::Object(Object { members }))
    }
}

/// Whether a name occurs twice. Sorting keeps the check at n log n for a
/// hostile text of many names.
pub(crate) fn repeats<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names
        .iter()
        .zip(names.iter().skip(1))
        .any(|(one, next)| one == next)
}

/// A member name, borrowed where it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: de::Deserializer<'de>>(self, reader: D) -> Result<Cow<'de, str>, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.into()))
    }
}
