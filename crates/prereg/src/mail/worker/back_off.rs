//! When to offer mail again that was not taken.

use core::time::Duration;
use std::collections::BTreeMap;

use relying_party::store::OutboxId;
use tokio::time::Instant;

/// Mail that was not taken. Lost with the process, which then offers everything
/// at once.
#[derive(Debug, Default)]
pub(super) struct BackOff(BTreeMap<OutboxId, Postponed>);

#[derive(Debug)]
struct Postponed {
    attempts: u32,
    next: Instant,
    /// Who has it already.
    taken: Vec<String>,
}

/// The first pause; each is twice the one before.
const FIRST: Duration = Duration::from_secs(5);
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(10);

impl BackOff {
    /// What to offer now.
    pub(super) fn due(&self, now: Instant) -> Vec<OutboxId> {
        let due = self.0.iter().filter(|(_, postponed)| postponed.next <= now);
        due.map(|(id, _)| *id).collect()
    }

    /// When something is due next.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.values().map(|postponed| postponed.next).min()
    }

    /// Whether a mail was postponed.
    pub(super) fn knows(&self, id: OutboxId) -> bool {
        self.0.contains_key(&id)
    }

    /// Who has a mail already.
    pub(super) fn taken(&self, id: OutboxId) -> Vec<String> {
        let postponed = self.0.get(&id);
        postponed.map_or_else(Vec::new, |postponed| postponed.taken.clone())
    }

    /// Puts a mail off, longer each time.
    pub(super) fn postpone(&mut self, id: OutboxId, taken: Vec<String>, now: Instant) {
        let attempts = self.0.get(&id).map_or(0, |postponed| postponed.attempts);
        let pause = FIRST.saturating_mul(1 << attempts.min(10)).min(LONGEST);
        let postponed = Postponed {
            attempts: attempts.saturating_add(1),
            next: now + pause,
            taken,
        };
        self.0.insert(id, postponed);
    }

    /// A mail that is no longer in the outbox.
    pub(super) fn forget(&mut self, id: OutboxId) {
        self.0.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: OutboxId = OutboxId(7);

    /// The pause after each of so many failures, in seconds.
    fn pauses(count: usize) -> Vec<u64> {
        let mut waiting = BackOff::default();
        let now = Instant::now();
        (0..count)
            .map(|_| {
                waiting.postpone(MAIL, Vec::new(), now);
                (waiting.next_due().unwrap() - now).as_secs()
            })
            .collect()
    }

    #[test]
    fn pauses_double_up_to_ten_minutes() {
        assert_eq!(pauses(9), [5, 10, 20, 40, 80, 160, 320, 600, 600]);
        assert_eq!(pauses(100).last(), Some(&600));
    }

    #[test]
    fn a_mail_is_due_when_its_pause_is_over_and_not_before() {
        let mut waiting = BackOff::default();
        let now = Instant::now();
        waiting.postpone(MAIL, vec!["ada@home.example".into()], now);
        assert!(
            waiting
                .due(now + FIRST - Duration::from_millis(1))
                .is_empty()
        );
        assert_eq!(waiting.due(now + FIRST), [MAIL]);
        assert_eq!(waiting.taken(MAIL), ["ada@home.example"]);
        waiting.forget(MAIL);
        assert!(waiting.due(now + FIRST).is_empty());
    }
}
