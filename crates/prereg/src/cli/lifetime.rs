//! How long something is good for, as people write it.

use std::str::FromStr;

/// A length of time: `30s`, `10m`, `12h`, `30d`, `1y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    seconds: u64,
}

/// A hundred years: nothing here is good for longer.
const LONGEST_SECONDS: u64 = 100 * 365 * 86_400;

impl Lifetime {
    /// Its seconds.
    pub(crate) const fn seconds(self) -> u64 {
        self.seconds
    }
}

impl FromStr for Lifetime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unit = match text.chars().next_back() {
            Some('s') => Some(1),
            Some('m') => Some(60),
            Some('h') => Some(3600),
            Some('d') => Some(86_400),
            Some('y') => Some(365 * 86_400),
            _ => None,
        };
        let digits = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<u64> = digits.parse().ok().filter(|_| plain);
        let seconds = unit
            .zip(number)
            .and_then(|(unit, number)| number.checked_mul(unit));
        seconds
            .filter(|seconds| (1..=LONGEST_SECONDS).contains(seconds))
            .map(|seconds| Self { seconds })
            .ok_or("write a length of time such as 10m, 12h, 30d or 1y")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read() {
        let seconds = |text: &str| text.parse().map(Lifetime::seconds);
        assert_eq!(seconds("30s"), Ok(30));
        assert_eq!(seconds("10m"), Ok(600));
        assert_eq!(seconds("12h"), Ok(43_200));
        assert_eq!(seconds("1y"), Ok(31_536_000));
        for wrong in [
            "",
            "d",
            "10",
            "0d",
            "-1d",
            "+1d",
            "1.5h",
            "1w",
            "1dé",
            "101y",
            "99999999999999999999s",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
