//! Metrics in Prometheus' text format. No label holds an id, a name or an
//! address: their number is bounded and they tell nothing of a person.

use std::fmt;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::store::Counts;

/// Seconds, from a lookup to a request that is given up.
const BUCKETS: [f64; 13] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 30.0,
];

/// All metrics of the process.
#[derive(Clone)]
pub(crate) struct Metrics(PrometheusHandle);

/// Starts to count.
///
/// # Errors
/// Somebody else counts already.
pub(crate) fn start() -> Result<Metrics, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    describe();
    gauge!("prereg_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(Metrics(handle))
}

impl Metrics {
    /// The page that Prometheus reads.
    pub(crate) fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }

    /// Moves what was measured out of its buffers; to be called now and then,
    /// whether anybody reads metrics or not.
    pub(crate) fn run_upkeep(&self) {
        self.0.run_upkeep();
    }
}

/// Sets what is not counted as it happens but looked up.
pub(crate) fn set_depths(counts: &Counts) {
    for (queue, depth) in [
        ("mail", counts.mail_queued),
        ("events", counts.events_queued),
        ("hooks", counts.deliveries_queued),
    ] {
        gauge!("prereg_queue_depth", "queue" => queue).set(approximately(depth));
    }
    for (state, number) in [
        ("requested", counts.requested),
        ("errored", counts.errored),
        ("active", counts.active),
    ] {
        gauge!("prereg_enrollments", "state" => state).set(approximately(number));
    }
    gauge!("prereg_users").set(approximately(counts.users));
    gauge!("prereg_shipments").set(approximately(counts.shipments));
}

/// Exact up to 2³².
fn approximately(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

fn describe() {
    describe_gauge!("prereg_build_info", "The version, as a label");
    describe_counter!(
        "prereg_http_requests_total",
        "Requests answered, by listener, method, route and status"
    );
    describe_histogram!(
        "prereg_http_request_seconds",
        Unit::Seconds,
        "Time until a response began, by listener and route"
    );
    describe_counter!(
        "prereg_refusals_total",
        "Operations refused, by the code of the rule"
    );
    describe_counter!("prereg_activations_total", "Enrollments activated");
    describe_counter!("prereg_mails_total", "Mails tried, by outcome");
    describe_counter!(
        "prereg_hook_deliveries_total",
        "Deliveries to event hooks tried, by outcome"
    );
    describe_histogram!(
        "prereg_commit_seconds",
        Unit::Seconds,
        "Time a change waited until it was on the disk"
    );
    describe_gauge!("prereg_queue_depth", "What waits, by queue");
    describe_gauge!("prereg_enrollments", "Enrollments, by state");
    describe_gauge!("prereg_users", "Users");
    describe_gauge!("prereg_shipments", "Shipments of the simulated provider");
    describe_gauge!("prereg_pinned_keys", "Signing keys that count");
    describe_counter!(
        "prereg_trust_refreshes_total",
        "Readings of the provider's signing keys, by outcome"
    );
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}
