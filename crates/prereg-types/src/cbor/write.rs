//! The writer: canonical by construction, since heads are written shortest and
//! a [`Map`](super::Map) is always sorted.

use super::{Key, Value};

/// Appends `value` to `out`.
pub(super) fn value(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Unsigned(n) => head(out, 0, *n),
        Value::Negative(n) => head(out, 1, *n),
        Value::Bytes(bytes) => string(out, 2, bytes),
        Value::Text(text) => string(out, 3, text.as_bytes()),
        Value::Array(items) => {
            head(out, 4, length(items.len()));
            for item in items {
                self::value(out, item);
            }
        }
        Value::Map(map) => {
            head(out, 5, length(map.len()));
            for (key, item) in map.iter() {
                self::key(out, key);
                self::value(out, item);
            }
        }
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Null => out.push(0xf6),
    }
}

fn key(out: &mut Vec<u8>, key: Key<'_>) {
    match key {
        Key::Unsigned(n) => head(out, 0, n),
        Key::Negative(n) => head(out, 1, n),
        Key::Text(text) => string(out, 3, text.as_bytes()),
    }
}

fn string(out: &mut Vec<u8>, major: u8, bytes: &[u8]) {
    head(out, major, length(bytes.len()));
    out.extend_from_slice(bytes);
}

/// Writes a head in its shortest form (RFC 8949 §4.2.1).
fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    if let Ok(byte) = u8::try_from(argument) {
        if byte < 24 {
            out.push(major | byte);
        } else {
            out.extend_from_slice(&[major | 0x18, byte]);
        }
    } else if let Ok(short) = u16::try_from(argument) {
        out.push(major | 0x19);
        out.extend_from_slice(&short.to_be_bytes());
    } else if let Ok(word) = u32::try_from(argument) {
        out.push(major | 0x1a);
        out.extend_from_slice(&word.to_be_bytes());
    } else {
        out.push(major | 0x1b);
        out.extend_from_slice(&argument.to_be_bytes());
    }
}

/// No platform has a `usize` wider than 64 bits, so nothing saturates.
fn length(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
