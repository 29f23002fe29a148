//! `prereg shipment pause`

use super::chosen::Chosen;
use crate::cli::Outcome;

/// Hold a shipment: neither time nor `advance` moves it on.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data lab --name orchestrator --scope yubico.shipments.manage
  $ prereg shipment pause --data lab --all")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) chosen: Chosen,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        self.chosen
            .each("shipment.pause", async |provider, id, now| {
                provider.pause(id, now).await
            })
    }
}
