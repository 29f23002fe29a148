//! Strict base64url without padding (RFC 7515 §2, RFC 4648 §5).
//!
//! Only the canonical form is read: the URL-safe alphabet, no padding, no white
//! space, and the unused bits of the last character zero. Decoding takes the
//! same time for every text of one length, so it serves for private keys too.

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use crate::error::{Error, Malformed};

/// Encodes bytes.
///
/// ```
/// assert_eq!(jose_core::base64url::encode(b"\xff\xfe"), "__4");
/// ```
pub fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Appends the encoding of `bytes` to `out`.
pub fn encode_to(bytes: &[u8], out: &mut String) {
    // 48 bytes in, 64 characters out: whole groups, so chunks join seamlessly.
    let mut buffer = Zeroizing::new([0u8; 64]);
    for chunk in bytes.chunks(48) {
        if let Ok(text) = Base64UrlUnpadded::encode(chunk, &mut *buffer) {
            out.push_str(text);
        }
    }
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
