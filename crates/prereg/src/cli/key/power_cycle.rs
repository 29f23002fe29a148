//! `prereg key power-cycle`

use std::io::{self, Write as _};

use prereg_types::Serial;
use serde_json::json;

use crate::auth::audit;
use crate::cli::Outcome;
use crate::cli::local::now;
use crate::cli::provider::{serial, with_provider};
use crate::config;

/// Unplug a key and plug it in again: after three wrong PINs in a row it takes one again. No try comes back.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data lab --name orchestrator --scope yubico.shipments.manage
  $ prereg key list --data lab
  prereg key power-cycle --data lab 1632071998")]
pub(crate) struct Args {
    /// The number printed on the key.
    #[arg(value_parser = serial)]
    serial: Serial,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        with_provider(&self.settings, async |provider, db| {
            let entry = audit::at_command_line("key.power_cycle", self.serial.as_str(), now());
            audit::recorded(db, entry, async {
                Ok(provider.power_cycle(&self.serial).await?)
            })
            .await
        })?;
        let mut out = io::stdout();
        if self.json {
            let answer = json!({"ok": true, "serial": self.serial});
            return Ok(writeln!(out, "{answer}")?);
        }
        Ok(writeln!(out, "{} is plugged in again", self.serial)?)
    }
}
