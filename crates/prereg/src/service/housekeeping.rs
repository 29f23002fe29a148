//! What is to be done from time to time, whether anybody calls or not.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::telemetry::Metrics;

/// How often metrics are moved out of their buffers.
const UPKEEP: Duration = Duration::from_secs(5);

/// Keeps metrics from piling up while nobody reads them.
pub(super) async fn upkeep(metrics: Metrics, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(UPKEEP) => metrics.run_upkeep(),
        }
    }
}
