//! The small user directory.

use super::StoreError;

/// What became of a user to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// Added.
    Yes,
    /// Somebody has this login, in whatever case it is written.
    LoginTaken,
    /// Somebody has this id.
    IdTaken,
}

/// Why none of several users was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UsersRefused {
    /// Somebody has the login or the id of the one at this place in the list.
    Taken(usize),
    /// The store did not do it.
    Store(StoreError),
}
