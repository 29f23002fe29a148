//! `prereg shipment resume`

use super::chosen::Chosen;
use crate::cli::Outcome;

/// Let a paused shipment go on; its step begins anew.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data lab --name orchestrator --scope yubico.shipments.manage
  $ prereg shipment resume --data lab --all")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) chosen: Chosen,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        self.chosen
            .each("shipment.resume", async |provider, id, now| {
                provider.resume(id, now).await
            })
    }
}
