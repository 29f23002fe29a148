//! One task writes. It takes what waits, applies it within one transaction, a
//! savepoint for each change, and acknowledges all of it after the one commit:
//! the disk is flushed once for many requests. A change that is refused leaves
//! nothing behind and does not disturb its neighbors.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use relying_party::store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::failure::{Failed, Failure};
use super::file::{Link, Opened};
use super::signals::Signals;
use crate::seal::{KeyEncryptionKey, Keyring};
use crate::store::AuditHead;

/// Changes of one transaction at most.
const BATCH: usize = 128;
/// Changes that may wait; after that, callers do.
const QUEUE: usize = 1024;
/// How long what was wiped may stay in the write-ahead log: so long once nobody
/// writes, and so long in any case.
const TIDY_WHEN_IDLE: Duration = Duration::from_millis(500);
const TIDY_AT_LAST: Duration = Duration::from_secs(30);

/// The work of a change.
pub(super) type Work<'c, T, E> = Pin<Box<dyn Future<Output = Result<T, Failed<E>>> + Send + 'c>>;

/// What a change works with.
pub(super) struct Scope {
    connection: PoolConnection<Sqlite>,
    keyring: Keyring,
    kek: Option<KeyEncryptionKey>,
    audit_head: Option<AuditHead>,
    effects: Effects,
    /// One of the changes could not be made.
    failed: bool,
}

/// What others have to know about a change.
#[derive(Clone, Copy, Debug, Default)]
struct Effects {
    mail: bool,
    events: bool,
    wiped: bool,
}

/// The way to the writer.
#[derive(Debug)]
pub(super) struct Queue(mpsc::Sender<Message>);

enum Message {
    Change(Box<dyn Change>),
    Close(oneshot::Sender<()>),
}

/// A change of any result type.
trait Change: Send {
    /// Whether nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    /// Does the work.
    fn apply<'c>(
        &'c mut self,
        scope: &'c mut Scope,
    ) -> Pin<Box<dyn Future<Output = Applied> + Send + 'c>>;
    /// Tells the caller, after the commit.
    fn acknowledge(self: Box<Self>);
    /// Tells the caller that nothing came of it.
    fn fail(self: Box<Self>, words: &str);
}

/// What became of a change within the transaction.
enum Applied {
    /// It is to be committed.
    Kept,
    /// It must not be made.
    Refused,
    /// It could not be made, for this reason.
    Failed(String),
}

/// A change whose caller waits.
struct Awaited<T, E, F> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

/// A change that nobody waits for.
struct Unattended<F>(Option<F>);

struct Writer {
    link: Arc<Link>,
    keyring: Keyring,
    signals: Arc<Signals>,
    /// Since when the write-ahead log holds what was wiped.
    untidy: Option<Instant>,
}

impl Scope {
    /// The connection, within the transaction.
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// The key-encryption key to seal with: the one that the database names now,
    /// whatever this process believed before.
    pub(super) async fn kek(&mut self) -> Result<KeyEncryptionKey, Failure> {
        if let Some(kek) = &self.kek {
            return Ok(kek.clone());
        }
        let id: String = sqlx::query_scalar("SELECT kek FROM sealing WHERE id = 1")
            .fetch_one(&mut *self.connection)
            .await?;
        let kek = self.keyring.key(&id)?;
        self.kek = Some(kek.clone());
        Ok(kek)
    }

    /// The database names another key now.
    pub(super) fn forget_kek(&mut self) {
        self.kek = None;
    }

    /// The end of the audit chain, where a change of this transaction has moved it.
    pub(super) const fn audit_head(&self) -> Option<AuditHead> {
        self.audit_head
    }

    /// The end of the audit chain is this now.
    pub(super) const fn remember_audit_head(&mut self, head: AuditHead) {
        self.audit_head = Some(head);
    }

    /// The keys.
    pub(super) const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Mail was queued.
    pub(super) const fn queued_mail(&mut self) {
        self.effects.mail = true;
    }

    /// An event was queued.
    pub(super) const fn queued_event(&mut self) {
        self.effects.events = true;
    }

    /// A secret was overwritten or deleted.
    pub(super) const fn wiped(&mut self) {
        self.effects.wiped = true;
    }
}

impl Queue {
    /// Starts the writer.
    pub(super) fn start(link: Arc<Link>, keyring: Keyring, signals: Arc<Signals>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let writer = Writer {
            link,
            keyring,
            signals,
            untidy: None,
        };
        tokio::spawn(writer.run(receiver));
        Self(sender)
    }

    /// Makes a change; returns when it is on the disk.
    ///
    /// # Errors
    /// What the work refuses, or a [`StoreError`]; nothing was changed then.
    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Scope) -> Work<'c, T, E> + Send + 'static,
    {
        let closed = || E::from(Failure::Closed);
        let (reply, answer) = oneshot::channel();
        let change = Awaited {
            work: Some(work),
            result: None,
            reply,
        };
        let message = Message::Change(Box::new(change));
        let asked = Instant::now();
        self.0.send(message).await.map_err(|_| closed())?;
        let answer = answer.await.map_err(|_| closed())?;
        metrics::histogram!("prereg_commit_seconds").record(asked.elapsed().as_secs_f64());
        answer
    }

    /// Makes a change that nobody waits for, if there is room for it.
    pub(super) fn write_later<F>(&self, work: F)
    where
        F: for<'c> FnOnce(&'c mut Scope) -> Work<'c, (), StoreError> + Send + 'static,
    {
        let change = Unattended(Some(work));
        // Where there is no room, there is more important work.
        let _ = self.0.try_send(Message::Change(Box::new(change)));
    }

    /// Waits for what is queued, and ends the writer.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.0.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

impl Writer {
    async fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(BATCH);
        loop {
            let Some(taken) = self.receive(&mut queue, &mut messages).await else {
                self.tidy().await;
                continue;
            };
            let mut changes = Vec::with_capacity(taken);
            let mut closing = Vec::new();
            for message in messages.drain(..) {
                match message {
                    Message::Change(change) => changes.push(change),
                    Message::Close(done) => closing.push(done),
                }
            }
            self.write(changes).await;
            if taken == 0 || !closing.is_empty() {
                self.tidy().await;
                self.link.close().await;
                for done in closing {
                    // Whoever asked may not have waited.
                    let _ = done.send(());
                }
                return;
            }
        }
    }

    /// Takes what waits, or waits for it; none where it is time to tidy up.
    async fn receive(
        &self,
        queue: &mut mpsc::Receiver<Message>,
        messages: &mut Vec<Message>,
    ) -> Option<usize> {
        let Some(since) = self.untidy else {
            return Some(queue.recv_many(messages, BATCH).await);
        };
        let now = Instant::now();
        if now >= since + TIDY_AT_LAST {
            return None;
        }
        let idle = timeout(TIDY_WHEN_IDLE, queue.recv_many(messages, BATCH));
        idle.await.ok()
    }

    /// Writes a batch and tells everybody.
    async fn write(&mut self, mut changes: Vec<Box<dyn Change>>) {
        changes.retain(|change| !change.is_abandoned());
        if changes.is_empty() {
            return;
        }
        match self.transact(&mut changes).await {
            Ok(effects) => {
                changes.into_iter().for_each(Change::acknowledge);
                self.tell(effects);
            }
            Err(failure) => {
                self.signals.failures.one_more();
                let words = failure.text();
                for change in changes {
                    change.fail(&words);
                }
            }
        }
    }

    async fn transact(&self, changes: &mut [Box<dyn Change>]) -> Result<Effects, Failure> {
        let opened = self.link.opened(&self.keyring).await?;
        let mut scope = Scope {
            connection: opened.writer.acquire().await?,
            keyring: self.keyring.clone(),
            kek: None,
            audit_head: None,
            effects: Effects::default(),
            failed: false,
        };
        let applied = apply_all(&mut scope, changes).await;
        if scope.failed {
            self.signals.failures.one_more();
        }
        match applied {
            Ok(()) => Ok(scope.effects),
            Err(failure) => {
                // Fails where SQLite has rolled back by itself already; a
                // connection in doubt is not used again.
                if execute(&mut scope, "ROLLBACK").await.is_err() {
                    scope.connection.close_on_drop();
                }
                Err(failure)
            }
        }
    }

    fn tell(&mut self, effects: Effects) {
        if effects.mail {
            self.signals.mail_queued.notify_one();
        }
        if effects.events {
            self.signals.events_queued.notify_one();
        }
        if effects.wiped {
            self.untidy.get_or_insert_with(Instant::now);
        }
    }

    /// Moves the write-ahead log into the database and empties it: older pages in
    /// it still hold what was wiped since. Put off while somebody reads.
    async fn tidy(&mut self) {
        if self.untidy.take().is_none() {
            return;
        }
        let emptied = match self.link.opened(&self.keyring).await {
            Ok(opened) => checkpoint(&opened).await,
            Err(failure) => Err(failure),
        };
        if !matches!(emptied, Ok(true)) {
            self.untidy = Some(Instant::now());
        }
    }
}

/// Empties the write-ahead log without waiting for readers; gives whether it did.
async fn checkpoint(opened: &Opened) -> Result<bool, Failure> {
    let mut connection = opened.writer.acquire().await?;
    sqlx::query("PRAGMA busy_timeout = 0")
        .execute(&mut *connection)
        .await?;
    let busy: Result<i64, _> = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(&mut *connection)
        .await;
    sqlx::query("PRAGMA busy_timeout = 10000")
        .execute(&mut *connection)
        .await?;
    Ok(busy? == 0)
}

async fn apply_all(scope: &mut Scope, changes: &mut [Box<dyn Change>]) -> Result<(), Failure> {
    // Several statements at a time: each call is a way to the connection's thread
    // and back.
    let mut next = "BEGIN IMMEDIATE; SAVEPOINT change";
    for change in changes {
        execute(scope, next).await?;
        let before = scope.effects;
        let applied = change.apply(scope).await;
        next = "RELEASE change; SAVEPOINT change";
        if !matches!(applied, Applied::Kept) {
            scope.effects = before;
            scope.audit_head = None;
            let undone = execute(scope, "ROLLBACK TO change").await;
            // Where the disk is full SQLite gives up the whole transaction, and
            // its first word says why.
            undone.map_err(|failure| match applied {
                Applied::Failed(words) => Failure::Words(words),
                _ => failure,
            })?;
        }
    }
    execute(scope, "COMMIT").await
}

async fn execute(scope: &mut Scope, statement: &'static str) -> Result<(), Failure> {
    sqlx::query(statement)
        .execute(&mut *scope.connection)
        .await?;
    Ok(())
}

impl<T, E, F> Change for Awaited<T, E, F>
where
    T: Send + 'static,
    E: From<Failure> + Send + 'static,
    F: for<'c> FnOnce(&'c mut Scope) -> Work<'c, T, E> + Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn apply<'c>(
        &'c mut self,
        scope: &'c mut Scope,
    ) -> Pin<Box<dyn Future<Output = Applied> + Send + 'c>> {
        Box::pin(async move {
            let Some(work) = self.work.take() else {
                return Applied::Refused;
            };
            let (applied, result) = match work(scope).await {
                Ok(value) => (Applied::Kept, Ok(value)),
                Err(Failed::Refused(refusal)) => (Applied::Refused, Err(refusal)),
                Err(Failed::Failure(failure)) => {
                    let words = failure.text();
                    (Applied::Failed(words), Err(failure.into()))
                }
            };
            self.result = Some(result);
            applied
        })
    }

    fn acknowledge(self: Box<Self>) {
        if let Some(result) = self.result {
            // The caller may have gone away.
            let _ = self.reply.send(result);
        }
    }

    fn fail(self: Box<Self>, words: &str) {
        let failure = Failure::Words(words.to_owned());
        let _ = self.reply.send(Err(failure.into()));
    }
}

impl<F> Change for Unattended<F>
where
    F: for<'c> FnOnce(&'c mut Scope) -> Work<'c, (), StoreError> + Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        false
    }

    fn apply<'c>(
        &'c mut self,
        scope: &'c mut Scope,
    ) -> Pin<Box<dyn Future<Output = Applied> + Send + 'c>> {
        Box::pin(async move {
            match self.0.take().map(|work| work(scope)) {
                None => Applied::Refused,
                Some(work) => match work.await {
                    Ok(()) => Applied::Kept,
                    Err(Failed::Refused(_)) => Applied::Refused,
                    Err(Failed::Failure(failure)) => Applied::Failed(failure.text()),
                },
            }
        })
    }

    fn acknowledge(self: Box<Self>) {}

    fn fail(self: Box<Self>, _: &str) {}
}
