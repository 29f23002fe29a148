//! Empties the outbox: at once when something comes in, and again and again
//! what was not taken.

mod back_off;

use core::time::Duration;
use std::sync::Arc;

use prereg_types::SetId;
use relying_party::clock::Clock as _;
use relying_party::mail::{Content, Mail, MailError};
use relying_party::store::{OutboxId, QueuedMail, Store as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{Ready, Route};
use crate::clock::SystemClock;
use crate::store::{Database, MailKind, MailOutcome, SentMail, StoreError};
use back_off::BackOff;

/// The mail worker.
///
/// Mail is sent at least once: it leaves the outbox after it was taken, so a
/// crash in between sends it again. It is looked up once more just before it is
/// handed over, so that a PIN wiped meanwhile stays untold.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    /// Mail that was not taken, by when to offer it again.
    waiting: BackOff,
    /// The latest row that was offered; what comes in later has a higher one.
    newest: Option<OutboxId>,
    /// When to look at the whole outbox again, whatever is known of it.
    next_survey: Instant,
}

struct Shared {
    database: Database,
    route: Route,
}

/// What became of a mail that was offered.
struct Offered {
    id: OutboxId,
    fate: Fate,
}

enum Fate {
    /// It left the outbox.
    Gone,
    /// It waits; these recipients have it already.
    Waits(Vec<String>),
}

/// How many mails are on their way at a time.
const ABREAST: usize = 8;
/// How often to look for mail that another process has queued.
const POLL: Duration = Duration::from_secs(2);
/// How often to look at mail that is older than what was seen last.
const SURVEY: Duration = Duration::from_mins(1);
/// How long mail on its way may take once the server stops.
const DRAIN: Duration = if cfg!(test) {
    Duration::from_millis(300)
} else {
    Duration::from_secs(8)
};

impl Worker {
    /// A worker that takes mail from the database along the route.
    pub(crate) fn new(database: Database, route: Route) -> Self {
        Self {
            shared: Arc::new(Shared { database, route }),
            waiting: BackOff::default(),
            newest: None,
            next_survey: Instant::now(),
        }
    }

    /// Works until `stop`, and then ends what is on its way.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.round(&stop).await {
                tracing::error!(%error, "the outbox cannot be read; mail waits");
            }
            let next = self.next_look();
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.shared.database.mail_queued().notified() => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// Offers each mail that is due once.
    pub(super) async fn round(&mut self, stop: &CancellationToken) -> Result<(), StoreError> {
        let now = Instant::now();
        if now >= self.next_survey {
            self.next_survey = now + SURVEY;
            self.newest = None;
        }
        let mut due = self.waiting.due(now).into_iter();
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            let next = match due.next() {
                Some(id) => self.again(id).await?,
                None => match self.unseen().await? {
                    None => break,
                    new => new,
                },
            };
            if let Some(queued) = next {
                let taken = self.waiting.taken(queued.id);
                under_way.spawn(Arc::clone(&self.shared).offer(queued, taken));
            }
            if under_way.len() >= ABREAST {
                self.settle(under_way.join_next().await);
            }
        }
        self.finish(under_way, stop).await;
        Ok(())
    }

    /// Offers one mail, as a round does.
    #[cfg(test)]
    pub(super) async fn offer(&self, queued: QueuedMail) {
        Arc::clone(&self.shared).offer(queued, Vec::new()).await;
    }

    /// Waits for what is under way; not for long once the server stops.
    async fn finish(&mut self, mut under_way: JoinSet<Offered>, stop: &CancellationToken) {
        while !under_way.is_empty() {
            tokio::select! {
                done = under_way.join_next() => self.settle(done),
                () = stop.cancelled() => break,
            }
        }
        let drained = timeout(DRAIN, async {
            while let Some(done) = under_way.join_next().await {
                self.settle(Some(done));
            }
        });
        if drained.await.is_err() {
            tracing::warn!("mail that was on its way will be sent again at the next start");
        }
    }

    /// A mail that was postponed, if it still waits.
    async fn again(&mut self, id: OutboxId) -> Result<Option<QueuedMail>, StoreError> {
        let before = id.0.checked_sub(1).map(OutboxId);
        let found = self.shared.database.next_mail(before).await?;
        let found = found.filter(|queued| queued.id == id);
        if found.is_none() {
            self.waiting.forget(id);
        }
        Ok(found)
    }

    /// The next mail that was never offered, or not since the last survey.
    async fn unseen(&mut self) -> Result<Option<QueuedMail>, StoreError> {
        loop {
            let found = self.shared.database.next_mail(self.newest).await?;
            let Some(queued) = found else {
                return Ok(None);
            };
            self.newest = Some(queued.id);
            if !self.waiting.knows(queued.id) {
                return Ok(Some(queued));
            }
        }
    }

    fn settle(&mut self, done: Option<Result<Offered, tokio::task::JoinError>>) {
        match done {
            Some(Ok(Offered { id, fate })) => match fate {
                Fate::Gone => self.waiting.forget(id),
                Fate::Waits(taken) => self.waiting.postpone(id, taken, Instant::now()),
            },
            // The mail is still in the outbox; the next survey finds it.
            Some(Err(error)) => tracing::error!(%error, "sending a mail broke off"),
            None => {}
        }
    }

    fn next_look(&self) -> Instant {
        let poll = Instant::now() + POLL;
        self.waiting
            .next_due()
            .map_or(poll, |due| due.min(poll))
            .max(Instant::now())
    }
}

impl Shared {
    async fn offer(self: Arc<Self>, queued: QueuedMail, mut taken: Vec<String>) -> Offered {
        let QueuedMail { id, mail } = queued;
        let fate = match self.hand_over(id, &mail, &mut taken).await {
            Ok(fate) => fate,
            Err(error) => {
                tracing::error!(%error, "the outbox does not answer; a mail may be sent twice");
                Fate::Waits(taken)
            }
        };
        Offered { id, fate }
    }

    async fn hand_over(
        &self,
        id: OutboxId,
        mail: &Mail,
        taken: &mut Vec<String>,
    ) -> Result<Fate, StoreError> {
        let Some(sent) = self.last_step(id, mail, taken).await? else {
            return Ok(Fate::Gone);
        };
        let (outcome, fate) = match sent {
            Ok(()) => (MailOutcome::Sent, Fate::Gone),
            Err(MailError::Temporary(why)) => {
                (MailOutcome::Postponed(why), Fate::Waits(taken.clone()))
            }
            Err(MailError::Permanent(why)) => (MailOutcome::Dropped(why), Fate::Gone),
        };
        if matches!(fate, Fate::Gone) {
            self.database.remove_mail(id).await?;
        }
        self.record(id, mail, taken, outcome).await;
        Ok(fate)
    }

    /// Hands a mail over if it still waits; none where it was withdrawn. Whoever
    /// wipes a PIN withdraws its mail with it, so a file either shows before that
    /// or never. A mail server cannot be asked that fast: there, the mail that is
    /// withdrawn while the server takes it is taken.
    async fn last_step(
        &self,
        id: OutboxId,
        mail: &Mail,
        taken: &mut Vec<String>,
    ) -> Result<Option<Result<(), MailError>>, StoreError> {
        Ok(match self.route.prepare(mail).await {
            Err(error) => Some(Err(error)),
            Ok(Ready::Draft(draft)) => {
                match self
                    .database
                    .while_mail_waits(id, move || draft.show())
                    .await?
                {
                    None => None,
                    Some(Ok(shown)) => Some(shown.keep().await),
                    Some(Err(error)) => Some(Err(error)),
                }
            }
            Ok(Ready::Message(smtp, message)) => {
                if !self.database.mail_waits(id).await? {
                    return Ok(None);
                }
                Some(smtp.submit(&message, taken).await)
            }
        })
    }

    /// Tells the log, the metrics and the history. None of them ever has a PIN.
    async fn record(&self, id: OutboxId, mail: &Mail, taken: &[String], outcome: MailOutcome) {
        let row = id.0;
        let name = match &outcome {
            MailOutcome::Sent => {
                tracing::info!(row, "mail sent");
                "sent"
            }
            MailOutcome::Postponed(why) => {
                tracing::warn!(row, why, "mail not taken; it is offered again later");
                "postponed"
            }
            MailOutcome::Dropped(why) => {
                tracing::error!(
                    row,
                    why,
                    "mail refused for good and dropped; send the PIN again once that is mended"
                );
                "dropped"
            }
        };
        metrics::counter!("prereg_mails_total", "outcome" => name).increment(1);
        let recorded = self.database.record_mail(entry(mail, taken, outcome)).await;
        if let Err(error) = recorded {
            tracing::warn!(%error, "the history of mail misses an entry");
        }
    }
}

fn entry(mail: &Mail, taken: &[String], outcome: MailOutcome) -> SentMail {
    let all = mail.recipients.iter().map(ToString::to_string).collect();
    let some_took_it = outcome == MailOutcome::Sent && !taken.is_empty();
    let (kind, set, serial) = match &mail.content {
        Content::Pin(content) => (
            MailKind::Pin,
            Some::<SetId>(content.set.clone()),
            Some(content.serial.clone()),
        ),
        Content::EnrollmentDeleted { .. } => (MailKind::EnrollmentDeleted, None, None),
    };
    SentMail {
        at: SystemClock.now(),
        recipients: if some_took_it { taken.to_vec() } else { all },
        subject: mail.subject().to_owned(),
        kind,
        set,
        serial,
        outcome,
    }
}
