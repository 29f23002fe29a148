//! `prereg key show`

use std::io::{self, Write as _};

use authenticator::{ResidentCredential, SecurityKey};
use jose_core::base64url;
use prereg_types::Serial;
use serde_json::{Value, json};
use yubico_sim::store::KeyRecord;

use super::list;
use crate::cli::Outcome;
use crate::cli::provider::{serial, with_provider};
use crate::config;

/// Show one key: PIN tries left and resident credentials. Never a PIN: the key has none, only its hash.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data lab --name orchestrator --scope yubico.shipments.manage
  $ prereg key list --data lab
  prereg key show --data lab 1632071998")]
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
        let (record, key) = with_provider(&self.settings, async |provider, _| {
            Ok(provider.inspect_key(&self.serial).await?)
        })?;
        if self.json {
            return Ok(writeln!(io::stdout(), "{}", details(&record, &key))?);
        }
        describe(&record, &key)
    }
}

fn details(record: &KeyRecord, key: &SecurityKey) -> Value {
    let retries = key.pin_retries();
    let credentials: Value = key.credentials().map(|one| credential(&one)).collect();
    let mut shown = list::entry(record);
    if let Value::Object(shown) = &mut shown {
        shown.insert("aaguid".to_owned(), json!(key.model().aaguid.to_string()));
        shown.insert("pin_retries".to_owned(), json!(retries.retries));
        let blocked = json!(retries.power_cycle_required);
        shown.insert("power_cycle_required".to_owned(), blocked);
        shown.insert("credentials".to_owned(), credentials);
    }
    shown
}

fn credential(credential: &ResidentCredential<'_>) -> Value {
    json!({
        "rp_id": credential.rp_id,
        "user_id": String::from_utf8_lossy(credential.user_id),
        "credential_id": base64url::encode(credential.id),
    })
}

fn describe(record: &KeyRecord, key: &SecurityKey) -> Outcome {
    let mut out = io::stdout().lock();
    let model = &record.model;
    let retries = key.pin_retries();
    writeln!(out, "key        {}", record.serial)?;
    writeln!(
        out,
        "model      simulated {}, firmware {}",
        model.name, model.firmware
    )?;
    writeln!(out, "AAGUID     {}", key.model().aaguid)?;
    writeln!(
        out,
        "shipment   {}, {}",
        record.shipment,
        list::whereabouts(record)
    )?;
    let unplug = if retries.power_cycle_required {
        "; to be plugged in again first (prereg key power-cycle)"
    } else {
        ""
    };
    writeln!(out, "PIN tries  {}{unplug}", retries.retries)?;
    for credential in key.credentials() {
        let user = String::from_utf8_lossy(credential.user_id);
        // Whoever enrolled chose these texts.
        let (user, rp_id) = (user.escape_debug(), credential.rp_id.escape_debug());
        writeln!(out, "credential {user} at {rp_id}")?;
    }
    Ok(())
}
