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
    /// Since when it is in that state, or has been let go again in it.
    pub since: Timestamp,
    /// Whether it is held: neither the clock nor a step moves it on.
    pub paused: bool,
}

/// The states that the clock moves on: something comes after them, and nobody
/// has to see to anything first.
pub const TIMED_STATES: [ShipmentState; 10] = [
    ShipmentState::ACCEPTED,
    ShipmentState::new(4),
    ShipmentState::new(5),
    ShipmentState::new(12),
    ShipmentState::IN_PROGRESS,
    ShipmentState::new(101),
    ShipmentState::new(102),
    ShipmentState::SHIPPED,
    ShipmentState::new(1025),
    ShipmentState::new(2000),
];

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
    /// A shipment that begins in `state` at `now`.
    pub const fn begin(self, state: ShipmentState, now: Timestamp) -> Progress {
        Progress {
            state,
            since: now,
            paused: matches!(self, Self::Paused),
        }
    }

    /// The seconds of a step, if the clock takes any.
    pub(crate) const fn step(self) -> Option<u32> {
        match self {
            Self::Timed(step) => Some(step),
            Self::Stepped | Self::Paused => None,
        }
    }
}

impl Progress {
    /// Whether the clock moves it on, in time.
    pub fn is_timed(&self) -> bool {
        !self.paused && TIMED_STATES.contains(&self.state)
    }

    /// In another state since `now`; one that was paused stays so.
    pub(crate) const fn moved(self, state: ShipmentState, now: Timestamp) -> Self {
        Self {
            state,
            since: now,
            ..self
        }
    }

    /// After all the steps of so many seconds that are due by `now`, each at its
    /// time: a provider that was down catches up.
    pub(crate) fn caught_up(mut self, step: u32, now: Timestamp) -> Self {
        while self.is_timed() {
            let due = self.since.plus_seconds(step.into());
            let Some(next) = next_state(self.state).filter(|_| due <= now) else {
                break;
            };
            self = self.moved(next, due);
        }
        self
    }

    /// Held, or let go again; then its time begins anew.
    pub(crate) const fn held(self, paused: bool, now: Timestamp) -> Self {
        let since = if paused { self.since } else { now };
        Self {
            since,
            paused,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prereg_types::shipment::Step;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn new(state: u16) -> Progress {
        Progression::Timed(60).begin(ShipmentState::new(state), NOW)
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
    fn the_clock_moves_on_whatever_needs_nobody() {
        for id in 0..=u16::MAX {
            let state = ShipmentState::new(id);
            let by_itself = next_state(state).is_some() && !state.orchestrator().marks_error;
            assert_eq!(TIMED_STATES.contains(&state), by_itself, "{id}");
        }
    }

    #[test]
    fn the_clock_takes_each_step_at_its_time() {
        let at = |seconds| new(3).caught_up(60, NOW.plus_seconds(seconds));
        let seen = [0, 59, 60, 119, 120, 180, 9_999].map(|seconds| at(seconds).state.id());
        assert_eq!(seen, [3, 3, 100, 100, 103, 104, 104]);
        assert_eq!(at(9_999).since, NOW.plus_seconds(180));
        assert_eq!(new(3).caught_up(0, NOW).state.id(), 104, "steps of no time");
    }

    #[test]
    fn what_is_in_trouble_or_held_waits_for_a_person() {
        let long = NOW.plus_seconds(1 << 40);
        for id in [1, 2, 6, 7, 8, 9, 99, 104, 105] {
            assert_eq!(new(id).caught_up(1, long), new(id), "{id}");
        }
        let held = new(3).held(true, NOW);
        assert_eq!(held.caught_up(1, long), held);
        let later = NOW.plus_seconds(500);
        let let_go = held.held(false, later);
        assert_eq!((let_go.state, let_go.since), (new(3).state, later));
        assert!(
            Progression::Paused
                .begin(ShipmentState::ACCEPTED, NOW)
                .paused
        );
    }
}
