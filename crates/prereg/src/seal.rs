//! Sealing at rest: key-encryption keys, data keys, and what binds a secret to its row.

mod keyring;

pub(crate) use keyring::{KeyError, Keyring};
