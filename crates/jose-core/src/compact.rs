//! The compact form: segments separated by dots (RFC 7515 §7.1, RFC 7516 §7.1).

use crate::error::{Error, Malformed, NotAllowed};

/// Splits a token into exactly `N` segments; its size is checked first.
pub(crate) fn split<const N: usize>(token: &[u8], limit: usize) -> Result<[&[u8]; N], Error> {
    if token.len() > limit {
        return Err(NotAllowed::TokenTooLong.into());
    }
    let mut segments: [&[u8]; N] = [&[]; N];
    // One piece more than is due, so that a longer token is noticed at once.
    let mut pieces = token.splitn(N + 1, |&byte| byte == b'.');
    for segment in &mut segments {
        *segment = pieces.next().ok_or(Malformed::Segments)?;
    }
    if pieces.next().is_some() || segments.first().is_none_or(|header| header.is_empty()) {
        return Err(Malformed::Segments.into());
    }
    Ok(segments)
}
