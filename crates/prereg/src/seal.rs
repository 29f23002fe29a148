//! Sealing at rest.
//!
//! A row that holds secrets has a random data key of its own, which is kept
//! beside them wrapped by a key-encryption key (AES Key Wrap, RFC 3394). What is
//! sealed under it (AES-256-GCM) is bound to its table, column and row, so it
//! opens nowhere else. Changing the key-encryption key wraps the data keys anew
//! and leaves the secrets where they are; overwriting a row takes its data key
//! with it.

mod data_key;
mod keyring;
mod source;

use std::fmt;

pub(crate) use data_key::{DataKey, Place};
pub(crate) use keyring::{KekId, KeyEncryptionKey, Keyring};
pub(crate) use source::{KeyError, KeySource};

/// Why something was not sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SealError {
    /// The row needs a key-encryption key that is not there.
    UnknownKey(KekId),
    /// It was changed, or moved here from another place, or never sealed.
    Refused {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The data key does not open under the key-encryption key of that name.
    DataKey(KekId),
    /// The generator of random numbers failed.
    Randomness,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey(id) => write!(
                f,
                "a row needs the secret key {id}, which is not there; restore it from a backup"
            ),
            Self::Refused { table, column } => write!(
                f,
                "{table}.{column}: a sealed value was changed or moved, and is not used"
            ),
            Self::DataKey(id) => write!(f, "a data key was changed: secret key {id} refuses it"),
            Self::Randomness => f.write_str("the generator of random numbers failed"),
        }
    }
}

impl std::error::Error for SealError {}
