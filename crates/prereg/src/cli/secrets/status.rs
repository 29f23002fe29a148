//! `prereg secrets status`

use std::io::{self, Write as _};

use serde_json::json;

use crate::cli::Outcome;
use crate::cli::local::{Directory, with_database};
use crate::config;
use crate::seal::KekId;
use crate::store::SealingStatus;

/// Say which secret key seals, where it comes from, and how many rows are under
/// it. Never the key itself.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data demo --name ci --scope okta.users.read
  $ prereg secrets status --data demo --json")]
pub(crate) struct Args {
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let status = with_database(&self.settings, Directory::Exists, async |db| {
            Ok(db.sealing_status().await?)
        })?;
        let mut out = io::stdout();
        if self.json {
            return Ok(writeln!(out, "{}", answer(&status))?);
        }
        writeln!(out, "secret key {} of {}", status.current, status.source)?;
        for (key, rows) in &status.rows {
            writeln!(out, "{rows} rows are sealed under {key}")?;
        }
        if status.behind() > 0 {
            writeln!(
                out,
                "a rotation was interrupted; go on with it: prereg secrets rotate"
            )?;
        } else if status.ring.len() > 1 {
            writeln!(out, "older keys are there that no row needs any more")?;
        }
        Ok(())
    }
}

fn answer(status: &SealingStatus) -> serde_json::Value {
    let rows = status.rows.iter();
    let rows: Vec<_> = rows
        .map(|(key, rows)| json!({"key": key.as_str(), "rows": rows}))
        .collect();
    let ring: Vec<&str> = status.ring.iter().map(KekId::as_str).collect();
    json!({
        "current": status.current.as_str(), "source": status.source, "keys": ring,
        "rows": rows, "behind": status.behind(),
    })
}
