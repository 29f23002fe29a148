//! `prereg shipment show`

use std::io::{self, Write as _};

use prereg_types::ShipmentId;
use serde_json::{Value, json};
use yubico_sim::Fault;
use yubico_sim::store::{KeyRecord, ShipmentSummary};

use super::view;
use crate::cli::Outcome;
use crate::cli::provider::{shipment_id, with_provider};
use crate::cli::table::moment;
use crate::config;

/// Show one shipment and the keys in it.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data lab --name orchestrator --scope yubico.shipments.manage
  $ prereg shipment list --data lab
  prereg shipment show --data lab zoulnyc4s2jzmc5aud5v")]
pub(crate) struct Args {
    /// The shipment.
    #[arg(value_parser = shipment_id)]
    id: ShipmentId,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let (shipment, keys) = with_provider(&self.settings, async |provider, _| {
            Ok(provider.shipment_summary(&self.id).await?)
        })?;
        if self.json {
            let mut shown = view::json(&shipment);
            if let Some(place) = shown.get_mut("keys") {
                *place = keys.iter().map(key).collect();
            }
            return Ok(writeln!(io::stdout(), "{shown}")?);
        }
        describe(&shipment, &keys)
    }
}

fn key(key: &KeyRecord) -> Value {
    json!({"serial": key.serial, "model": key.model.name, "firmware": key.model.firmware})
}

fn describe(shipment: &ShipmentSummary, keys: &[KeyRecord]) -> Outcome {
    let mut out = io::stdout().lock();
    let progress = &shipment.progress;
    writeln!(out, "shipment  {}", shipment.id)?;
    writeln!(out, "ordered   {}", moment(Some(shipment.created)))?;
    writeln!(out, "state     {}", view::state(progress))?;
    writeln!(out, "since     {}", moment(Some(progress.since)))?;
    if let Some(fault) = shipment.fault {
        writeln!(
            out,
            "fault     {}: {}",
            Fault::name(fault),
            fault.description()
        )?;
    }
    for key in keys {
        let model = &key.model;
        writeln!(
            out,
            "key       {} {}, firmware {}",
            key.serial, model.name, model.firmware
        )?;
    }
    Ok(())
}
