//! SQLite: write-ahead log, every commit on the disk before it is acknowledged,
//! several processes at once.
//!
//! Statements are plain SQL with numbered parameters. What only SQLite does is in
//! `file` (opening), `writer` (transactions) and the migrations. One thread writes
//! (`writer`); rows that are found by their key are read where they are needed
//! (`direct`), both by rusqlite. Pages and walks are read by sqlx, on its threads.

mod audit;
mod clients;
mod columns;
mod direct;
mod event_outbox;
mod failure;
mod file;
mod hooks;
mod mail_history;
mod mail_outbox;
mod migrations;
mod pages;
mod party;
#[cfg(test)]
mod plans;
mod provider;
mod rotation;
mod secrets;
mod sets;
mod signals;
mod system_log;
mod tokens;
#[cfg(test)]
mod trouble;
mod users;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use rusqlite::params;
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use tokio::sync::{Notify, OnceCell};

use self::failure::{Failed, Failure};
use self::file::{Link, Opened};
use self::signals::Signals;
use self::tokens::Touched;
use self::writer::{Queue, Scope};
use super::audit::AuditKey;
use super::{DATABASE_FILE, StoreError};
use crate::seal::Keyring;

/// More bytes than the changes of a request are, of the largest body that is taken
/// unless somebody allows larger ones.
const PROOF: i64 = 4 * 1024 * 1024;

/// Random ones, which no file system can make smaller.
const PROBE: &str = "INSERT INTO write_probe (id, filler) VALUES (1, randomblob(?1)) \
     ON CONFLICT (id) DO UPDATE SET filler = excluded.filler";

/// The database. Clones are handles of the same one.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    link: Arc<Link>,
    keyring: Keyring,
    queue: Queue,
    signals: Arc<Signals>,
    touched: Touched,
    audit_key: OnceCell<AuditKey>,
    #[cfg(test)]
    folder: Option<super::Folder>,
}

impl Database {
    /// Opens the file, makes it where it is not there, and brings its tables up
    /// to date. Must be called within a tokio runtime, which runs the writer.
    ///
    /// # Errors
    /// [`StoreError`] where the file cannot be used, or belongs to other keys.
    pub(crate) async fn open(path: &Path, keyring: Keyring) -> Result<Self, StoreError> {
        let link = Link::open(path, &keyring).await?;
        let started = Self::start(link, keyring);
        Ok(started.map_err(|error| Failure::Words(format!("no thread to write with: {error}")))?)
    }

    /// Opens the database of a data directory, which is made where it is not
    /// there: `prereg.db`, with the keys of [`Keyring::of_directory`].
    ///
    /// # Errors
    /// [`StoreError`], also for what is wrong with the keys.
    pub(crate) async fn open_directory(data: &Path) -> Result<Self, StoreError> {
        make_directory(data)?;
        let keyring = Keyring::of_directory(data).map_err(|error| StoreError(error.to_string()))?;
        Self::open(&data.join(DATABASE_FILE), keyring).await
    }

    /// An empty database in a folder that goes with its last handle, for tests.
    #[cfg(test)]
    pub(crate) async fn scratch() -> Self {
        let folder = super::Folder::new();
        let path = folder.path().join(DATABASE_FILE);
        let mut database = Self::open(&path, Keyring::ephemeral()).await.unwrap();
        Arc::get_mut(&mut database.0).unwrap().folder = Some(folder);
        database
    }

    /// The file.
    #[cfg(test)]
    fn path(&self) -> &Path {
        self.0.link.path()
    }

    fn start(link: Link, keyring: Keyring) -> io::Result<Self> {
        let link = Arc::new(link);
        let signals = Arc::new(Signals::default());
        let queue = Queue::start(link.clone(), keyring.clone(), signals.clone())?;
        Ok(Self(Arc::new(Inner {
            link,
            keyring,
            queue,
            signals,
            touched: Touched::default(),
            audit_key: OnceCell::new(),
            #[cfg(test)]
            folder: None,
        })))
    }

    /// Waits for what is being written, and closes the file.
    pub(crate) async fn close(&self) {
        self.0.queue.close().await;
    }

    /// Whether it can be read and written now, for `/readyz`. After a write that
    /// failed that takes a large one.
    pub(crate) async fn ready(&self) -> Result<(), StoreError> {
        let failures = &self.0.signals.failures;
        let seen = failures.seen();
        let bytes = if failures.doubt(seen) { PROOF } else { 1 };
        self.write(move |scope| {
            // As much as any change does: the lock, a page, the disk.
            scope.execute(PROBE, params![bytes])?;
            Ok::<_, Failed<StoreError>>(())
        })
        .await?;
        failures.overcome(seen);
        Ok(())
    }

    /// Told after each commit of this process that queued mail.
    pub(crate) fn mail_queued(&self) -> &Notify {
        &self.0.signals.mail_queued
    }

    /// Told after each commit of this process that queued an event.
    pub(crate) fn events_queued(&self) -> &Notify {
        &self.0.signals.events_queued
    }

    pub(in crate::store) fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    fn touched(&self) -> &Touched {
        &self.0.touched
    }

    /// The database as it is opened now, for [`direct`].
    async fn opened(&self) -> Result<Arc<Opened>, Failure> {
        self.0.link.opened(&self.0.keyring).await
    }

    /// A connection to read with.
    async fn reader(&self) -> Result<PoolConnection<Sqlite>, Failure> {
        Ok(self.opened().await?.readers.acquire().await?)
    }

    /// Makes a change, durably.
    async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: FnOnce(&mut Scope) -> Result<T, Failed<E>> + Send + 'static,
    {
        self.0.queue.write(work).await
    }

    fn write_later<F>(&self, work: F)
    where
        F: FnOnce(&mut Scope) -> Result<(), Failed<StoreError>> + Send + 'static,
    {
        self.0.queue.write_later(work);
    }
}

/// Makes the data directory, open to its owner alone.
fn make_directory(path: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|error| Failure::File(path.to_path_buf(), error))
}
