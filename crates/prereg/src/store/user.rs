//! The small user directory.

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
