//! Which shipments a command moves, and what it says afterwards.

use std::io::{self, Write as _};

use prereg_types::{ShipmentId, Timestamp};
use serde_json::{Value, json};
use yubico_sim::store::ShipmentSummary;

use super::view;
use crate::auth::audit;
use crate::cli::local::now;
use crate::cli::provider::{shipment_id, with_provider};
use crate::cli::{Failure, Outcome};
use crate::config;
use crate::yubico::Simulator;

/// Which shipments.
#[derive(clap::Args)]
pub(super) struct Chosen {
    /// The shipments, by their ids.
    #[arg(value_name = "ID", value_parser = shipment_id, required_unless_present = "all")]
    ids: Vec<ShipmentId>,
    /// All shipments that have not come to an end.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON, one object a line.
    #[arg(long)]
    pub(super) json: bool,
}

impl Chosen {
    /// Does something with each, writes it down, and shows how each stands then.
    /// The first that is refused ends it.
    pub(super) fn each(
        &self,
        action: &str,
        mut change: impl AsyncFnMut(&Simulator, &ShipmentId, Timestamp) -> Result<(), yubico_sim::Error>,
    ) -> Outcome {
        with_provider(&self.settings, async |provider, db| {
            for id in self.ids(provider).await? {
                let now = now();
                let entry = audit::at_command_line(action, id.as_str(), now);
                audit::recorded(db, entry, async {
                    let changed = change(provider, &id, now).await;
                    changed.map_err(|error| at(&id, &error))
                })
                .await?;
                let (shipment, _) = provider.shipment_summary(&id).await?;
                self.show(&shipment)?;
            }
            Ok(())
        })
    }

    async fn ids(&self, provider: &Simulator) -> Result<Vec<ShipmentId>, Failure> {
        if !self.all {
            return Ok(self.ids.clone());
        }
        let all = every(provider).await?.into_iter();
        let open = all.filter(|one| yubico_sim::progress::next_state(one.progress.state).is_some());
        Ok(open.map(|one| one.id).collect())
    }

    fn show(&self, shipment: &ShipmentSummary) -> Outcome {
        let mut out = io::stdout();
        if self.json {
            let mut line = json!({"ok": true});
            if let (Value::Object(line), Value::Object(rest)) = (&mut line, view::json(shipment)) {
                line.extend(rest);
            }
            return Ok(writeln!(out, "{line}")?);
        }
        let state = view::state(&shipment.progress);
        Ok(writeln!(out, "{} is in state {state}", shipment.id)?)
    }
}

/// Every shipment, the newest first.
pub(super) async fn every(provider: &Simulator) -> Result<Vec<ShipmentSummary>, Failure> {
    const AT_ONCE: usize = 500;
    let mut all = Vec::new();
    loop {
        let (page, total) = provider.shipments(all.len(), AT_ONCE).await?;
        let more = !page.is_empty();
        all.extend(page);
        if !more || all.len() >= total {
            return Ok(all);
        }
    }
}

fn at(id: &ShipmentId, error: &yubico_sim::Error) -> Failure {
    Failure::Refused {
        code: error.code(),
        message: format!("{id}: {error}"),
    }
}
