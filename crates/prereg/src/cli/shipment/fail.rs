//! `prereg shipment fail`

use prereg_types::shipment::ShipmentState;

use super::chosen::Chosen;
use crate::cli::Outcome;

/// Let something go wrong with a shipment.
///
/// Without --state it is 8, a processing error: orchestrators call mark-error and
/// go on polling, and `advance` puts it right. Any other state of the provider's
/// table can be had too, such as 99 or 105, where orchestrators give up, and those
/// where nothing is wrong.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data lab --name orchestrator --scope yubico.shipments.manage
  $ prereg shipment fail --data lab --state 105 --all
  prereg shipment fail --data lab zoulnyc4s2jzmc5aud5v")]
pub(crate) struct Args {
    /// The number of the state (`shipment_state_id`).
    #[arg(long, value_name = "NUMBER", default_value_t = ShipmentState::PROCESSING_ERROR.id())]
    state: u16,
    #[command(flatten)]
    pub(super) chosen: Chosen,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let state = ShipmentState::new(self.state);
        self.chosen
            .each("shipment.fail", async |provider, id, now| {
                provider.divert(id, state, now).await
            })
    }
}
