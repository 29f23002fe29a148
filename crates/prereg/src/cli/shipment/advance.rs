//! `prereg shipment advance`

use super::chosen::Chosen;
use crate::cli::Outcome;

/// Move a shipment one state on; what went wrong is put right by that.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data lab --name orchestrator --scope yubico.shipments.manage
  $ prereg shipment advance --data lab --all")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) chosen: Chosen,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        self.chosen
            .each("shipment.advance", async |provider, id, now| {
                provider.advance(id, now).await.map(drop)
            })
    }
}
