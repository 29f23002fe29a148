//! The key-encryption keys: one in use, and older ones that still open rows.

use std::fmt;
use std::path::Path;

/// The key-encryption keys. Wiped when dropped, never printed.
#[derive(Clone)]
pub(crate) struct Keyring(());

/// Why there is no key to work with; says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyError(String);

impl Keyring {
    /// The keys for a data directory: from the environment variable
    /// `PREREG_SECRET_KEY`, from the file that `PREREG_SECRET_KEY_FILE` names, or
    /// from `secret.key` in the directory. That file is made on the very first
    /// start, when there is no database yet.
    ///
    /// # Errors
    /// [`KeyError`] where a key is missing, of the wrong length, or in a file
    /// that others can read.
    pub(crate) fn of_directory(data: &Path) -> Result<Self, KeyError> {
        let _ = data;
        Err(KeyError("unfinished".to_owned()))
    }

    /// A key of this process alone, for tests.
    #[cfg(test)]
    pub(crate) fn ephemeral() -> Self {
        Self(())
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(redacted)")
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for KeyError {}
