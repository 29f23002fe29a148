//! How long to wait before a hook is tried again.

use core::time::Duration;

use prereg_types::Timestamp;

/// After that, an event is given up.
pub(super) const GIVE_UP_AFTER: Duration = Duration::from_hours(24);

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(1);

/// The pause after so many failures: twice the one before up to an hour, and of
/// that at random between half and all, so that hooks that failed together do
/// not come back together.
pub(super) fn pause(failures: u32) -> Duration {
    let mut random = [0; 4];
    // Without randomness the pauses are not jittered, which is no harm.
    let _ = getrandom::fill(&mut random);
    jittered(failures, u32::from_ne_bytes(random))
}

/// Whether an event that was queued then is to be given up now.
pub(super) fn is_over(queued: Timestamp, now: Timestamp) -> bool {
    queued.plus_seconds(GIVE_UP_AFTER.as_secs()) <= now
}

fn jittered(failures: u32, random: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(20);
    let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let share = f64::from(random) / f64::from(u32::MAX);
    whole.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_are_jittered_down_to_half() {
        let longest: Vec<u64> = (1..=14)
            .map(|failures| jittered(failures, u32::MAX).as_secs())
            .collect();
        assert_eq!(
            longest,
            [
                1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600
            ]
        );
        assert_eq!(jittered(4, 0), Duration::from_secs(4));
        assert_eq!(jittered(u32::MAX, u32::MAX), LONGEST);
        for _ in 0..100 {
            let pause = pause(4).as_secs_f64();
            assert!((4.0..=8.0).contains(&pause), "{pause}");
        }
    }

    #[test]
    fn an_event_is_given_up_after_a_day() {
        let queued = Timestamp::from_seconds(1_780_000_000);
        assert!(!is_over(queued, queued.plus_seconds(86_399)));
        assert!(is_over(queued, queued.plus_seconds(86_400)));
    }
}
