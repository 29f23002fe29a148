//! Strict base64url without padding (RFC 7515 §2, RFC 4648 §5).
//!
//! Only the canonical form is read: the URL-safe alphabet, no padding, no white
//! space, and the unused bits of the last character zero.
//!
//! Both ways are arithmetic on groups of 32 characters, without tables and without
//! branches on what they hold, so that the compiler makes vectors of them and the
//! time shows lengths only. Private keys go through `base64ct` nevertheless, whose
//! timing others have looked at.

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use crate::curve::FIELD_BYTES;
use crate::error::{Error, Malformed};
use crate::secret::wipe;

/// Bytes and characters of a group, which is read and written at once.
const BYTES: usize = 24;
const CHARACTERS: usize = 32;

/// Encodes bytes.
///
/// ```
/// assert_eq!(jose_core::base64url::encode(b"\xff\xfe"), "__4");
/// ```
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(encoded_len(bytes.len()));
    encode_to(bytes, &mut out);
    out
}

/// Appends the encoding of `bytes` to `out`.
pub fn encode_to(bytes: &[u8], out: &mut String) {
    let mut text = core::mem::take(out).into_bytes();
    append(bytes, &mut text);
    // It was text, and what follows is ASCII.
    *out = String::from_utf8(text).unwrap_or_default();
}

/// Appends the encoding of `bytes` to a text.
pub(crate) fn append(bytes: &[u8], text: &mut Vec<u8>) {
    let start = text.len();
    text.resize(start + encoded_len(bytes.len()), 0);
    let (groups, rest) = bytes.as_chunks();
    let out = text.get_mut(start..).unwrap_or_default();
    let (places, last) = out.as_chunks_mut();
    for (group, place) in groups.iter().zip(places) {
        encode_group(group, place);
    }
    encode_rest(rest, last);
}

/// The number of characters that encode so many bytes.
pub const fn encoded_len(bytes: usize) -> usize {
    bytes / 3 * 4 + (bytes % 3 * 4).div_ceil(3)
}

/// Replaces the bytes from `start` on by their encoding. The buffer does not move
/// where it has room for [`encoded_len`].
pub(crate) fn encode_tail(buffer: &mut Vec<u8>, start: usize) {
    let length = buffer.len().saturating_sub(start);
    buffer.resize(start + encoded_len(length), 0);
    let tail = buffer.get_mut(start..).unwrap_or_default();
    let (whole, rest) = (length / BYTES, length % BYTES);
    let mut group = [0; BYTES];
    // From the last to the first: what is written never reaches what is unread.
    let last = group.get_mut(..rest).unwrap_or_default();
    copy(last, tail.get(whole * BYTES..).unwrap_or_default());
    encode_rest(last, tail.get_mut(whole * CHARACTERS..).unwrap_or_default());
    for number in (0..whole).rev() {
        if let Some(bytes) = tail.get(number * BYTES..).and_then(<[u8]>::first_chunk) {
            group = *bytes;
        }
        let place = tail.get_mut(number * CHARACTERS..).unwrap_or_default();
        if let Some(place) = place.first_chunk_mut() {
            encode_group(&group, place);
        }
    }
    wipe(&mut group);
}

/// Decodes canonical base64url.
///
/// # Errors
/// [`Malformed::Base64Url`] for anything else: padding, another alphabet, white
/// space, an impossible length or non-zero trailing bits.
///
/// ```
/// use jose_core::base64url::decode;
/// assert_eq!(decode(b"__4").unwrap(), b"\xff\xfe");
/// assert!(decode(b"__5").is_err(), "trailing bits are not zero");
/// assert!(decode(b"__4=").is_err(), "padding");
/// assert!(decode(b"//4").is_err(), "another alphabet");
/// ```
pub fn decode(text: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = alloc::vec![0u8; decoded_len(text.len())?];
    decode_to(text, &mut out)?;
    Ok(out)
}

/// Decodes into a buffer that has exactly the decoded length.
///
/// # Errors
/// [`Malformed::Base64Url`] as [`decode`], and where the lengths do not match.
pub fn decode_to(text: &[u8], out: &mut [u8]) -> Result<(), Error> {
    if decoded_len(text.len())? != out.len() {
        return Err(Malformed::Base64Url.into());
    }
    let (groups, rest) = text.as_chunks();
    let (places, last) = out.as_chunks_mut();
    let mut reader = Reader::default();
    for (group, place) in groups.iter().zip(places) {
        reader.decode_group(group, place);
    }
    if reader.decode_rest(rest, last) && reader.foreign == [0; CHARACTERS] {
        return Ok(());
    }
    wipe(out);
    Err(Malformed::Base64Url.into())
}

/// Appends the encoding of a private key, by `base64ct`.
pub(crate) fn encode_private_to(bytes: &[u8; FIELD_BYTES], out: &mut String) {
    let mut text = Zeroizing::new([0; encoded_len(FIELD_BYTES)]);
    if let Ok(text) = Base64UrlUnpadded::encode(bytes, &mut *text) {
        out.push_str(text);
    }
}

/// Decodes a private key, by `base64ct`.
pub(crate) fn decode_private_to(text: &[u8], out: &mut [u8; FIELD_BYTES]) -> Result<(), Error> {
    if decoded_len(text.len())? != out.len() {
        return Err(Malformed::Base64Url.into());
    }
    Base64UrlUnpadded::decode(text, out).map_err(|_| Malformed::Base64Url)?;
    Ok(())
}

/// The number of bytes that `characters` characters decode to.
///
/// # Errors
/// [`Malformed::Base64Url`] for a length that no encoding has (4k + 1).
pub fn decoded_len(characters: usize) -> Result<usize, Error> {
    match characters % 4 {
        1 => Err(Malformed::Base64Url.into()),
        rest => Ok(characters / 4 * 3 + rest * 3 / 4),
    }
}

/// Encodes a whole group.
fn encode_group(bytes: &[u8; BYTES], out: &mut [u8; CHARACTERS]) {
    let (sixes, _) = bytes.as_chunks();
    let (eights, _) = out.as_chunks_mut();
    for (eight, [a, b, c, d, e, f]) in eights.iter_mut().zip(sixes) {
        let high = u32::from_be_bytes([*a, *b, *c, *d]) >> 8;
        let low = u32::from_be_bytes([*c, *d, *e, *f]) & 0x00ff_ffff;
        *eight = spread(high, low).to_le_bytes();
    }
    for character in out {
        *character = to_character(*character);
    }
}

/// Encodes less than a group.
fn encode_rest(bytes: &[u8], out: &mut [u8]) {
    if bytes.is_empty() {
        return;
    }
    let (mut group, mut characters) = ([0; BYTES], [0; CHARACTERS]);
    copy(&mut group, bytes);
    encode_group(&group, &mut characters);
    copy(out, &characters);
    wipe(&mut group);
    wipe(&mut characters);
}

/// Decodes group after group; wiped when dropped.
#[derive(Default)]
struct Reader {
    values: [u8; CHARACTERS],
    /// Not zero after a character of another alphabet.
    foreign: [u8; CHARACTERS],
}

impl Reader {
    /// Decodes a whole group.
    fn decode_group(&mut self, text: &[u8; CHARACTERS], out: &mut [u8; BYTES]) {
        let places = self.values.iter_mut().zip(&mut self.foreign);
        for ((value, foreign), character) in places.zip(text) {
            *value = to_value(*character);
            // What is no character of the alphabet got the value of one that is.
            *foreign |= to_character(*value) ^ *character;
        }
        let (eights, _) = self.values.as_chunks();
        let (pairs, _) = eights.as_chunks::<2>();
        let (twelves, _) = out.as_chunks_mut::<12>();
        for (twelve, [first, last]) in twelves.iter_mut().zip(pairs) {
            let bits = gather(*first) << 48 | gather(*last);
            let [_, _, _, _, bytes @ ..] = bits.to_be_bytes();
            *twelve = bytes;
        }
    }

    /// Decodes less than a group; false where a bit beyond the bytes is set.
    fn decode_rest(&mut self, text: &[u8], out: &mut [u8]) -> bool {
        if text.is_empty() {
            return true;
        }
        let (mut characters, mut bytes) = ([b'A'; CHARACTERS], [0; BYTES]);
        copy(&mut characters, text);
        self.decode_group(&characters, &mut bytes);
        wipe(&mut characters);
        let (decoded, _) = bytes.split_at_mut(out.len().min(BYTES));
        copy(out, decoded);
        wipe(decoded);
        let nothing_beyond = bytes == [0; BYTES];
        wipe(&mut bytes);
        nothing_beyond
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        wipe(&mut self.values);
        wipe(&mut self.foreign);
    }
}

/// Twice 24 bits as eight values of six bits, a byte each, the first lowest.
const fn spread(first: u32, second: u32) -> u64 {
    let bits = first as u64 | (second as u64) << 32;
    let bits = bits >> 12 & 0x0000_0fff_0000_0fff | (bits & 0x0000_0fff_0000_0fff) << 16;
    bits >> 6 & 0x003f_003f_003f_003f | (bits & 0x003f_003f_003f_003f) << 8
}

/// The reverse of [`spread`], as 48 bits.
const fn gather(values: [u8; 8]) -> u128 {
    let bits = u64::from_le_bytes(values);
    let bits = (bits & 0x003f_003f_003f_003f) << 6 | bits >> 8 & 0x003f_003f_003f_003f;
    let bits = (bits & 0x0000_0fff_0000_0fff) << 12 | bits >> 16 & 0x0000_0fff_0000_0fff;
    ((bits & 0x00ff_ffff) << 24 | bits >> 32) as u128
}

/// Copies as much as both have.
fn copy(to: &mut [u8], from: &[u8]) {
    let count = to.len().min(from.len());
    if let (Some(to), Some(from)) = (to.get_mut(..count), from.get(..count)) {
        to.copy_from_slice(from);
    }
}

/// So much where a byte is above a bound, both below 128.
const fn above(byte: u8, bound: u8, much: u8) -> u8 {
    ((byte.cast_signed() > bound.cast_signed()) as u8).wrapping_neg() & much
}

/// The character of a value below 64: from range to range their distance changes.
const fn to_character(value: u8) -> u8 {
    value
        .wrapping_add(b'A')
        .wrapping_add(above(value, 25, b'a' - b'Z' - 1))
        .wrapping_sub(above(value, 51, b'z' - b'0' + 1))
        .wrapping_sub(above(value, 61, b'9' - b'-' + 1))
        .wrapping_add(above(value, 62, b'_' - b'-' - 1))
}

/// The value of a character; of any other byte some value below 64.
const fn to_value(character: u8) -> u8 {
    let value = character
        .wrapping_add(62 - b'-')
        .wrapping_sub(above(character, b'-', b'0' + 62 - b'-' - 52))
        .wrapping_sub(above(character, b'9', b'A' + 52 - b'0'))
        .wrapping_add(above(character, b'Z', 63 + b'A' - b'_'))
        .wrapping_sub(above(character, b'_', b'a' + 63 - b'_' - 26));
    value & 0x3f
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each character in each place, against the other implementation; and each
    /// length.
    #[test]
    fn as_base64ct() {
        for length in 0..140_usize {
            let seed = u8::try_from(length).unwrap();
            let bytes: Vec<u8> = (0..length)
                .map(|i| {
                    seed.wrapping_mul(89)
                        .wrapping_add(u8::try_from(i).unwrap().wrapping_mul(151))
                })
                .collect();
            let text = encode(&bytes);
            assert_eq!(text, Base64UrlUnpadded::encode_string(&bytes));
            assert_eq!(text.len(), encoded_len(length));
            assert_eq!(decode(text.as_bytes()).unwrap(), bytes);
            let mut tail = b"before".to_vec();
            tail.extend_from_slice(&bytes);
            encode_tail(&mut tail, 6);
            assert_eq!(tail.split_at(6), (&b"before"[..], text.as_bytes()));
        }
    }

    #[test]
    fn every_character_in_every_place() {
        for length in [2, 3, 4, 63, 64, 66, 130_usize] {
            for place in 0..length {
                for character in 0..=255 {
                    let mut text = alloc::vec![b'Q'; length];
                    if length % 4 == 2 {
                        text[length - 1] = b'w';
                    } else if length % 4 == 3 {
                        text[length - 1] = b'U';
                    }
                    text[place] = character;
                    let due =
                        Base64UrlUnpadded::decode_vec(core::str::from_utf8(&text).unwrap_or("\n"));
                    assert_eq!(decode(&text).ok(), due.ok(), "{length} {place} {character}");
                }
            }
        }
    }
}
