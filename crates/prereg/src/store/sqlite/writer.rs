//! One thread writes, on a connection of its own. It takes what waits, applies it
//! within one transaction, a savepoint for each change, and acknowledges all of it
//! after the one commit: the disk is flushed once for many requests. A change that
//! is refused leaves nothing behind and does not disturb its neighbors.
//!
//! Its statements run where they are called, by rusqlite: one by sqlx is sent to
//! the thread of its connection, and two switches of thread cost more than most
//! statements do.

mod change;
mod scope;

use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use relying_party::store::StoreError;
use rusqlite::Connection;
use tokio::runtime::{self, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use self::change::{Applied, Awaited, Change, Unattended};
use self::scope::Effects;
use super::failure::{Failed, Failure};
use super::file::{Identity, Link};
use super::signals::Signals;
use crate::seal::Keyring;

pub(super) use self::scope::Scope;

/// Changes of one transaction at most.
const BATCH: usize = 128;
/// Changes that may wait; after that, callers do.
const QUEUE: usize = 1024;
/// How long what was wiped may stay in the write-ahead log: so long once nobody
/// writes, and so long in any case.
const TIDY_WHEN_IDLE: Duration = Duration::from_millis(500);
const TIDY_AT_LAST: Duration = Duration::from_secs(30);

/// The way to the writer.
#[derive(Debug)]
pub(super) struct Queue(mpsc::Sender<Message>);

enum Message {
    Change(Box<dyn Change>),
    Close(oneshot::Sender<()>),
}

struct Writer {
    link: Arc<Link>,
    keyring: Keyring,
    signals: Arc<Signals>,
    /// For waiting no longer than so long.
    time: Runtime,
    /// The connection, and to which file.
    connection: Option<(Identity, Connection)>,
    /// Since when the write-ahead log holds what was wiped.
    untidy: Option<Instant>,
}

impl Queue {
    /// Starts the writer, which ends with the queue.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(super) fn start(
        link: Arc<Link>,
        keyring: Keyring,
        signals: Arc<Signals>,
    ) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let writer = Writer {
            link,
            keyring,
            signals,
            time: runtime::Builder::new_current_thread()
                .enable_time()
                .build()?,
            connection: None,
            untidy: None,
        };
        thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run(receiver))?;
        Ok(Self(sender))
    }

    /// Makes a change; returns when it is on the disk.
    ///
    /// # Errors
    /// What the work refuses, or a [`StoreError`]; nothing was changed then.
    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: FnOnce(&mut Scope) -> Result<T, Failed<E>> + Send + 'static,
    {
        let closed = || E::from(Failure::Closed);
        let (change, answer) = Awaited::new(work);
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
        F: FnOnce(&mut Scope) -> Result<(), Failed<StoreError>> + Send + 'static,
    {
        let change = Box::new(Unattended::new(work));
        // Where there is no room, there is more important work.
        let _ = self.0.try_send(Message::Change(change));
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
    fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(BATCH);
        loop {
            let Some(taken) = self.time.block_on(self.receive(&mut queue, &mut messages)) else {
                self.tidy();
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
            self.write(changes);
            if taken == 0 || !closing.is_empty() {
                self.tidy();
                self.time.block_on(self.link.close());
                drop(self);
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
    fn write(&mut self, mut changes: Vec<Box<dyn Change>>) {
        changes.retain(|change| !change.is_abandoned());
        if changes.is_empty() {
            return;
        }
        match self.transact(&mut changes) {
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

    fn transact(&mut self, changes: &mut [Box<dyn Change>]) -> Result<Effects, Failure> {
        let (identity, connection) = self.connection()?;
        let mut scope = Scope::new(connection, self.keyring.clone());
        let mut failed = false;
        let applied = apply_all(&mut scope, changes, &mut failed);
        if failed {
            self.signals.failures.one_more();
        }
        let effects = scope.effects();
        // Fails where SQLite has rolled back by itself already; a connection in
        // doubt is not used again.
        if applied.is_ok() || scope.execute("ROLLBACK", []).is_ok() {
            self.connection = Some((identity, scope.into_connection()));
        }
        applied.map(|()| effects)
    }

    /// The connection to the file that is there now.
    fn connection(&mut self) -> Result<(Identity, Connection), Failure> {
        let opened = self.time.block_on(self.link.opened(&self.keyring))?;
        match self.connection.take() {
            Some((identity, connection)) if identity == opened.identity => {
                Ok((identity, connection))
            }
            _ => Ok((opened.identity, self.link.writer()?)),
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
    fn tidy(&mut self) {
        if self.untidy.take().is_none() {
            return;
        }
        let emptied = self.connection().and_then(|(identity, connection)| {
            let emptied = checkpoint(&connection);
            self.connection = Some((identity, connection));
            emptied
        });
        if !matches!(emptied, Ok(true)) {
            self.untidy = Some(Instant::now());
        }
    }
}

/// Empties the write-ahead log without waiting for readers; gives whether it did.
fn checkpoint(connection: &Connection) -> Result<bool, Failure> {
    connection.busy_timeout(Duration::ZERO)?;
    let busy: Result<i64, _> =
        connection.query_one("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    connection.busy_timeout(super::file::BUSY)?;
    Ok(busy? == 0)
}

fn apply_all(
    scope: &mut Scope,
    changes: &mut [Box<dyn Change>],
    failed: &mut bool,
) -> Result<(), Failure> {
    scope.execute("BEGIN IMMEDIATE", [])?;
    for change in changes {
        scope.execute("SAVEPOINT change", [])?;
        let before = scope.effects();
        let applied = change.apply(scope);
        if !matches!(applied, Applied::Kept) {
            *failed |= matches!(applied, Applied::Failed(_));
            scope.undo(before);
            let undone = scope.execute("ROLLBACK TO change", []);
            // Where the disk is full SQLite gives up the whole transaction, and
            // its first word says why.
            undone.map_err(|error| match applied {
                Applied::Failed(words) => Failure::Words(words),
                _ => error.into(),
            })?;
        }
        scope.execute("RELEASE change", [])?;
    }
    scope.execute("COMMIT", [])?;
    Ok(())
}
