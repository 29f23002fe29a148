//! `prereg shipment list`

use std::io::{self, Write as _};

use serde_json::Value;
use yubico_sim::Fault;

use super::{chosen, view};
use crate::cli::Outcome;
use crate::cli::provider::with_provider;
use crate::cli::table::{Table, moment};
use crate::config;

/// List the shipments, the newest first.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data lab --name orchestrator --scope yubico.shipments.manage
  $ prereg shipment list --data lab")]
pub(crate) struct Args {
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let shipments = with_provider(&self.settings, async |provider, _| {
            chosen::every(provider).await
        })?;
        if self.json {
            let list: Value = shipments.iter().map(view::json).collect();
            return Ok(writeln!(io::stdout(), "{list}")?);
        }
        let mut table = Table::new(["ID", "STATE", "SINCE", "ORDERED", "KEYS", "FAULT"]);
        for shipment in &shipments {
            table.row([
                shipment.id.to_string(),
                view::state(&shipment.progress),
                moment(Some(shipment.progress.since)),
                moment(Some(shipment.created)),
                shipment.keys.to_string(),
                shipment.fault.map_or("-", Fault::name).to_owned(),
            ]);
        }
        Ok(table.write()?)
    }
}
