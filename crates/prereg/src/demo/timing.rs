//! How long each phase took, over all keys.

use std::time::{Duration, Instant};

/// The phases of one pre-registration, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Enroll,
    Fulfill,
    Activate,
    Mail,
    Authenticate,
}

impl Phase {
    pub(crate) const ALL: [Self; 5] = [
        Self::Enroll,
        Self::Fulfill,
        Self::Activate,
        Self::Mail,
        Self::Authenticate,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Enroll => "enroll",
            Self::Fulfill => "fulfill",
            Self::Activate => "activate",
            Self::Mail => "mail PIN",
            Self::Authenticate => "authenticate",
        }
    }
}

/// The time of each phase of each key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timings {
    samples: [Vec<Duration>; Phase::ALL.len()],
}

impl Timings {
    /// Runs a phase and keeps its time.
    pub(crate) fn measure<T>(&mut self, phase: Phase, run: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = run();
        if let Some(samples) = self.samples.get_mut(phase as usize) {
            samples.push(started.elapsed());
        }
        result
    }

    /// The time that a phase took last.
    pub(crate) fn last(&self, phase: Phase) -> Duration {
        let samples = self.samples.get(phase as usize);
        samples
            .and_then(|samples| samples.last())
            .copied()
            .unwrap_or_default()
    }

    /// Takes over the samples of another thread.
    pub(crate) fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.samples.iter_mut().zip(other.samples) {
            mine.extend(theirs);
        }
    }

    /// The phases that ran, each with its median and 99th percentile.
    pub(crate) fn percentiles(mut self) -> Vec<(Phase, Duration, Duration)> {
        let sorted = self.samples.iter_mut().map(|samples| {
            samples.sort_unstable();
            (percentile(samples, 50), percentile(samples, 99))
        });
        Phase::ALL
            .into_iter()
            .zip(sorted)
            .filter_map(|(phase, (p50, p99))| Some((phase, p50?, p99?)))
            .collect()
    }
}

/// The smallest sample that at least `percent` % of all do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let samples: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&samples, 50), Some(Duration::from_millis(100)));
        assert_eq!(percentile(&samples, 99), Some(Duration::from_millis(198)));
        assert_eq!(
            percentile(&samples[..1], 99),
            Some(Duration::from_millis(1))
        );
        assert_eq!(percentile(&[], 50), None);
    }
}
