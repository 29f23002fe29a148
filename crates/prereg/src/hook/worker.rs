//! Brings events from the outbox to the hooks.

use core::time::Duration;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use prereg_types::Timestamp;
use relying_party::clock::Clock as _;
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Hook;
use super::body::body;
use super::client::Client;
use super::pause::{is_over, pause};
use crate::clock::SystemClock;
use crate::store::{Database, Delivery, StoreError};

/// The hook worker. It has to run even without hooks: it empties the outbox.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    /// Which hook each of the tasks talks to; one task a hook.
    busy: HashMap<task::Id, String>,
    tasks: JoinSet<()>,
}

struct Shared {
    database: Database,
    hooks: Vec<Hook>,
    client: Client,
    issuer: String,
}

/// How often to look for events that another process has logged.
const POLL: Duration = Duration::from_secs(2);
/// How long to wait for more events before the first are moved.
const GATHER: Duration = Duration::from_millis(20);
/// How many deliveries to look at, at a time.
const BATCH: usize = 256;
/// How long deliveries under way may take once the server stops.
const DRAIN: Duration = Duration::from_secs(6);
/// The longest pause between two challenges of a hook that fails them.
const LONGEST_CHALLENGE_PAUSE: Duration = Duration::from_mins(1);

impl Worker {
    /// A worker that tells these hooks of all events. `issuer` is the base
    /// address of the relying party, without a slash at its end.
    pub(crate) fn new(database: Database, hooks: Vec<Hook>, issuer: &str) -> Self {
        Self::with_client(database, hooks, issuer, Client::new())
    }

    pub(super) fn with_client(
        database: Database,
        hooks: Vec<Hook>,
        issuer: &str,
        client: Client,
    ) -> Self {
        let shared = Shared {
            database,
            hooks,
            client,
            issuer: issuer.to_owned(),
        };
        Self {
            shared: Arc::new(shared),
            busy: HashMap::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Works until `stop`, and then ends what is under way.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let shared = Arc::clone(&self.shared);
        for hook in &shared.hooks {
            self.set_to_work(hook, Vec::new(), &stop);
        }
        while !stop.is_cancelled() {
            if let Err(error) = self.round(&stop).await {
                tracing::error!(%error, "events cannot be read; hooks wait");
            }
            let wait = self.wait().await;
            tokio::select! {
                () = stop.cancelled() => {}
                // One round for many events, which often come close together.
                // Where nobody is told, the outbox is emptied now and then.
                () = self.shared.database.events_queued().notified(), if self.is_listened_to() => {
                    sleep(GATHER).await;
                }
                Some(done) = self.tasks.join_next_with_id() => self.settle(done),
                () = sleep(wait) => {}
            }
        }
        let drained = timeout(DRAIN, async {
            while self.tasks.join_next().await.is_some() {}
        });
        if drained.await.is_err() {
            tracing::warn!("a hook did not answer in time; its event is delivered again");
        }
    }

    fn is_listened_to(&self) -> bool {
        !self.shared.hooks.is_empty()
    }

    /// Moves what is in the outbox and sets every idle hook to work that has
    /// something to do.
    async fn round(&mut self, stop: &CancellationToken) -> Result<(), StoreError> {
        self.shared.fan_out().await?;
        let now = SystemClock.now();
        let due = self.shared.database.due_deliveries(now, BATCH).await?;
        let mut by_hook: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
        for delivery in due {
            by_hook
                .entry(delivery.hook.clone())
                .or_default()
                .push(delivery);
        }
        let shared = Arc::clone(&self.shared);
        for (id, deliveries) in by_hook {
            match shared.hooks.iter().find(|hook| hook.id == id) {
                None => shared.forget(&id, &deliveries).await?,
                Some(_) if self.busy.values().any(|busy| *busy == id) => {}
                Some(hook) => self.set_to_work(hook, deliveries, stop),
            }
        }
        Ok(())
    }

    fn set_to_work(&mut self, hook: &Hook, deliveries: Vec<Delivery>, stop: &CancellationToken) {
        let shared = Arc::clone(&self.shared);
        let work = shared.work(hook.clone(), deliveries, stop.clone());
        let task = self.tasks.spawn(work);
        self.busy.insert(task.id(), hook.id.clone());
    }

    /// How long there is nothing to do. Deliveries of a busy hook do not count:
    /// the end of its task is told.
    async fn wait(&self) -> Duration {
        if !self.busy.is_empty() {
            return POLL;
        }
        match self.shared.database.next_delivery().await {
            Ok(Some(next)) => until(next).min(POLL),
            _ => POLL,
        }
    }

    fn settle(&mut self, done: Result<(task::Id, ()), JoinError>) {
        let task = match done {
            Ok((task, ())) => task,
            Err(error) => {
                tracing::error!(%error, "the task of a hook broke off");
                error.id()
            }
        };
        self.busy.remove(&task);
    }
}

impl Shared {
    /// Moves every event of the outbox to the queues of the hooks.
    async fn fan_out(&self) -> Result<(), StoreError> {
        let hooks: Vec<&str> = self.hooks.iter().map(Hook::id).collect();
        self.database.fan_out(&hooks, SystemClock.now()).await
    }

    /// The challenge, until the hook has met it; a hook that has, in this run or
    /// an earlier one, is not asked again.
    async fn meet(&self, hook: &Hook, stop: &CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            match self.verified(hook).await {
                Ok(()) => break,
                Err(error) => {
                    failures += 1;
                    let (hook, origin) = (&hook.id, hook.origin());
                    tracing::warn!(
                        hook,
                        origin,
                        error,
                        "the hook failed its verification; its events wait"
                    );
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(pause(failures).min(LONGEST_CHALLENGE_PAUSE)) => {}
            }
        }
    }

    async fn verified(&self, hook: &Hook) -> Result<(), String> {
        let words = |error: StoreError| error.to_string();
        let known = self.database.hook_verified(&hook.id).await;
        if known.map_err(words)? {
            return Ok(());
        }
        self.client.verify(hook).await?;
        let (id, origin) = (&hook.id, hook.origin());
        tracing::info!(hook = id, origin, "the hook is verified");
        let now = SystemClock.now();
        self.database
            .record_hook_verified(id, now)
            .await
            .map_err(words)
    }

    /// Delivers in order, up to the first that is not taken, to a hook that has
    /// met its challenge.
    async fn work(self: Arc<Self>, hook: Hook, deliveries: Vec<Delivery>, stop: CancellationToken) {
        self.meet(&hook, &stop).await;
        for delivery in deliveries {
            if stop.is_cancelled() {
                break;
            }
            match self.deliver(&hook, &delivery).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, "a delivery could not be noted; it may come twice");
                    break;
                }
            }
        }
    }

    /// One try; whether the next delivery may go.
    async fn deliver(&self, hook: &Hook, delivery: &Delivery) -> Result<bool, StoreError> {
        let now = SystemClock.now();
        let sent = match body(hook, &self.issuer, delivery, now) {
            Ok(body) => self.client.deliver(hook, body).await,
            Err(_) => Err("the stored event is no JSON".to_owned()),
        };
        let (id, event) = (&hook.id, &delivery.uuid);
        let outcome = match sent {
            Ok(()) => {
                self.database.delivered(delivery.id).await?;
                tracing::info!(hook = id, event, "event delivered");
                "delivered"
            }
            Err(error) if is_over(delivery.queued, now) => {
                self.database.give_up(delivery.id).await?;
                tracing::error!(
                    hook = id,
                    event,
                    error,
                    "the hook never took this event; it is given up"
                );
                "given_up"
            }
            Err(error) => {
                let failures = delivery.attempts.saturating_add(1);
                let next = after(SystemClock.now(), pause(failures));
                tracing::warn!(hook = id, event, error, %next, "the hook did not take an event");
                let postponed = self.database.postpone(delivery.id, next, failures, &error);
                postponed.await?;
                "postponed"
            }
        };
        metrics::counter!("prereg_hook_deliveries_total", "outcome" => outcome).increment(1);
        Ok(outcome != "postponed")
    }

    /// Deliveries of a hook that the operator has taken out.
    async fn forget(&self, hook: &str, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let events = deliveries.len();
        tracing::warn!(
            hook,
            events,
            "events of a hook that is no longer configured are dropped"
        );
        for delivery in deliveries {
            self.database.give_up(delivery.id).await?;
        }
        Ok(())
    }
}

fn until(moment: Timestamp) -> Duration {
    let now = SystemClock.now();
    Duration::from_millis(moment.millis().saturating_sub(now.millis()))
}

fn after(now: Timestamp, pause: Duration) -> Timestamp {
    let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(now.millis().saturating_add(pause))
}
