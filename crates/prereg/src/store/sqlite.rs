//! SQLite by sqlx: write-ahead log, every commit on the disk before it is
//! acknowledged, several processes at once.

use std::path::Path;
use std::sync::Arc;

use prereg_types::api::{LogEvent, User, UserStatus};
use prereg_types::{EnrollmentId, Timestamp, UserId};
use relying_party::enrollment::EnrollmentSet;
use relying_party::store::{Change, CommitError, OutboxId, QueuedEvent, QueuedMail, Store};
use tokio::sync::Notify;
use zeroize::Zeroizing;

use super::{
    AuditEntry, AuditHead, AuditRecord, AuditVerdict, Counts, Delivery, DeliveryId,
    EnrollmentCursor, EnrollmentRow, Inserted, LogQuery, NewClient, NewToken, RecordedMail,
    SentMail, StoreError, StoredClient, StoredEvent, StoredToken,
};
use crate::seal::Keyring;

/// The database. Clones are handles of the same one.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    mail_queued: Notify,
    events_queued: Notify,
}

fn unfinished<T>() -> Result<T, StoreError> {
    Err(StoreError("unfinished".to_owned()))
}

#[expect(
    clippy::unused_async,
    clippy::unused_self,
    reason = "the interface first"
)]
impl Database {
    /// Opens the file, makes it where it is not there, and brings its tables up
    /// to date. Must be called within a tokio runtime, which runs the writer.
    ///
    /// # Errors
    /// [`StoreError`] where the file cannot be used, or belongs to other keys.
    pub(crate) async fn open(path: &Path, keyring: Keyring) -> Result<Self, StoreError> {
        let _ = (path, keyring);
        unfinished()
    }

    /// Opens the database of a data directory, which is made where it is not
    /// there: `prereg.db`, with the keys of [`Keyring::of_directory`].
    ///
    /// # Errors
    /// [`StoreError`], also for what is wrong with the keys.
    pub(crate) async fn open_directory(data: &Path) -> Result<Self, StoreError> {
        let _ = data;
        unfinished()
    }

    /// An empty database that lasts as long as its handles, for tests.
    #[cfg(test)]
    pub(crate) async fn memory() -> Self {
        Self(Arc::new(Inner {
            mail_queued: Notify::new(),
            events_queued: Notify::new(),
        }))
    }

    /// Waits for what is being written, and closes the file.
    pub(crate) async fn close(&self) {}

    /// Whether it can be read and written now, for `/readyz`.
    pub(crate) async fn ready(&self) -> Result<(), StoreError> {
        unfinished()
    }

    /// Told after each commit of this process that queued mail.
    pub(crate) fn mail_queued(&self) -> &Notify {
        &self.0.mail_queued
    }

    /// Told after each commit of this process that queued an event.
    pub(crate) fn events_queued(&self) -> &Notify {
        &self.0.events_queued
    }

    // Users.

    /// Adds a user.
    pub(crate) async fn insert_user(&self, user: &User) -> Result<Inserted, StoreError> {
        let _ = user;
        unfinished()
    }

    /// Gives a user another status; false where there is no such user.
    pub(crate) async fn update_user_status(
        &self,
        id: &UserId,
        status: UserStatus,
    ) -> Result<bool, StoreError> {
        let _ = (id, status);
        unfinished()
    }

    /// Up to `limit` users in the order of their ids, from after the given one.
    /// With `search`, those whose login, address, given or family name begins
    /// with it, in whatever case.
    pub(crate) async fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
        search: Option<&str>,
    ) -> Result<Vec<User>, StoreError> {
        let _ = (after, limit, search);
        unfinished()
    }

    // System log.

    /// Entries of the system log.
    pub(crate) async fn log_events(
        &self,
        query: &LogQuery,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let _ = query;
        unfinished()
    }

    /// Adds an entry to the log and to the outbox of events.
    pub(crate) async fn append_event(&self, event: LogEvent) -> Result<(), StoreError> {
        let _ = event;
        unfinished()
    }

    // Tokens.

    /// Adds a token; false where its id is taken.
    pub(crate) async fn insert_token(&self, token: &NewToken) -> Result<bool, StoreError> {
        let _ = token;
        unfinished()
    }

    /// The token of that id.
    pub(crate) async fn token(&self, id: &str) -> Result<Option<StoredToken>, StoreError> {
        let _ = id;
        unfinished()
    }

    /// Every token, the oldest first.
    pub(crate) async fn tokens(&self) -> Result<Vec<StoredToken>, StoreError> {
        unfinished()
    }

    /// Revokes a token; false where there is none, or it was revoked before.
    pub(crate) async fn revoke_token(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let _ = (id, now);
        unfinished()
    }

    /// Notes that a token was used. Cheap enough for each request: written at
    /// most once a minute for a token, and lost if the process dies before.
    pub(crate) fn touch_token(&self, id: &str, now: Timestamp) {
        let _ = (id, now);
    }

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

    // Secrets of the server.

    /// The named secret.
    pub(crate) async fn secret(
        &self,
        name: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let _ = name;
        unfinished()
    }

    /// Keeps a secret, sealed; false where there is one of that name already,
    /// which then stays.
    pub(crate) async fn insert_secret(&self, name: &str, value: &[u8]) -> Result<bool, StoreError> {
        let _ = (name, value);
        unfinished()
    }

    /// Keeps a secret, sealed, in the place of the one of that name.
    pub(crate) async fn replace_secret(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let _ = (name, value);
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

    // Mail.

    /// Whether a mail still waits: a last look before it is handed over.
    pub(crate) async fn mail_waits(&self, id: OutboxId) -> Result<bool, StoreError> {
        let _ = id;
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

impl Store for Database {
    async fn user(&self, _: &UserId) -> Result<Option<User>, StoreError> {
        unfinished()
    }

    async fn user_by_login(&self, _: &str) -> Result<Option<User>, StoreError> {
        unfinished()
    }

    async fn set_of(&self, _: &EnrollmentId) -> Result<Option<EnrollmentSet>, StoreError> {
        unfinished()
    }

    async fn sets_of_user(&self, _: &UserId) -> Result<Vec<EnrollmentSet>, StoreError> {
        unfinished()
    }

    async fn commit(&self, _: Change) -> Result<(), CommitError> {
        Ok(unfinished()?)
    }

    async fn next_mail(&self, _: Option<OutboxId>) -> Result<Option<QueuedMail>, StoreError> {
        unfinished()
    }

    async fn remove_mail(&self, _: OutboxId) -> Result<(), StoreError> {
        unfinished()
    }

    async fn queued_events(&self, _: usize) -> Result<Vec<QueuedEvent>, StoreError> {
        unfinished()
    }

    async fn remove_event(&self, _: OutboxId) -> Result<(), StoreError> {
        unfinished()
    }
}
