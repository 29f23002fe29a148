//! `prereg key list`

use std::io::{self, Write as _};

use prereg_types::Serial;
use serde_json::{Value, json};
use yubico_sim::store::KeyRecord;

use crate::cli::provider::with_provider;
use crate::cli::table::Table;
use crate::cli::{Failure, Outcome};
use crate::config;
use crate::yubico::Simulator;

/// List the keys that the simulated provider has made, the newest first.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data lab --name orchestrator --scope yubico.shipments.manage
  $ prereg key list --data lab")]
pub(crate) struct Args {
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let keys = with_provider(&self.settings, async |provider, _| every(provider).await)?;
        if self.json {
            let list: Value = keys.iter().map(entry).collect();
            return Ok(writeln!(io::stdout(), "{list}")?);
        }
        let mut table = Table::new(["SERIAL", "MODEL", "FIRMWARE", "WHERE", "SHIPMENT"]);
        for key in &keys {
            table.row([
                key.serial.to_string(),
                key.model.name.clone(),
                key.model.firmware.to_string(),
                whereabouts(key),
                key.shipment.to_string(),
            ]);
        }
        Ok(table.write()?)
    }
}

/// For programs.
pub(super) fn entry(key: &KeyRecord) -> Value {
    json!({
        "serial": key.serial,
        "model": key.model.name,
        "product_id": key.model.product_id,
        "firmware": key.model.firmware,
        "shipment_id": key.shipment,
        "shipment_state": key.shipment_state.id(),
        "delivered": key.is_delivered(),
    })
}

/// Where the key is.
pub(super) fn whereabouts(key: &KeyRecord) -> String {
    if key.is_delivered() {
        return "delivered".to_owned();
    }
    format!("in state {}", key.shipment_state.id())
}

async fn every(provider: &Simulator) -> Result<Vec<KeyRecord>, Failure> {
    const AT_ONCE: usize = 500;
    let mut all: Vec<KeyRecord> = Vec::new();
    let mut after: Option<Serial> = None;
    loop {
        let page = provider.keys(after.as_ref(), AT_ONCE).await?;
        let full = page.len() == AT_ONCE;
        all.extend(page);
        after = all.last().map(|key| key.serial.clone());
        if !full {
            return Ok(all);
        }
    }
}
