//! The compact form: segments separated by dots (RFC 7515 §7.1, RFC 7516 §7.1).

use crate::error::{Error, Malformed, NotAllowed};

/// Splits a token into exactly `N` segments; its size is checked first.
pub(crate) fn split<const N: usize>(token: &[u8], limit: usize) -> Result<[&[u8]; N], Error> {
    if token.len() > limit {
        return Err(NotAllowed::TokenTooLong.into());
    }
    let mut segments: [&[u8]; N] = [&[]; N];
    let mut rest = Some(token);
    for segment in &mut segments {
        (*segment, rest) = until_dot(rest.ok_or(Malformed::Segments)?);
    }
    if rest.is_some() || segments.first().is_none_or(|header| header.is_empty()) {
        return Err(Malformed::Segments.into());
    }
    Ok(segments)
}

/// What stands before the first dot, and what stands after it, if there is one.
fn until_dot(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let is_dot = |byte: &u8| *byte == b'.';
    // Without a branch for each byte, the compiler looks at many of them at once.
    let (blocks, _) = text.as_chunks::<64>();
    let has_dot = |block: &[u8; 64]| block.iter().fold(false, |seen, byte| seen | is_dot(byte));
    let before = blocks.iter().take_while(|block| !has_dot(block)).count() * 64;
    let rest = text.get(before..).unwrap_or_default();
    let Some(dot) = rest.iter().position(is_dot) else {
        return (text, None);
    };
    let (segment, rest) = text.split_at(before + dot);
    (segment, rest.split_first().map(|(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Against the library's way, with dots in and around every place.
    #[test]
    fn segments_are_what_stands_between_dots() {
        for length in 0..200 {
            for (first, second) in [(0, 1), (1, 64), (63, 65), (64, 127), (5, 199), (130, 131)] {
                let mut token = alloc::vec![b'a'; length];
                for dot in [first, second] {
                    if let Some(place) = token.get_mut(dot) {
                        *place = b'.';
                    }
                }
                let due: Vec<&[u8]> = token.split(|byte| *byte == b'.').collect();
                let right =
                    |count| due.len() == count && due.first().is_some_and(|s| !s.is_empty());
                let found = split::<3>(&token, 200).ok();
                assert_eq!(found.is_some(), right(3), "{length} {first} {second}");
                assert!(found.is_none_or(|found| found[..] == due[..]));
                let found = split::<2>(&token, 200).ok();
                assert_eq!(found.is_some(), right(2), "{length} {first} {second}");
                assert!(found.is_none_or(|found| found[..] == due[..]));
            }
        }
    }
}
