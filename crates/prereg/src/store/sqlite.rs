//! SQLite by sqlx: write-ahead log, every commit on the disk before it is
//! acknowledged, several processes at once.
//!
//! Statements are plain SQL with numbered parameters. What only SQLite does is in
//! `file` (opening), `writer` (transactions) and the migrations.

mod columns;
mod event_outbox;
mod failure;
mod file;
mod mail_outbox;
mod migrations;
mod party;
mod secrets;
mod sets;
mod system_log;
mod tokens;
mod users;
mod writer;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use prereg_types::Timestamp;
use relying_party::store::QueuedEvent;
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use tokio::sync::Notify;

use self::failure::Failure;
use self::file::Link;
use self::tokens::Touched;
use self::writer::{Queue, Scope, Signals, Work};
use super::{
    AuditEntry, AuditHead, AuditRecord, AuditVerdict, Counts, DATABASE_FILE, Delivery, DeliveryId,
    EnrollmentCursor, EnrollmentRow, NewClient, RecordedMail, SentMail, StoreError, StoredClient,
};
use crate::seal::Keyring;

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
        }))
    }

    /// Waits for what is being written, and closes the file.
    pub(crate) async fn close(&self) {
        self.0.queue.close().await;
    }

    /// Whether it can be read and written now, for `/readyz`.
    pub(crate) async fn ready(&self) -> Result<(), StoreError> {
        self.write(|scope| {
            Box::pin(async move {
                // As much as any change does: the lock, a page, the disk.
                sqlx::query("UPDATE sealing SET kek = kek WHERE id = 1")
                    .execute(scope.connection())
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Told after each commit of this process that queued mail.
    pub(crate) fn mail_queued(&self) -> &Notify {
        &self.0.signals.mail_queued
    }

    /// Told after each commit of this process that queued an event.
    pub(crate) fn events_queued(&self) -> &Notify {
        &self.0.signals.events_queued
    }

    fn keyring(&self) -> &Keyring {
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
        E: From<StoreError> + Send + 'static,
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

fn unfinished<T>() -> Result<T, StoreError> {
    Err(StoreError("unfinished".to_owned()))
}

#[expect(clippy::unused_async, reason = "the interface first")]
impl Database {
    // OAuth clients.

    /// Adds a client; false where its id is taken.
    pub(crate) async fn insert_client(&self, client: &NewClient) -> Result<bool, StoreError> {
        let _ = client;
        unfinished()
    }

    /// The client of that id.
    pub(crate) async fn client(&self, id: &str) -> Result<Option<StoredClient>, StoreError> {
        let _ = id;
        unfinished()
    }

    /// Every client, the oldest first.
    pub(crate) async fn clients(&self) -> Result<Vec<StoredClient>, StoreError> {
        unfinished()
    }

    /// Revokes a client; false where there is none, or it was revoked before.
    pub(crate) async fn revoke_client(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let _ = (id, now);
        unfinished()
    }

    /// Uses up the `jti` of a client's assertion; false where it was seen. It is
    /// remembered until `expires`; those that ran out by `now` are forgotten.
    pub(crate) async fn use_jti(
        &self,
        client: &str,
        jti: &str,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let _ = (client, jti, expires, now);
        unfinished()
    }

    // Audit.

    /// Adds an entry to the chain; gives its number.
    pub(crate) async fn append_audit(&self, entry: AuditEntry) -> Result<u64, StoreError> {
        let _ = entry;
        unfinished()
    }

    /// Up to `limit` records after that number, in order; from the first after 0.
    pub(crate) async fn audit_entries(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let _ = (after, limit);
        unfinished()
    }

    /// The last link of the chain.
    pub(crate) async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        unfinished()
    }

    /// Walks over the whole chain. With a head written down before, it must be
    /// part of the chain.
    pub(crate) async fn verify_audit(
        &self,
        known: Option<AuditHead>,
    ) -> Result<AuditVerdict, StoreError> {
        let _ = known;
        unfinished()
    }

    // Event hooks.

    /// Takes an event out of the outbox and queues it for each hook, in one
    /// transaction. Done twice, it still is queued once a hook.
    pub(crate) async fn fan_out(
        &self,
        event: &QueuedEvent,
        hooks: &[&str],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let _ = (event, hooks, now);
        unfinished()
    }

    /// Up to `limit` deliveries to try now, in order. None of a hook whose oldest
    /// delivery is not due: a hook gets its events in order.
    pub(crate) async fn due_deliveries(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let _ = (now, limit);
        unfinished()
    }

    /// When the next delivery is due, if any waits.
    pub(crate) async fn next_delivery(&self) -> Result<Option<Timestamp>, StoreError> {
        unfinished()
    }

    /// The hook took it.
    pub(crate) async fn delivered(&self, id: DeliveryId) -> Result<(), StoreError> {
        let _ = id;
        unfinished()
    }

    /// The hook did not take it; to be tried again.
    pub(crate) async fn postpone(
        &self,
        id: DeliveryId,
        next_attempt: Timestamp,
        attempts: u32,
        last_error: &str,
    ) -> Result<(), StoreError> {
        let _ = (id, next_attempt, attempts, last_error);
        unfinished()
    }

    /// The hook never took it, and will not be asked again.
    pub(crate) async fn give_up(&self, id: DeliveryId) -> Result<(), StoreError> {
        let _ = id;
        unfinished()
    }

    /// Whether a hook has answered its verification challenge.
    pub(crate) async fn hook_verified(&self, hook: &str) -> Result<bool, StoreError> {
        let _ = hook;
        unfinished()
    }

    /// A hook has answered its verification challenge.
    pub(crate) async fn record_hook_verified(
        &self,
        hook: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let _ = (hook, now);
        unfinished()
    }

    /// Notes what became of a mail.
    pub(crate) async fn record_mail(&self, mail: SentMail) -> Result<(), StoreError> {
        let _ = mail;
        unfinished()
    }

    /// Up to `limit` rows of the history, the latest first, from before that one.
    pub(crate) async fn sent_mails(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<RecordedMail>, StoreError> {
        let _ = (before, limit);
        unfinished()
    }

    // Views.

    /// Up to `limit` enrollments, the latest made first, from after that place.
    pub(crate) async fn enrollment_page(
        &self,
        after: Option<&EnrollmentCursor>,
        limit: usize,
    ) -> Result<Vec<EnrollmentRow>, StoreError> {
        let _ = (after, limit);
        unfinished()
    }

    /// How many there are of everything.
    pub(crate) async fn counts(&self) -> Result<Counts, StoreError> {
        unfinished()
    }
}
