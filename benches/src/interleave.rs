//! Two sides measured in turns, so that a busy or throttled machine slows both.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::machine;

/// One operation by one side. The call gets a running number, by which it
/// chooses among its inputs.
pub struct Side {
    operations_a_call: u32,
    call: Box<dyn FnMut(usize)>,
}

/// One operation, ours and a rival's.
pub struct Contest {
    /// The operation.
    pub operation: &'static str,
    /// Who else does it.
    pub rival: &'static str,
    /// Ours.
    pub ours: Side,
    /// Theirs.
    pub theirs: Side,
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How often both sides have their turn.
    pub rounds: usize,
    /// How long a turn lasts at least.
    pub turn: Duration,
}

/// The median time of one operation on each side, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Ours.
    pub ours_ns: f64,
    /// Theirs.
    pub rival_ns: f64,
}

impl Effort {
    /// For figures. Turns are shorter than a scheduler's slice, so that on a busy
    /// machine most of them run undisturbed.
    pub const FULL: Self = Self {
        rounds: 251,
        turn: Duration::from_millis(2),
    };
    /// To see that everything runs: the figures are rough.
    pub const QUICK: Self = Self {
        rounds: 15,
        turn: Duration::from_millis(1),
    };
}

impl Outcome {
    /// How many times faster ours is.
    pub fn ratio(&self) -> f64 {
        self.rival_ns / self.ours_ns
    }
}

impl Side {
    /// One operation a call.
    pub fn single<T>(call: impl FnMut(usize) -> T + 'static) -> Self {
        Self::batch(1, call)
    }

    /// So many operations a call.
    pub fn batch<T>(operations: u32, mut call: impl FnMut(usize) -> T + 'static) -> Self {
        Self {
            operations_a_call: operations,
            call: Box::new(move |index| {
                black_box(call(black_box(index)));
            }),
        }
    }

    /// How many calls fill a turn; also warms the caches.
    fn calls_a_turn(&mut self, turn: Duration) -> usize {
        let mut calls = 1;
        loop {
            let spent = self.time(0, calls);
            if spent >= turn {
                return calls;
            }
            // Half as much again as it seems to take, at most a hundredfold.
            let missing = turn.as_secs_f64() / spent.as_secs_f64().max(1e-9) * 1.2;
            calls = scaled(calls, missing.clamp(1.5, 100.0));
        }
    }

    /// The time of so many calls, less the time in which the thread waited for
    /// the processor: on a busy machine that is the others' time.
    fn time(&mut self, first: usize, calls: usize) -> Duration {
        let waited = machine::waited();
        let start = Instant::now();
        for index in first..first + calls {
            (self.call)(index);
        }
        let elapsed = start.elapsed();
        let waited = machine::waited().zip(waited);
        let others = waited.map_or(Duration::ZERO, |(after, before)| {
            after.saturating_sub(before)
        });
        elapsed.saturating_sub(others)
    }

    fn nanoseconds(&mut self, first: usize, calls: usize) -> f64 {
        let operations = f64::from(self.operations_a_call) * as_float(calls);
        self.time(first, calls).as_secs_f64() * 1e9 / operations
    }
}

impl Contest {
    /// Measures both sides in turns.
    pub fn measure(&mut self, effort: Effort) -> Outcome {
        let calls = self.ours.calls_a_turn(effort.turn);
        let rival_calls = self.theirs.calls_a_turn(effort.turn);
        let mut ours = Vec::with_capacity(effort.rounds);
        let mut theirs = Vec::with_capacity(effort.rounds);
        for round in 0..effort.rounds {
            ours.push(self.ours.nanoseconds(round * calls, calls));
            theirs.push(self.theirs.nanoseconds(round * rival_calls, rival_calls));
        }
        Outcome {
            ours_ns: median(&mut ours),
            rival_ns: median(&mut theirs),
        }
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of calls are far below 2^52"
)]
fn as_float(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive count of calls; rounding it is meant"
)]
fn scaled(calls: usize, factor: f64) -> usize {
    (as_float(calls) * factor).ceil() as usize
}
