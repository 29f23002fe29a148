//! When to try again, and when not.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use ureq::http::HeaderMap;

/// How often a call is tried, the first time included.
pub(super) const ATTEMPTS: u32 = 5;

/// The longest wait for a rate limit; its window is a minute.
const LONGEST: Duration = Duration::from_secs(90);

/// What to do with an answer or the lack of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Take it.
    Take,
    /// Try again after this long.
    Again(Duration),
    /// The server asks for more patience than there is.
    TooLong(Duration),
}

/// Whether a call may be made twice without harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It changes nothing, or the same.
    Harmless,
    /// Twice could mean two of something.
    Harmful,
}

/// What to do with an answer. A 429 was not acted on, so any call may be made
/// again.
pub(super) fn after_answer(
    status: u16,
    headers: &HeaderMap,
    repeat: Repeat,
    attempt: u32,
    now: u64,
) -> Verdict {
    match (status, repeat) {
        (429, _) => {
            let wait = limited_for(headers, now).unwrap_or_else(|| growing(attempt));
            if wait > LONGEST {
                return Verdict::TooLong(wait);
            }
            Verdict::Again(wait)
        }
        (502..=504, Repeat::Harmless) => Verdict::Again(growing(attempt)),
        _ => Verdict::Take,
    }
}

/// What to do where there was no answer.
pub(super) fn after_silence(repeat: Repeat, attempt: u32) -> Verdict {
    match repeat {
        Repeat::Harmless => Verdict::Again(growing(attempt)),
        Repeat::Harmful => Verdict::Take,
    }
}

/// Until `X-Rate-Limit-Reset` by the server's own clock, which `Date` tells, and
/// a second more, as Okta's SDKs wait; or as long as `Retry-After` says.
fn limited_for(headers: &HeaderMap, now: u64) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok();
    let reset = text("x-rate-limit-reset").and_then(|reset| reset.trim().parse::<u64>().ok());
    if let Some(reset) = reset {
        let now = text("date").and_then(seconds).unwrap_or(now);
        return Some(Duration::from_secs(reset.saturating_sub(now) + 1));
    }
    let seconds = text("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// An HTTP date (RFC 9110 §5.6.7) in seconds since the epoch.
fn seconds(date: &str) -> Option<u64> {
    let moment = DateTimeParser::new().parse_timestamp(date).ok()?;
    u64::try_from(moment.as_second()).ok()
}

/// A second, then two, then four, …
fn growing(attempt: u32) -> Duration {
    Duration::from_secs(1 << attempt.saturating_sub(1).min(6))
}

#[cfg(test)]
mod tests {
    use ureq::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let value = |text| HeaderValue::from_static(text);
        let pairs = pairs.iter().map(|(name, text)| {
            let name = ureq::http::HeaderName::from_static(name);
            (name, value(*text))
        });
        pairs.collect()
    }

    #[test]
    fn a_rate_limit_is_waited_for_by_the_server_s_clock() {
        let limited = headers(&[
            ("date", "Sun, 22 Nov 2026 02:49:04 GMT"),
            ("x-rate-limit-reset", "1795315800"),
        ]);
        // 02:50:00 there; our own clock does not matter.
        let again = Verdict::Again(Duration::from_secs(57));
        for repeat in [Repeat::Harmless, Repeat::Harmful] {
            assert_eq!(after_answer(429, &limited, repeat, 1, 0), again);
        }
    }

    #[test]
    fn other_ways_to_say_it_are_understood() {
        let own_clock = headers(&[("x-rate-limit-reset", "1000")]);
        let verdict = |headers: &HeaderMap, attempt, now| {
            after_answer(429, headers, Repeat::Harmful, attempt, now)
        };
        assert_eq!(
            verdict(&own_clock, 1, 990),
            Verdict::Again(Duration::from_secs(11))
        );
        let passed = Verdict::Again(Duration::from_secs(1));
        assert_eq!(verdict(&own_clock, 1, 2000), passed);
        let retry_after = headers(&[("retry-after", "7")]);
        assert_eq!(
            verdict(&retry_after, 1, 0),
            Verdict::Again(Duration::from_secs(7))
        );
        let nothing = headers(&[]);
        assert_eq!(
            verdict(&nothing, 3, 0),
            Verdict::Again(Duration::from_secs(4))
        );
        let tomorrow = headers(&[("retry-after", "86400")]);
        let too_long = Verdict::TooLong(Duration::from_hours(24));
        assert_eq!(verdict(&tomorrow, 1, 0), too_long);
    }

    #[test]
    fn what_could_be_done_twice_is_not_repeated() {
        let nothing = headers(&[]);
        let after = |status, repeat| after_answer(status, &nothing, repeat, 1, 0);
        assert_eq!(after(503, Repeat::Harmful), Verdict::Take);
        assert_eq!(
            after(503, Repeat::Harmless),
            Verdict::Again(Duration::from_secs(1))
        );
        assert_eq!(after(500, Repeat::Harmless), Verdict::Take);
        assert_eq!(after(200, Repeat::Harmless), Verdict::Take);
        assert_eq!(after_silence(Repeat::Harmful, 1), Verdict::Take);
    }
}
