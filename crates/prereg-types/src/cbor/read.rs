//! The reader: one pass, recursion bounded by [`MAX_DEPTH`].

use super::{Error, Key, MAX_DEPTH, Map, Value};

/// Reads the one item that `input` consists of.
///
/// # Errors
/// Every departure from the canonical form, and bytes after the item.
pub fn parse(input: &[u8]) -> Result<Value<'_>, Error> {
    match parse_prefix(input)? {
        (value, []) => Ok(value),
        _ => Err(Error::TrailingBytes),
    }
}

/// Reads the item at the start of `input` and returns it with the rest.
///
/// Authenticator data (WebAuthn §6.1) holds CBOR items without saying how long
/// they are; this finds their end.
///
/// # Errors
/// Every departure from the canonical form.
pub fn parse_prefix(input: &[u8]) -> Result<(Value<'_>, &[u8]), Error> {
    let mut reader = Reader { rest: input };
    let value = reader.value(0)?;
    Ok((value, reader.rest))
}

struct Reader<'a> {
    rest: &'a [u8],
}

/// The head of an item (RFC 8949 §3): its major type, and its argument.
struct Head {
    major: u8,
    argument: u64,
}

impl<'a> Reader<'a> {
    /// Reads one item that lies inside `depth` arrays and maps.
    fn value(&mut self, depth: usize) -> Result<Value<'a>, Error> {
        let Head { major, argument } = self.head()?;
        match major {
            0 => Ok(Value::Unsigned(argument)),
            1 => Ok(Value::Negative(argument)),
            2 => self.take(argument).map(Value::Bytes),
            3 => self.text(argument).map(Value::Text),
            4 => self.array(argument, enter(depth)?),
            5 => self.map(argument, enter(depth)?),
            6 => Err(Error::Tag),
            _ => simple(argument),
        }
    }

    fn head(&mut self) -> Result<Head, Error> {
        let [initial] = self.chunk()?;
        let major = initial >> 5;
        if major == 7 {
            return simple_head(initial);
        }
        let (argument, least) = match initial & 0x1f {
            short @ 0..=23 => (u64::from(short), 0),
            24 => (u64::from(u8::from_be_bytes(self.chunk()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.chunk()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.chunk()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.chunk()?), 1 << 32),
            31 => return Err(Error::IndefiniteLength),
            _ => return Err(Error::Reserved),
        };
        if argument < least {
            return Err(Error::NotShortest);
        }
        Ok(Head { major, argument })
    }

    fn array(&mut self, len: u64, depth: usize) -> Result<Value<'a>, Error> {
        self.expect_items(len)?;
        // No capacity from `len`: memory follows the items that are really there.
        let mut items = Vec::new();
        for _ in 0..len {
            items.push(self.value(depth)?);
        }
        Ok(Value::Array(items))
    }

    fn map(&mut self, len: u64, depth: usize) -> Result<Value<'a>, Error> {
        self.expect_items(len.saturating_mul(2))?;
        let mut map = Map::new();
        for _ in 0..len {
            let key = self.key()?;
            let value = self.value(depth)?;
            map.push(key, value)?;
        }
        Ok(Value::Map(map))
    }

    fn key(&mut self) -> Result<Key<'a>, Error> {
        let Head { major, argument } = self.head()?;
        match major {
            0 => Ok(Key::Unsigned(argument)),
            1 => Ok(Key::Negative(argument)),
            3 => self.text(argument).map(Key::Text),
            6 => Err(Error::Tag),
            _ => Err(Error::KeyType),
        }
    }

    fn text(&mut self, len: u64) -> Result<&'a str, Error> {
        core::str::from_utf8(self.take(len)?).map_err(|_| Error::Utf8)
    }

    /// Every item takes at least one byte, so more items than bytes cannot be.
    fn expect_items(&self, items: u64) -> Result<(), Error> {
        match usize::try_from(items) {
            Ok(items) if items <= self.rest.len() => Ok(()),
            _ => Err(Error::Truncated),
        }
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], Error> {
        let len = usize::try_from(len).map_err(|_| Error::Truncated)?;
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (chunk, rest) = self.rest.split_first_chunk().ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(*chunk)
    }
}

const fn enter(depth: usize) -> Result<usize, Error> {
    if depth < MAX_DEPTH {
        Ok(depth + 1)
    } else {
        Err(Error::TooDeep)
    }
}

/// Major type 7 carries no length: everything but three simple values is refused
/// by its initial byte, before anything is read after it.
fn simple_head(initial: u8) -> Result<Head, Error> {
    match initial & 0x1f {
        simple @ 20..=22 => Ok(Head {
            major: 7,
            argument: u64::from(simple),
        }),
        28..=30 => Err(Error::Reserved),
        31 => Err(Error::IndefiniteLength),
        _ => Err(Error::Simple),
    }
}

const fn simple(argument: u64) -> Result<Value<'static>, Error> {
    match argument {
        20 => Ok(Value::Bool(false)),
        21 => Ok(Value::Bool(true)),
        22 => Ok(Value::Null),
        _ => Err(Error::Simple),
    }
}
