//! How busy the server is, from its own metrics: looked at every two seconds,
//! kept for two minutes.

mod reading;
mod sparkline;

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use reading::Reading;
pub(super) use sparkline::sparkline;

/// Looks at the metrics again and again. Clones are handles of the same one.
#[derive(Clone)]
pub(crate) struct Traffic(Arc<Inner>);

struct Inner {
    /// The metrics as Prometheus reads them.
    render: Box<dyn Fn() -> String + Send + Sync>,
    looks: Mutex<VecDeque<Look>>,
}

/// One look at the metrics.
struct Look {
    at: Instant,
    reading: Reading,
}

/// How busy one listener is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Busy {
    /// Requests a second, for each pair of looks, the latest last.
    pub(super) history: Vec<f64>,
    /// Requests a second between the last two looks.
    pub(super) now: f64,
    /// Of the requests in the history: answered with a 4xx other than 429.
    pub(super) refused: u64,
    /// Answered with 429.
    pub(super) throttled: u64,
    /// Answered with a 5xx.
    pub(super) failed: u64,
    /// All of them.
    pub(super) requests: u64,
}

/// How often to look.
const EVERY: Duration = Duration::from_secs(2);
/// How many looks are kept.
pub(super) const LOOKS: usize = 61;

impl Traffic {
    /// Looks at what `render` writes, in the text format of Prometheus.
    pub(crate) fn new(render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner {
            render: Box::new(render),
            looks: Mutex::default(),
        }))
    }

    /// Looks until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut turns = interval(EVERY);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = turns.tick() => self.look(Instant::now()),
            }
        }
    }

    fn look(&self, at: Instant) {
        let reading = Reading::of(&(self.0.render)());
        let mut looks = self.looks();
        if looks.len() >= LOOKS {
            looks.pop_front();
        }
        looks.push_back(Look { at, reading });
    }

    /// How busy a listener is, by its name in the metrics.
    pub(super) fn busy(&self, listener: &str) -> Busy {
        let looks = self.looks();
        let pairs = looks.iter().zip(looks.iter().skip(1));
        let history: Vec<f64> = pairs
            .map(|(earlier, later)| {
                let requests = later.reading.since(&earlier.reading, listener).requests;
                rate(requests, later.at - earlier.at)
            })
            .collect();
        let all = match (looks.front(), looks.back()) {
            (Some(first), Some(last)) => last.reading.since(&first.reading, listener),
            _ => reading::Sums::default(),
        };
        Busy {
            now: history.last().copied().unwrap_or_default(),
            history,
            refused: all.refused,
            throttled: all.throttled,
            failed: all.failed,
            requests: all.requests,
        }
    }

    /// The routes of a listener with their requests in the history, the busiest
    /// first.
    pub(super) fn routes(&self, listener: &str) -> Vec<(String, u64)> {
        let looks = self.looks();
        let (Some(first), Some(last)) = (looks.front(), looks.back()) else {
            return Vec::new();
        };
        let by_route: BTreeMap<String, u64> = last.reading.routes_since(&first.reading, listener);
        let mut routes: Vec<(String, u64)> = by_route
            .into_iter()
            .filter(|(_, requests)| *requests > 0)
            .collect();
        routes.sort_by_key(|(_, requests)| core::cmp::Reverse(*requests));
        routes
    }

    fn looks(&self) -> MutexGuard<'_, VecDeque<Look>> {
        self.0.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate to look at")]
fn rate(requests: u64, time: Duration) -> f64 {
    let seconds = time.as_secs_f64();
    if seconds > 0.0 {
        requests as f64 / seconds
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn rates_come_from_the_differences_between_looks() {
        let served = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&served);
        let traffic = Traffic::new(move || {
            let served = counter.load(Ordering::SeqCst);
            format!(
                "# TYPE prereg_http_requests_total counter\n\
                 prereg_http_requests_total{{listener=\"okta\",method=\"POST\",route=\"/enroll\",status=\"200\"}} {served}\n\
                 prereg_http_requests_total{{listener=\"okta\",method=\"POST\",route=\"/activate\",status=\"429\"}} {}\n\
                 prereg_http_requests_total{{listener=\"yubico\",method=\"GET\",route=\"/x\",status=\"500\"}} 3\n\
                 other_total{{listener=\"okta\"}} 1000\n",
                served / 10
            )
        });
        let start = Instant::now();
        for (second, total) in [(0, 100), (2, 120), (4, 180)] {
            served.store(total, Ordering::SeqCst);
            traffic.look(start + Duration::from_secs(second));
        }
        let busy = traffic.busy("okta");
        assert_eq!(busy.history, [11.0, 33.0]);
        assert!((busy.now - 33.0).abs() < f64::EPSILON);
        assert_eq!((busy.requests, busy.throttled, busy.failed), (88, 8, 0));
        let routes = [("/enroll".to_owned(), 80), ("/activate".to_owned(), 8)];
        assert_eq!(traffic.routes("okta"), routes);
        assert_eq!(
            traffic.busy("yubico").requests,
            0,
            "all before the first look"
        );
        assert_eq!(
            traffic.busy("none"),
            Busy {
                history: vec![0.0; 2],
                ..Busy::default()
            }
        );
    }

    #[test]
    fn before_there_is_anything_to_compare_nothing_is_told() {
        let traffic = Traffic::new(String::new);
        assert_eq!(traffic.busy("okta"), Busy::default());
        traffic.look(Instant::now());
        assert_eq!(traffic.busy("okta"), Busy::default());
    }

    #[test]
    fn old_looks_are_forgotten() {
        let traffic = Traffic::new(String::new);
        for _ in 0..(3 * LOOKS) {
            traffic.look(Instant::now());
        }
        assert_eq!(traffic.busy("okta").history.len(), LOOKS - 1);
    }
}
