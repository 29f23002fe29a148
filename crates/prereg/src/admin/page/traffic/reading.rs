//! Reading the counters of requests out of Prometheus' text format.

use std::collections::BTreeMap;

/// What the counters said at one moment.
#[derive(Debug, Default)]
pub(super) struct Reading(BTreeMap<Series, u64>);

/// One counter.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    listener: String,
    route: String,
    status: u16,
    method: String,
}

/// Requests by how they were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) requests: u64,
    pub(super) refused: u64,
    pub(super) throttled: u64,
    pub(super) failed: u64,
}

const COUNTER: &str = "prereg_http_requests_total{";

impl Reading {
    /// Reads the counters; skips all else.
    pub(super) fn of(page: &str) -> Self {
        Self(page.lines().filter_map(counter).collect())
    }

    /// What was added for a listener since an earlier reading.
    pub(super) fn since(&self, earlier: &Self, listener: &str) -> Sums {
        let mut sums = Sums::default();
        for (series, added) in self.added(earlier, listener) {
            sums.requests += added;
            match series.status {
                429 => sums.throttled += added,
                400..=499 => sums.refused += added,
                500.. => sums.failed += added,
                _ => {}
            }
        }
        sums
    }

    /// The same by route.
    pub(super) fn routes_since(&self, earlier: &Self, listener: &str) -> BTreeMap<String, u64> {
        let mut routes = BTreeMap::new();
        for (series, added) in self.added(earlier, listener) {
            *routes.entry(series.route.clone()).or_default() += added;
        }
        routes
    }

    fn added<'a>(
        &'a self,
        earlier: &'a Self,
        listener: &'a str,
    ) -> impl Iterator<Item = (&'a Series, u64)> {
        let counters = self.0.iter();
        let own = counters.filter(move |(series, _)| series.listener == listener);
        own.map(|(series, count)| {
            let before = earlier.0.get(series).copied().unwrap_or_default();
            (series, count.saturating_sub(before))
        })
    }
}

/// `prereg_http_requests_total{listener="okta",…} 7`
fn counter(line: &str) -> Option<(Series, u64)> {
    let (labels, value) = line.strip_prefix(COUNTER)?.rsplit_once("} ")?;
    let label = |name: &str| {
        let at = labels.find(&format!("{name}=\""))? + name.len() + 2;
        let (value, _) = labels.get(at..)?.split_once('"')?;
        Some(value.to_owned())
    };
    let series = Series {
        listener: label("listener")?,
        route: label("route")?,
        status: label("status")?.parse().ok()?,
        method: label("method")?,
    };
    Some((series, value.trim().parse().ok()?))
}
