//! What can go wrong below the store's methods, and how it is told.

use std::path::PathBuf;

use relying_party::store::{CommitError, StoreError};
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
use sqlx::migrate::MigrateError;

use crate::seal::SealError;

/// Why the database did not do it.
#[derive(Debug)]
pub(super) enum Failure {
    /// SQLite or the connection to it, by sqlx: pages, walks and migrations.
    Sqlx(sqlx::Error),
    /// The same by rusqlite: what is written, and rows found by their key.
    Rusqlite(rusqlite::Error),
    /// The tables cannot be brought up to date.
    Migrate(MigrateError),
    /// A secret was not sealed or opened.
    Seal(SealError),
    /// A stored value is none that this program writes.
    Damaged(&'static str),
    /// The file is not where it was.
    Gone(PathBuf),
    /// A folder or file could not be made or looked at.
    File(PathBuf, std::io::Error),
    /// Told in full.
    Words(String),
    /// The database was closed by this process.
    Closed,
}

/// Why a change was not made.
#[derive(Debug)]
pub(super) enum Failed<E> {
    /// It must not be made.
    Refused(E),
    /// It could not be made.
    Failure(Failure),
}

impl<E> From<Failure> for Failed<E> {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl<E> From<rusqlite::Error> for Failed<E> {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl<E> From<SealError> for Failed<E> {
    fn from(error: SealError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sqlx(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Rusqlite(error)
    }
}

impl From<MigrateError> for Failure {
    fn from(error: MigrateError) -> Self {
        Self::Migrate(error)
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<Failure> for CommitError {
    fn from(failure: Failure) -> Self {
        Self::Store(failure.into())
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self(failure.text())
    }
}

impl Failure {
    /// The words for the log. Values never stand in SQLite's messages: they are
    /// bound to statements, not written into them.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Sqlx(error) => sqlx_text(error),
            Self::Rusqlite(error) => rusqlite_text(error),
            Self::Migrate(error) => migrate_text(error),
            Self::Seal(error) => error.to_string(),
            Self::Damaged(what) => format!("{what}: the stored value is damaged"),
            Self::Gone(path) => format!(
                "the database {} is gone; it is used again once it is back",
                path.display()
            ),
            Self::File(path, error) => format!("{}: {error}", path.display()),
            Self::Words(words) => words.clone(),
            Self::Closed => "the database is closed".to_owned(),
        }
    }
}

/// Whether a statement would have broken the named UNIQUE constraint, such as
/// `enrollments.credential_id`.
pub(super) fn breaks_unique(error: &rusqlite::Error, column: &str) -> bool {
    let rusqlite::Error::SqliteFailure(code, Some(message)) = error else {
        return false;
    };
    let unique = [SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY];
    unique.contains(&code.extended_code) && message.split([' ', ',']).any(|named| named == column)
}

fn sqlx_text(error: &sqlx::Error) -> String {
    let Some(database) = error.as_database_error() else {
        return format!("database: {error}");
    };
    let code = database.code().and_then(|code| code.parse().ok());
    told(code, database.message())
}

fn rusqlite_text(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, Some(message)) => {
            told(Some(code.extended_code), message)
        }
        rusqlite::Error::SqliteFailure(code, None) => {
            told(Some(code.extended_code), &code.to_string())
        }
        error => format!("database: {error}"),
    }
}

fn told(code: Option<i32>, message: &str) -> String {
    match code.and_then(hint) {
        Some(hint) => format!("database: {hint} ({message})"),
        None => format!("database: {message}"),
    }
}

/// What the primary result code of SQLite means to an operator.
const fn hint(code: i32) -> Option<&'static str> {
    match code & 0xff {
        5 | 6 => Some("another process keeps it busy; try again"),
        8 => Some("it may not be written"),
        10 => Some("the disk failed"),
        11 | 26 => Some("the file is damaged; restore it from a backup"),
        13 => Some("the disk is full; make room"),
        14 => Some("the file cannot be opened"),
        _ => None,
    }
}

fn migrate_text(error: &MigrateError) -> String {
    match error {
        MigrateError::VersionMissing(version) => format!(
            "the database was made by a newer prereg (version {version} of its tables); use that one"
        ),
        MigrateError::VersionMismatch(version) => format!(
            "version {version} of the database's tables is not the one this prereg knows; it was \
             made by a development build"
        ),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => sqlx_text(error),
        other => format!("database: {other}"),
    }
}
