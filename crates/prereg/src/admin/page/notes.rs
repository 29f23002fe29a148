//! What came of a press of a button, told on the page that follows. Kept here
//! and named by a random number in the address: an address that somebody else
//! made up can put no words on the page.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Whether it went well.
    pub(super) fine: bool,
    /// What to tell. Never a secret.
    pub(super) text: String,
}

/// Notes that nobody has read yet.
#[derive(Debug, Default)]
pub(super) struct Notes(Mutex<VecDeque<(u64, Note)>>);

/// So many are kept; older ones are for nobody.
const MOST: usize = 64;

impl Note {
    pub(super) fn fine(text: impl Into<String>) -> Self {
        Self {
            fine: true,
            text: text.into(),
        }
    }

    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self {
            fine: false,
            text: text.into(),
        }
    }
}

impl Notes {
    /// Keeps a note and gives its number.
    pub(super) fn leave(&self, note: Note) -> u64 {
        let mut random = [0; 8];
        // Without randomness the number could be guessed, and the note be read
        // by whoever may see the page anyway.
        let _ = getrandom::fill(&mut random);
        let number = u64::from_ne_bytes(random);
        let mut notes = self.notes();
        if notes.len() >= MOST {
            notes.pop_front();
        }
        notes.push_back((number, note));
        number
    }

    /// Takes a note; it is told once.
    pub(super) fn take(&self, number: u64) -> Option<Note> {
        let mut notes = self.notes();
        let index = notes.iter().position(|(its, _)| *its == number)?;
        notes.remove(index).map(|(_, note)| note)
    }

    fn notes(&self) -> MutexGuard<'_, VecDeque<(u64, Note)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_told_once_and_old_ones_are_forgotten() {
        let notes = Notes::default();
        let first = notes.leave(Note::fine("done"));
        assert_eq!(notes.take(first), Some(Note::fine("done")));
        assert_eq!(notes.take(first), None);
        let old = notes.leave(Note::bad("old"));
        for _ in 0..MOST {
            notes.leave(Note::fine("new"));
        }
        assert_eq!(notes.take(old), None);
    }
}
