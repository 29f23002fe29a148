//! Which line a place of a text is on.

/// Counts lines as it goes forward through a text, each character once.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    /// The line of that byte, counted from 1. Places must not go back.
    pub(super) fn of_byte(&mut self, at: usize) -> u64 {
        let between = self.text.as_bytes().get(self.at..at).unwrap_or_default();
        let newlines = between.iter().filter(|byte| **byte == b'\n');
        self.line += newlines.fold(0, |count, _| count + 1);
        self.at = self.at.max(at);
        self.line
    }
}
