//! How often somebody may call: so many calls a minute, per caller and
//! endpoint, told with Okta's three headers.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use prereg_types::Timestamp;

use super::Credential;

const WINDOW_SECONDS: u64 = 60;

/// Counters kept in one window; callers beyond share one counter an endpoint,
/// so that a flood of addresses cannot fill the memory.
const MAX_COUNTERS: usize = 50_000;

/// The headers of Okta; on every answer.
const LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RateKey {
    /// A known caller.
    Credential(Credential),
    /// A peer that showed no valid credential.
    Peer(IpAddr),
    /// Everybody for whom there was no counter left.
    Others,
}

/// How many calls a minute are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// At an endpoint without a number of its own.
    pub(crate) per_minute: u32,
    /// By endpoint.
    pub(crate) endpoints: BTreeMap<String, u32>,
}

/// Where a caller stands after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    /// Calls a minute.
    pub(crate) limit: u32,
    /// Calls left in this minute.
    pub(crate) remaining: u32,
    /// When the next minute begins, in seconds since the epoch.
    pub(crate) reset: u64,
    /// Whether this call is within the limit.
    pub(crate) allowed: bool,
}

/// Counts calls. All windows are the minutes of the clock, so one emptying
/// forgets everything that has run out.
#[derive(Debug)]
pub(crate) struct Limiter {
    allowance: Allowance,
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    number: u64,
    counters: HashMap<(RateKey, &'static str), u32>,
}

impl Limiter {
    /// A limiter that starts with every counter at zero.
    pub(crate) fn new(allowance: Allowance) -> Self {
        Self {
            allowance,
            window: Mutex::default(),
        }
    }

    /// Counts one call at an endpoint, named by its route.
    pub(crate) fn check(&self, key: RateKey, endpoint: &'static str, now: Timestamp) -> Rate {
        let limit = self.allowance.at(endpoint);
        let number = now.seconds() / WINDOW_SECONDS;
        // A panic elsewhere cannot leave a counter half-written.
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let used = window.count(key, endpoint, number);
        Rate {
            limit,
            remaining: limit.saturating_sub(used),
            reset: (window.number + 1).saturating_mul(WINDOW_SECONDS),
            allowed: used <= limit,
        }
    }
}

impl Rate {
    /// Writes `X-Rate-Limit-Limit`, `-Remaining` and `-Reset`.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, HeaderValue::from(self.limit));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(self.reset));
    }
}

/// Whether an answer has the three headers already.
pub(crate) fn is_told(headers: &HeaderMap) -> bool {
    headers.contains_key(RESET)
}

impl RateKey {
    /// A peer by its address. IPv6 is counted by /64, the least that one
    /// household or machine is given; IPv4 in IPv6's clothes is IPv4.
    pub(crate) fn peer(address: IpAddr) -> Self {
        Self::Peer(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                Ipv6Addr::from_bits(network).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

impl Allowance {
    /// Never less than one: a limit of zero with nothing remaining tells the
    /// SDKs something else (too many calls at once).
    fn at(&self, endpoint: &str) -> u32 {
        let own = self.endpoints.get(endpoint);
        own.copied().unwrap_or(self.per_minute).max(1)
    }
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            per_minute: 600,
            endpoints: BTreeMap::new(),
        }
    }
}

impl Window {
    /// The calls of this minute, with this one.
    fn count(&mut self, key: RateKey, endpoint: &'static str, number: u64) -> u32 {
        // A clock that is set back does not give the minute again.
        if number > self.number {
            self.number = number;
            self.counters.clear();
        }
        let place = (key, endpoint);
        let full = self.counters.len() >= MAX_COUNTERS && !self.counters.contains_key(&place);
        let place = if full {
            (RateKey::Others, endpoint)
        } else {
            place
        };
        let counter = self.counters.entry(place).or_default();
        *counter = counter.saturating_add(1);
        *counter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENROLL: &str = "/enroll";
    const USERS: &str = "/users";

    fn limiter(per_minute: u32) -> Limiter {
        let endpoints = BTreeMap::from([(USERS.to_owned(), 5)]);
        Limiter::new(Allowance {
            per_minute,
            endpoints,
        })
    }

    fn client(id: &str) -> RateKey {
        RateKey::Credential(Credential::Client(id.into()))
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn the_minute_counts_down_refuses_and_begins_anew() {
        let limiter = limiter(2);
        let check = |seconds| limiter.check(client("a"), ENROLL, at(seconds));
        let expected = |remaining, allowed, reset| Rate {
            limit: 2,
            remaining,
            reset,
            allowed,
        };
        assert_eq!(check(120), expected(1, true, 180));
        assert_eq!(check(179), expected(0, true, 180));
        assert_eq!(check(179), expected(0, false, 180));
        assert_eq!(check(180), expected(1, true, 240));
    }

    #[test]
    fn callers_and_endpoints_do_not_share_a_counter() {
        let limiter = limiter(1);
        assert!(limiter.check(client("a"), ENROLL, at(0)).allowed);
        assert!(limiter.check(client("b"), ENROLL, at(0)).allowed);
        assert_eq!(limiter.check(client("a"), USERS, at(0)).remaining, 4);
        assert!(!limiter.check(client("a"), ENROLL, at(0)).allowed);
    }

    #[test]
    fn a_clock_set_back_gives_no_second_minute() {
        let limiter = limiter(1);
        assert!(limiter.check(client("a"), ENROLL, at(600)).allowed);
        let rate = limiter.check(client("a"), ENROLL, at(60));
        assert!(!rate.allowed);
        assert_eq!(rate.reset, 660);
    }

    #[test]
    fn a_flood_of_addresses_does_not_fill_the_memory() {
        let limiter = limiter(3);
        for address in 0..200_000u32 {
            let peer = RateKey::peer(IpAddr::from(address.to_be_bytes()));
            limiter.check(peer, ENROLL, at(0));
        }
        let kept = limiter.window.lock().unwrap().counters.len();
        assert!(kept <= MAX_COUNTERS + 1, "{kept}");
        // Whoever was counted before the flood keeps the own counter.
        let first = RateKey::peer(IpAddr::from([0, 0, 0, 0]));
        assert!(limiter.check(first, ENROLL, at(0)).allowed);
        let new = RateKey::peer(IpAddr::from([255, 0, 0, 1]));
        assert!(!limiter.check(new, ENROLL, at(0)).allowed);
    }

    #[test]
    fn one_ipv6_network_is_one_peer() {
        let peer = |text: &str| RateKey::peer(text.parse().unwrap());
        assert_eq!(peer("2001:db8:1:2::1"), peer("2001:db8:1:2:ffff::9"));
        assert_ne!(peer("2001:db8:1:2::1"), peer("2001:db8:1:3::1"));
        assert_eq!(peer("::ffff:192.0.2.1"), peer("192.0.2.1"));
        assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
    }

    #[test]
    fn the_headers_are_okta_s() {
        let mut headers = HeaderMap::new();
        limiter(600)
            .check(client("a"), ENROLL, at(61))
            .write(&mut headers);
        let text = |name: &str| headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(text("X-Rate-Limit-Limit"), "600");
        assert_eq!(text("X-Rate-Limit-Remaining"), "599");
        assert_eq!(text("X-Rate-Limit-Reset"), "120");
    }
}
