//! Several sides measured in turns, so that a busy or throttled machine slows
//! all of them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::machine;

/// One operation by one side. The call gets a running number, by which it
/// chooses among its inputs.
pub struct Side {
    operations_a_call: u32,
    call: Box<dyn FnMut(usize)>,
}

/// One operation: ours in several forms, and the rivals'.
pub struct Contest {
    /// The operation.
    pub operation: &'static str,
    /// Ours, each a row.
    pub ours: Vec<Entry>,
    /// Theirs, one operation a call.
    pub rivals: Vec<Entry>,
}

/// One side of a contest.
pub struct Entry {
    /// Of ours the row, of a rival the library.
    pub name: String,
    /// What is called.
    pub side: Side,
}

/// What one operation took by an entry of the name, in nanoseconds: the median
/// of all rounds.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The entry's name.
    pub name: String,
    /// Nanoseconds.
    pub ns: f64,
}

/// A measured contest, its entries in their order.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The operation.
    pub operation: &'static str,
    /// Ours.
    pub ours: Vec<Figure>,
    /// Theirs.
    pub rivals: Vec<Figure>,
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How often both sides have their turn.
    pub rounds: usize,
    /// How long a turn lasts at least.
    pub turn: Duration,
}

impl Effort {
    /// For figures. Turns are shorter than a scheduler's slice, so that on a busy
    /// machine most of them run undisturbed.
    pub const FULL: Self = Self {
        rounds: 151,
        turn: Duration::from_millis(2),
    };
    /// To see that everything runs: the figures are rough.
    pub const QUICK: Self = Self {
        rounds: 21,
        turn: Duration::from_millis(1),
    };
}

impl Entry {
    /// An entry.
    pub fn new(name: impl Into<String>, side: Side) -> Self {
        let name = name.into();
        Self { name, side }
    }
}

impl Outcome {
    /// The rival that took the least time.
    pub fn fastest(&self) -> Option<&Figure> {
        self.rivals.iter().min_by(|a, b| a.ns.total_cmp(&b.ns))
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

    /// What an operation took in a turn. A turn with other inputs, not timed, goes before:
    /// the side before left caches, predictors and the clock of the processor as it
    /// needs them itself.
    fn nanoseconds(&mut self, first: usize, calls: usize) -> f64 {
        self.time(first + calls, calls);
        let operations = f64::from(self.operations_a_call) * as_float(calls);
        self.time(first, calls).as_secs_f64() * 1e9 / operations
    }
}

impl Contest {
    /// A contest; a form of ours names its row together with the operation, and
    /// the plain form, without a name, is the operation's own row.
    pub fn new(operation: &'static str, forms: Vec<Entry>, rivals: Vec<Entry>) -> Self {
        let row = |form: Entry| match form.name.as_str() {
            "" => Entry::new(operation, form.side),
            name => Entry::new(format!("{operation}, {name}"), form.side),
        };
        Self {
            operation,
            ours: forms.into_iter().map(row).collect(),
            rivals,
        }
    }

    /// Measures all sides in turns: each round gives every side one.
    pub fn measure(mut self, effort: Effort) -> Outcome {
        let calls: Vec<usize> = self
            .sides()
            .map(|side| side.calls_a_turn(effort.turn))
            .collect();
        let mut samples = vec![Vec::with_capacity(effort.rounds); calls.len()];
        for round in 0..effort.rounds {
            for ((side, &calls), samples) in self.sides().zip(&calls).zip(&mut samples) {
                samples.push(side.nanoseconds(round * calls, calls));
            }
        }
        let mut medians = samples.iter_mut().map(|samples| median(samples));
        let mut figures = |entries: Vec<Entry>| {
            let named = entries.into_iter().zip(&mut medians);
            named
                .map(|(entry, ns)| Figure {
                    name: entry.name,
                    ns,
                })
                .collect()
        };
        Outcome {
            operation: self.operation,
            ours: figures(self.ours),
            rivals: figures(self.rivals),
        }
    }

    fn sides(&mut self) -> impl Iterator<Item = &mut Side> {
        let entries = self.ours.iter_mut().chain(&mut self.rivals);
        entries.map(|entry| &mut entry.side)
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
