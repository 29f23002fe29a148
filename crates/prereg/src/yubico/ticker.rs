//! What the provider does by itself: moving shipments on by the clock, and
//! forgetting what it need not keep.

use std::sync::Arc;
use std::time::Duration;

use relying_party::clock::Clock as _;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use yubico_sim::Error;

use super::Simulator;
use crate::clock::SystemClock;

/// How late a step may come.
const STEP: Duration = Duration::from_secs(1);
/// How often there is something to forget.
const HOUSEKEEPING: Duration = Duration::from_mins(1);

/// Runs until `stop`. A database that does not answer is asked again later.
pub(crate) async fn tick(provider: Arc<Simulator>, stop: CancellationToken) {
    let mut steps = interval(STEP);
    steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut housekeeping = Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = steps.tick() => {}
        }
        let done = if Instant::now() >= housekeeping {
            housekeeping = Instant::now() + HOUSEKEEPING;
            keep_house(&provider).await
        } else {
            provider.advance_due(SystemClock.now()).await.map(drop)
        };
        if let Err(error) = done {
            tracing::warn!(%error, "shipments stand still for now");
        }
    }
}

async fn keep_house(provider: &Simulator) -> Result<(), Error> {
    let done = provider.tick(SystemClock.now()).await?;
    if done.purged + done.forgotten > 0 {
        tracing::info!(
            purged = done.purged,
            forgotten = done.forgotten,
            "sealed responses and expired requests are forgotten"
        );
    }
    Ok(())
}
