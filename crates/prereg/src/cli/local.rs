//! Commands that work on the data directory itself, whether a server runs or
//! not: SQLite lets several processes in, and a running server reads everything
//! from the database anew.

use std::path::{Path, PathBuf};

use prereg_types::Timestamp;
use relying_party::clock::Clock as _;

use super::Failure;
use crate::clock::SystemClock;
use crate::config;
use crate::store::{Database, StoreError};

/// Whether a command may found a data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directory {
    /// It makes one where there is none.
    MayBeNew,
    /// There must be one: who looks for something in the wrong place shall not
    /// be told that it is empty.
    Exists,
}

/// Runs a command on the database of the data directory.
pub(crate) fn with_database<T>(
    settings: &config::Args,
    directory: Directory,
    work: impl AsyncFnOnce(&Database) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let data = settings.settings()?.server.data;
    if directory == Directory::Exists {
        check_exists(&data)?;
    }
    runtime()?.block_on(async {
        let db = Database::open_directory(&data).await?;
        let done = work(&db).await;
        db.close().await;
        done
    })
}

/// Whether the data directory has been founded.
pub(crate) fn has_database(settings: &config::Args) -> Result<bool, Failure> {
    Ok(database_file(&settings.settings()?.server.data).exists())
}

/// A runtime for one command.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    built.map_err(|error| Failure::Usage(format!("cannot start the runtime: {error}")))
}

/// The clock of the machine.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

fn check_exists(data: &Path) -> Result<(), Failure> {
    let database = database_file(data);
    if database.exists() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "there is no {}; name the data directory with --data, or found it with `prereg serve`",
        database.display()
    )))
}

fn database_file(data: &Path) -> PathBuf {
    data.join("prereg.db")
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused {
            code: "store",
            message: error.to_string(),
        }
    }
}
