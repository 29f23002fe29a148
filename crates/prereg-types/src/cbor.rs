//! CTAP2 canonical CBOR (CTAP 2.1 §8): a strict reader and a writer.
//!
//! Only what CTAP and WebAuthn use is here: integers, byte and text strings,
//! arrays, maps, booleans and null. The reader accepts nothing but the one
//! canonical form of a value, so for every input that [`parse`] accepts,
//! [`Value::encode`] gives back exactly the same bytes:
//!
//! - lengths are definite, integers and lengths are as short as possible;
//! - map keys are sorted and unique;
//! - no tags, no floating point, no `undefined`, no bytes after the value;
//! - arrays and maps nest at most [`MAX_DEPTH`] deep.
//!
//! Strings borrow from the input. Memory grows with the bytes that were read,
//! never with a length that the input merely declares.
//!
//! ```
//! use prereg_types::cbor::{self, Map, Value};
//!
//! let mut map = Map::new();
//! map.insert("sig", Value::Bytes(&[1, 2]));
//! map.insert(1, Value::from(-7));
//! let bytes = Value::Map(map).encode();
//! assert_eq!(bytes, b"\xa2\x01\x26\x63sig\x42\x01\x02");
//!
//! let value = cbor::parse(&bytes)?;
//! let sig = value.as_map().and_then(|map| map.get("sig"));
//! assert_eq!(sig.and_then(Value::as_bytes), Some(&[1, 2][..]));
//! # Ok::<(), cbor::Error>(())
//! ```

mod read;
mod write;

use core::{cmp::Ordering, fmt};

pub use read::{parse, parse_prefix};

/// How deep arrays and maps may nest; the outermost one counts as 1.
///
/// CTAP 2.1 §8: "The CBOR structures used by this specification have a maximum
/// nesting depth of four".
pub const MAX_DEPTH: usize = 4;

/// One CBOR data item (RFC 8949 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Major type 0: the integer itself.
    Unsigned(u64),
    /// Major type 1: the integer −1 − n, given by its n.
    Negative(u64),
    /// Major type 2.
    Bytes(&'a [u8]),
    /// Major type 3.
    Text(&'a str),
    /// Major type 4.
    Array(Vec<Self>),
    /// Major type 5.
    Map(Map<'a>),
    /// Major type 7, simple values 20 and 21.
    Bool(bool),
    /// Major type 7, simple value 22.
    Null,
}

/// A key of a map: CTAP and COSE label members by integer or by text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// A label of major type 0.
    Unsigned(u64),
    /// A label of major type 1: the integer −1 − n, given by its n.
    Negative(u64),
    /// A label of major type 3.
    Text(&'a str),
}

/// A map whose entries are always sorted and unique, as CTAP 2.1 §8 wants them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map<'a> {
    entries: Vec<(Key<'a>, Value<'a>)>,
}

/// Why bytes are not one canonical CBOR item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The input ends inside an item, or declares more than it holds.
    Truncated,
    /// Bytes follow the item.
    TrailingBytes,
    /// An integer or a length is longer than it needs to be.
    NotShortest,
    /// An indefinite length, or a stop code.
    IndefiniteLength,
    /// Additional information 28, 29 or 30 (RFC 8949 §3).
    Reserved,
    /// A tag (major type 6).
    Tag,
    /// A floating-point number, `undefined`, or another unused simple value.
    Simple,
    /// A text string that is not UTF-8.
    Utf8,
    /// A map key that is neither an integer nor a text string.
    KeyType,
    /// A map key that sorts before the key in front of it.
    KeyOrder,
    /// A map key given twice.
    DuplicateKey,
    /// Arrays and maps nest deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl<'a> Value<'a> {
    /// The canonical encoding of this value.
    ///
    /// Nesting is not limited here: the limit guards the reader.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write::value(&mut out, self);
        out
    }

    /// The integer, if this is one that fits.
    pub fn as_integer(&self) -> Option<i64> {
        match *self {
            Self::Unsigned(n) => i64::try_from(n).ok(),
            Self::Negative(n) => i64::try_from(n).ok().map(|n| -1 - n),
            _ => None,
        }
    }

    /// The byte string, if this is one.
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        match *self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The text string, if this is one.
    pub fn as_text(&self) -> Option<&'a str> {
        match *self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if this is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The map, if this is one.
    pub fn as_map(&self) -> Option<&Map<'a>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }
}

impl<'a> Map<'a> {
    /// An empty map.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Puts an entry at its canonical place and returns the value it replaces.
    pub fn insert(&mut self, key: impl Into<Key<'a>>, value: Value<'a>) -> Option<Value<'a>> {
        let key = key.into();
        match self.position(key) {
            Ok(at) => self
                .entries
                .get_mut(at)
                .map(|entry| core::mem::replace(&mut entry.1, value)),
            Err(at) => {
                self.entries.insert(at, (key, value));
                None
            }
        }
    }

    /// The value of a key.
    pub fn get(&self, key: impl Into<Key<'a>>) -> Option<&Value<'a>> {
        let at = self.position(key.into()).ok()?;
        self.entries.get(at).map(|(_, value)| value)
    }

    /// The entries in canonical order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Key<'a>, &Value<'a>)> {
        self.entries.iter().map(|(key, value)| (*key, value))
    }

    /// The number of entries.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the map has no entry.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn position(&self, key: Key<'a>) -> Result<usize, usize> {
        self.entries.binary_search_by(|(other, _)| other.cmp(&key))
    }

    /// Adds an entry that must sort after all others: the reader's way in.
    fn push(&mut self, key: Key<'a>, value: Value<'a>) -> Result<(), Error> {
        let order = self.entries.last().map(|(last, _)| last.cmp(&key));
        match order {
            None | Some(Ordering::Less) => {
                self.entries.push((key, value));
                Ok(())
            }
            Some(Ordering::Equal) => Err(Error::DuplicateKey),
            Some(Ordering::Greater) => Err(Error::KeyOrder),
        }
    }
}

/// The order of CTAP 2.1 §8: lower major type first, then the shorter key,
/// then bytewise. For integers that is the order of their arguments.
impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Unsigned(a), Self::Unsigned(b)) | (Self::Negative(a), Self::Negative(b)) => {
                a.cmp(b)
            }
            (Self::Text(a), Self::Text(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            _ => self.major().cmp(&other.major()),
        }
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Key<'_> {
    const fn major(&self) -> u8 {
        match self {
            Self::Unsigned(_) => 0,
            Self::Negative(_) => 1,
            Self::Text(_) => 3,
        }
    }
}

impl From<i64> for Key<'_> {
    fn from(label: i64) -> Self {
        match u64::try_from(label) {
            Ok(label) => Self::Unsigned(label),
            Err(_) => Self::Negative(label.unsigned_abs() - 1),
        }
    }
}

impl<'a> From<&'a str> for Key<'a> {
    fn from(label: &'a str) -> Self {
        Self::Text(label)
    }
}

impl From<i64> for Value<'_> {
    fn from(integer: i64) -> Self {
        match Key::from(integer) {
            Key::Negative(n) => Self::Negative(n),
            Key::Unsigned(n) => Self::Unsigned(n),
            Key::Text(text) => Self::Text(text),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "CBOR ends too early",
            Self::TrailingBytes => "bytes after the CBOR item",
            Self::NotShortest => "CBOR integer or length is not in its shortest form",
            Self::IndefiniteLength => "CBOR of indefinite length",
            Self::Reserved => "reserved CBOR additional information",
            Self::Tag => "CBOR tag",
            Self::Simple => "CBOR float or unused simple value",
            Self::Utf8 => "CBOR text is not UTF-8",
            Self::KeyType => "CBOR map key is neither integer nor text",
            Self::KeyOrder => "CBOR map keys are not sorted",
            Self::DuplicateKey => "duplicate CBOR map key",
            Self::TooDeep => "CBOR nests too deep",
        })
    }
}

impl core::error::Error for Error {}
