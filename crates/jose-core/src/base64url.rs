//! Strict base64url without padding (RFC 7515 §2, RFC 4648 §5).
//!
//! Only the canonical form is read: the URL-safe alphabet, no padding, no white
//! space, and the unused bits of the last character zero.
//!
//! Both ways are arithmetic on blocks of 64 characters, without tables and without
//! branches on what they hold, so that the compiler makes vectors of them and the
//! time shows lengths only. Private keys go through `base64ct` nevertheless, whose
//! timing others have looked at.

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Malformed};

/// Bytes and characters of a block: whole groups, so that blocks join seamlessly.
const BYTES: usize = 48;
const CHARACTERS: usize = 64;

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
    let mut block = Block::new();
    for chunk in bytes.chunks(BYTES) {
        let characters = block.encode(chunk);
        // The alphabet is ASCII.
        out.push_str(core::str::from_utf8(characters).unwrap_or_default());
    }
    block.zeroize();
}

/// The number of characters that encode so many bytes.
pub const fn encoded_len(bytes: usize) -> usize {
    bytes / 3 * 4 + (bytes % 3 * 4).div_ceil(3)
}

/// Replaces the bytes from `start` on by their encoding. The buffer does not move
/// where it has room for [`encoded_len`].
pub(crate) fn encode_tail(buffer: &mut Vec<u8>, start: usize) {
    let length = buffer.len().saturating_sub(start);
    let end = start + encoded_len(length);
    let mut read = end - length;
    buffer.resize(end, 0);
    // The bytes wait at the end: what is written never reaches what is unread.
    buffer.copy_within(start..start + length, read);
    let (mut block, mut write) = (Block::new(), start);
    while let Some(chunk) = buffer.get(read..end.min(read + BYTES)) {
        read += chunk.len();
        let characters = block.encode(chunk);
        let Some(place) = buffer.get_mut(write..write + characters.len()) else {
            break;
        };
        place.copy_from_slice(characters);
        write += characters.len();
        if read == end {
            break;
        }
    }
    block.zeroize();
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
    let mut foreign = 0;
    let mut block = Block::new();
    for (text, out) in text.chunks(CHARACTERS).zip(out.chunks_mut(BYTES)) {
        foreign |= block.decode(text, out);
    }
    block.zeroize();
    if foreign == 0 {
        return Ok(());
    }
    out.zeroize();
    Err(Malformed::Base64Url.into())
}

/// Appends the encoding of a private key, by `base64ct`.
pub(crate) fn encode_private_to(bytes: &[u8; BYTES], out: &mut String) {
    let mut text = Zeroizing::new([0; CHARACTERS]);
    if let Ok(text) = Base64UrlUnpadded::encode(bytes, &mut *text) {
        out.push_str(text);
    }
}

/// Decodes a private key, by `base64ct`.
pub(crate) fn decode_private_to(text: &[u8], out: &mut [u8; BYTES]) -> Result<(), Error> {
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

/// Room for one block; to be wiped.
#[derive(Zeroize)]
struct Block {
    bytes: [u8; BYTES],
    characters: [u8; CHARACTERS],
}

impl Block {
    const fn new() -> Self {
        Self {
            bytes: [0; BYTES],
            characters: [0; CHARACTERS],
        }
    }

    /// The characters of at most 48 bytes.
    fn encode(&mut self, bytes: &[u8]) -> &[u8] {
        if bytes.len() < BYTES {
            self.bytes = [0; BYTES];
        }
        copy(&mut self.bytes, bytes);
        let (groups, _) = self.bytes.as_chunks::<3>();
        let (fours, _) = self.characters.as_chunks_mut::<4>();
        for (four, [a, b, c]) in fours.iter_mut().zip(groups) {
            *four = [a >> 2, a << 4 | b >> 4, b << 2 | c >> 6, *c];
        }
        for character in &mut self.characters {
            *character = to_character(*character & 0x3f);
        }
        let count = encoded_len(bytes.len());
        self.characters.get(..count).unwrap_or_default()
    }

    /// Decodes at most 64 characters into as many bytes as they stand for. Not
    /// zero where a character is of another alphabet, or a bit beyond the bytes
    /// is set.
    fn decode(&mut self, text: &[u8], out: &mut [u8]) -> u8 {
        if text.len() < CHARACTERS {
            self.characters = [b'A'; CHARACTERS];
        }
        copy(&mut self.characters, text);
        let mut foreign = 0;
        for character in &mut self.characters {
            *character = to_value(*character);
            foreign |= *character & 0x80;
        }
        let (groups, _) = self.bytes.as_chunks_mut::<3>();
        let (fours, _) = self.characters.as_chunks::<4>();
        for (group, [a, b, c, d]) in groups.iter_mut().zip(fours) {
            *group = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
        }
        let (decoded, beyond) = self.bytes.split_at(out.len().min(BYTES));
        copy(out, decoded);
        beyond.iter().fold(foreign, |seen, byte| seen | byte)
    }
}

/// Copies as much as both have.
fn copy(to: &mut [u8], from: &[u8]) {
    let count = to.len().min(from.len());
    if let (Some(to), Some(from)) = (to.get_mut(..count), from.get(..count)) {
        to.copy_from_slice(from);
    }
}

/// All ones where `first` ≤ character ≤ `last`.
const fn between(character: u8, first: u8, last: u8) -> u8 {
    let within = character.wrapping_sub(first) <= last - first;
    (within as u8).wrapping_neg()
}

/// The character of a value below 64.
const fn to_character(value: u8) -> u8 {
    (value.wrapping_add(b'A') & between(value, 0, 25))
        | (value.wrapping_add(b'a' - 26) & between(value, 26, 51))
        | (value.wrapping_sub(52 - b'0') & between(value, 52, 61))
        | (b'-' & between(value, 62, 62))
        | (b'_' & between(value, 63, 63))
}

/// The value of a character, with the top bit set for one of another alphabet.
const fn to_value(character: u8) -> u8 {
    let upper = between(character, b'A', b'Z');
    let lower = between(character, b'a', b'z');
    let digit = between(character, b'0', b'9');
    let minus = between(character, b'-', b'-');
    let underscore = between(character, b'_', b'_');
    let known = upper | lower | digit | minus | underscore;
    (character.wrapping_sub(b'A') & upper)
        | (character.wrapping_sub(b'a' - 26) & lower)
        | (character.wrapping_add(52 - b'0') & digit)
        | (0x3e & minus)
        | (0x3f & underscore)
        | (!known & 0x80)
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
