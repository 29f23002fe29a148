//! `prereg token list`

use std::io::{self, Write as _};

use serde_json::json;

use crate::cli::Outcome;
use crate::cli::local::{Directory, now, with_database};
use crate::cli::table::{Table, moment};
use crate::config;
use crate::store::StoredToken;

/// List every token: what it may do, when it was used last. Never the token itself.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data demo --name ci --scope okta.users.read
  $ prereg token list --data demo")]
pub(crate) struct Args {
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let tokens = with_database(&self.settings, Directory::Exists, async |db| {
            Ok(db.tokens().await?)
        })?;
        if self.json {
            let list: Vec<_> = tokens.iter().map(entry).collect();
            return Ok(writeln!(io::stdout(), "{}", json!(list))?);
        }
        let mut table = Table::new([
            "ID",
            "KIND",
            "STATE",
            "EXPIRES",
            "LAST USED",
            "NAME",
            "SCOPES",
        ]);
        for stored in &tokens {
            let token = &stored.token;
            table.row([
                token.id.clone(),
                token.kind.as_str().to_owned(),
                state(stored).to_owned(),
                moment(token.expires),
                moment(stored.last_used),
                token.name.clone(),
                token.scopes.join(" "),
            ]);
        }
        Ok(table.write()?)
    }
}

fn entry(stored: &StoredToken) -> serde_json::Value {
    let token = &stored.token;
    json!({
        "id": token.id, "kind": token.kind.as_str(), "name": token.name, "state": state(stored),
        "scopes": token.scopes, "created": token.created, "expires": token.expires,
        "revoked": stored.revoked, "last_used": stored.last_used,
    })
}

fn state(stored: &StoredToken) -> &'static str {
    match stored.revoked {
        Some(_) => "revoked",
        None if stored.is_valid(now()) => "valid",
        None => "expired",
    }
}
