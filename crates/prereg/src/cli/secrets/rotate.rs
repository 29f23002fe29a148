//! `prereg secrets rotate`

use std::io::{self, Write as _};

use serde_json::json;

use crate::auth::audit;
use crate::cli::Outcome;
use crate::cli::local::{Directory, now, with_database};
use crate::config;

/// Seal with a new secret key, and wrap every data key anew by it.
///
/// A running server goes on and takes the new key over. Interrupted, the next
/// run goes on where this one stopped. Keep a backup of the key file that
/// belongs to each backup of the database.
///
/// Where the keys come from `PREREG_SECRET_KEY`, put a new one in front of the
/// old one (NEW,OLD), restart the server with both, rotate, and then take the
/// old one out.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data demo --name ci --scope okta.users.read
  $ prereg secrets rotate --data demo")]
pub(crate) struct Args {
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let (rotation, left) = with_database(&self.settings, Directory::Exists, async |db| {
            let rotation = db.rotate_secrets().await?;
            // In many transactions: none of them is the rotation.
            let to = rotation.to.as_str();
            let entry = audit::at_command_line("secrets.rotate", to, now());
            db.append_audit(entry).await?;
            Ok((rotation, db.sealing_status().await?))
        })?;
        let (from, to) = (rotation.from.as_str(), rotation.to.as_str());
        let mut out = io::stdout();
        if self.json {
            let answer = json!({"from": from, "to": to, "rewrapped": rotation.rewrapped});
            return Ok(writeln!(out, "{answer}")?);
        }
        let rows = rotation.rewrapped;
        writeln!(
            out,
            "secret key {to} seals now ({rows} data keys wrapped anew)"
        )?;
        if left.ring.len() > 1 {
            writeln!(out, "take the older keys out of {}", left.source)?;
        }
        Ok(())
    }
}
