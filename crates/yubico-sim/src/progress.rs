//! How shipments come along: step by step on demand, by the clock, or not at all.

use prereg_types::Timestamp;
use prereg_types::shipment::ShipmentState;

/// What moves the shipments of a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progression {
    /// Whoever calls [`Provider::advance`](crate::Provider::advance).
    #[default]
    Stepped,
    /// The clock too: a step each time so many seconds have passed; with none, a
    /// shipment is delivered as soon as it is ordered. States that call
    /// mark-error wait for a person, as at the vendor.
    Timed(u32),
    /// Nobody, until a shipment is resumed: new shipments begin paused.
    Paused,
}

/// Where a shipment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Its state.
    pub state: ShipmentState,
    /// Since when it is in that state.
    pub since: Timestamp,
    /// Whether it is held: neither the clock nor a step moves it on.
    pub paused: bool,
    /// When the clock moves it on; never while it is paused.
    pub due: Option<Timestamp>,
}

/// The state after `state` where nothing goes wrong, or where what went wrong
/// has been put right; none for states that nothing comes after.
///
/// A new shipment goes 3, 100, 103 (shipped), 104 (delivered). Those whose data
/// are incomplete or under dispute (1, 2, 6 to 9) come back to 3: at the vendor
/// a person sees to that.
///
/// ```
/// use prereg_types::shipment::ShipmentState;
/// use yubico_sim::progress::next_state;
/// assert_eq!(next_state(ShipmentState::IN_PROGRESS), Some(ShipmentState::SHIPPED));
/// assert_eq!(next_state(ShipmentState::DELIVERED), None);
/// ```
pub const fn next_state(state: ShipmentState) -> Option<ShipmentState> {
    Some(match state.id() {
        1 | 2 | 6..=9 => ShipmentState::ACCEPTED,
        3..=5 | 12 | 1025 | 2000 => ShipmentState::IN_PROGRESS,
        100..=102 => ShipmentState::SHIPPED,
        103 => ShipmentState::DELIVERED,
        _ => return None,
    })
}

impl Progression {
    /// A shipment that enters `state` at `now`.
    pub const fn enter(self, state: ShipmentState, now: Timestamp) -> Progress {
        Progress {
            state,
            since: now,
            paused: matches!(self, Self::Paused),
            due: self.due(state, now),
        }
    }

    /// The shipment in another state; one that was paused stays so.
    pub(crate) const fn moved(
        self,
        from: Progress,
        state: ShipmentState,
        now: Timestamp,
    ) -> Progress {
        Progress {
            state,
            since: now,
            paused: from.paused,
            due: if from.paused {
                None
            } else {
                self.due(state, now)
            },
        }
    }

    /// The shipment after all the steps that are due by `now`, each at its time:
    /// a provider that was down catches up. One that no longer goes by the clock
    /// takes none of them.
    pub(crate) fn caught_up(self, mut progress: Progress, now: Timestamp) -> Progress {
        if !matches!(self, Self::Timed(_)) {
            progress.due = None;
        }
        while let Some(due) = progress.due.filter(|due| *due <= now) {
            let Some(next) = next_state(progress.state) else {
                progress.due = None;
                break;
            };
            progress = self.moved(progress, next, due);
        }
        progress
    }

    /// The shipment held, or let go again; then its time begins anew.
    pub(crate) const fn held(self, progress: Progress, paused: bool, now: Timestamp) -> Progress {
        Progress {
            paused,
            due: if paused {
                None
            } else {
                self.due(progress.state, now)
            },
            ..progress
        }
    }

    const fn due(self, state: ShipmentState, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Timed(step)
                if next_state(state).is_some() && !state.orchestrator().marks_error =>
            {
                Some(now.plus_seconds(step as u64))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prereg_types::shipment::Step;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn timed(seconds: u32) -> Progression {
        Progression::Timed(seconds)
    }

    /// Whatever an orchestrator keeps polling for comes to its end, and what it
    /// has given up stays where it is.
    #[test]
    fn every_ongoing_state_leads_to_delivery() {
        for id in 0..=u16::MAX {
            let state = ShipmentState::new(id);
            let mut path = vec![state];
            while let Some(next) = path.last().copied().and_then(next_state) {
                path.push(next);
                assert!(path.len() < 8, "{id} goes round in circles");
            }
            match state.orchestrator().step {
                Step::Error => assert_eq!(path.len(), 1, "{id}"),
                Step::Ongoing | Step::Ready => {
                    assert_eq!(path.last(), Some(&ShipmentState::DELIVERED), "{id}");
                }
            }
        }
    }

    #[test]
    fn the_clock_takes_each_step_at_its_time() {
        let progression = timed(60);
        let new = progression.enter(ShipmentState::ACCEPTED, NOW);
        let at = |seconds| progression.caught_up(new, NOW.plus_seconds(seconds));
        let seen = [0, 59, 60, 119, 120, 180, 9_999].map(|seconds| at(seconds).state.id());
        assert_eq!(seen, [3, 3, 100, 100, 103, 104, 104]);
        assert_eq!(at(9_999).since, NOW.plus_seconds(180));
        assert_eq!(at(9_999).due, None);
        let at_once = timed(0).enter(ShipmentState::ACCEPTED, NOW);
        assert_eq!(timed(0).caught_up(at_once, NOW).state.id(), 104);
    }

    #[test]
    fn what_is_in_trouble_or_held_waits_for_a_person() {
        let long = NOW.plus_seconds(1 << 40);
        let progression = timed(1);
        for id in [1, 2, 6, 7, 8, 9, 99, 105] {
            let progress = progression.enter(ShipmentState::new(id), NOW);
            assert_eq!(progression.caught_up(progress, long), progress, "{id}");
        }
        let new = progression.enter(ShipmentState::ACCEPTED, NOW);
        let held = progression.held(new, true, NOW);
        assert_eq!(progression.caught_up(held, long), held);
        let later = NOW.plus_seconds(500);
        let let_go = progression.held(held, false, later);
        assert_eq!(let_go.due, Some(later.plus_seconds(1)));
        assert_eq!(let_go.since, NOW);
        let by_hand = Progression::Stepped.caught_up(new, long);
        assert_eq!((by_hand.state, by_hand.due), (new.state, None));
        let paused = Progression::Paused.enter(ShipmentState::ACCEPTED, NOW);
        assert!(paused.paused && paused.due.is_none());
    }
}
