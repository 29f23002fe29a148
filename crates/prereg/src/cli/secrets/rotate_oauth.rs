//! `prereg secrets rotate-oauth`

use std::io::{self, Write as _};

use serde_json::json;

use crate::auth::audit;
use crate::auth::oauth::AccessTokens;
use crate::cli::Outcome;
use crate::cli::local::{Directory, now, with_database};
use crate::config;

/// Sign OAuth access tokens with a new key.
///
/// A running server takes it over within seconds. Tokens of earlier keys count
/// until they run out, a quarter of an hour later at most; so long it publishes
/// those keys too.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data demo --name ci --scope okta.users.read
  $ prereg secrets rotate-oauth --data demo")]
pub(crate) struct Args {
    /// Somebody else may have the old key: refuse what it and those before it signed.
    #[arg(long)]
    at_once: bool,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let kid = with_database(&self.settings, Directory::Exists, async |db| {
            let entry = audit::at_command_line("secrets.rotate_oauth", "", now());
            let rotation = AccessTokens::rotate(db, self.at_once, now());
            Ok(audit::recorded(db, entry, rotation).await?)
        })?;
        let mut out = io::stdout();
        if self.json {
            return Ok(writeln!(out, "{}", json!({"ok": true, "kid": kid}))?);
        }
        writeln!(out, "key {kid} signs access tokens now")?;
        if self.at_once {
            writeln!(out, "those of the keys before it are refused")?;
        }
        Ok(())
    }
}
