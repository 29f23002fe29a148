//! SQLite by sqlx: write-ahead log, every commit on the disk before it is
//! acknowledged, several processes at once.
//!
//! Statements are plain SQL with numbered parameters. What only SQLite does is in
//! `file` (opening), `writer` (transactions) and the migrations.

mod audit;
mod clients;
mod columns;
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

use std::fs;
use std::path::Path;
use std::sync::Arc;

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use tokio::sync::{Notify, OnceCell};

use self::failure::{Failed, Failure};
use self::file::Link;
use self::signals::Signals;
use self::tokens::Touched;
use self::writer::{Queue, Scope, Work};
use super::audit::AuditKey;
use super::{DATABASE_FILE, StoreError};
use crate::seal::Keyring;

/// More bytes than the changes of a request are, of the largest body that is taken
/// unless somebody allows larger ones.
const PROOF: i64 = 4 * 1024 * 1024;

/// Random ones, which no file system can make smaller.
const PROBE: &str = "INSERT INTO write_probe (id, filler) VALUES (1, randomblob($1)) \
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
}

impl Database {
    /// Opens the file, makes it where it is not there, and brings its tables up
    /// to date. Must be called within a tokio runtime, which runs the writer.
    ///
    /// # Errors
    /// [`StoreError`] where the file cannot be used, or belongs to other keys.
    pub(crate) async fn open(path: &Path, keyring: Keyring) -> Result<Self, StoreError> {
        let link = Link::open(path, &keyring).await?;
        Ok(Self::start(link, keyring))
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

    /// An empty database that lasts as long as its handles, for tests.
    #[cfg(test)]
    pub(crate) async fn memory() -> Self {
        let keyring = Keyring::ephemeral();
        let link = Link::memory(&keyring).await.unwrap();
        Self::start(link, keyring)
    }

    fn start(link: Link, keyring: Keyring) -> Self {
        let link = Arc::new(link);
        let signals = Arc::new(Signals::default());
        let queue = Queue::start(link.clone(), keyring.clone(), signals.clone());
        Self(Arc::new(Inner {
            link,
            keyring,
            queue,
            signals,
            touched: Touched::default(),
            audit_key: OnceCell::new(),
        }))
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
            Box::pin(async move {
                // As much as any change does: the lock, a page, the disk.
                sqlx::query(PROBE)
                    .bind(bytes)
                    .execute(scope.connection())
                    .await?;
                Ok::<_, Failed<StoreError>>(())
            })
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

    /// A connection to read with.
    async fn reader(&self) -> Result<PoolConnection<Sqlite>, Failure> {
        let opened = self.0.link.opened(&self.0.keyring).await?;
        Ok(opened.readers.acquire().await?)
    }

    /// Makes a change, durably.
    async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Scope) -> Work<'c, T, E> + Send + 'static,
    {
        self.0.queue.write(work).await
    }

    fn write_later<F>(&self, work: F)
    where
        F: for<'c> FnOnce(&'c mut Scope) -> Work<'c, (), StoreError> + Send + 'static,
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
