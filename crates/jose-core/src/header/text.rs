//! Short texts without the heap.

use alloc::boxed::Box;
use core::fmt;

/// As long as key ids and media types mostly are.
const INLINE: usize = 46;

/// A text that takes a place on the heap only where it is long.
#[derive(Clone)]
pub(crate) enum Text {
    /// The first so many bytes.
    Short(u8, [u8; INLINE]),
    Long(Box<str>),
}

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (u8::try_from(text.len()), bytes.get_mut(..text.len())) {
            (Ok(length), Some(place)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Short(length, bytes)
            }
            _ => Self::Long(text.into()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Short(length, bytes) => {
                let text = bytes.get(..usize::from(*length)).unwrap_or_default();
                // It was a text when it came.
                core::str::from_utf8(text).unwrap_or_default()
            }
            Self::Long(text) => text,
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length() {
        for length in 0..100 {
            let text = "é".repeat(length / 2) + if length % 2 == 1 { "a" } else { "" };
            assert_eq!(Text::new(&text).as_str(), text);
            assert_eq!(
                matches!(Text::new(&text), Text::Short(..)),
                length <= INLINE
            );
        }
    }
}
