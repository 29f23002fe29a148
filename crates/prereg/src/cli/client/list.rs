//! `prereg client list`

use std::io::{self, Write as _};

use serde_json::{Value, json};

use crate::auth::oauth::ClientKeys;
use crate::cli::Outcome;
use crate::cli::local::{Directory, with_database};
use crate::cli::table::{Table, moment};
use crate::config;
use crate::store::StoredClient;

/// List every client with its scopes and algorithms.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate --use sig --out client.jwk
  $ prereg jwk public --key client.jwk > public.jwk
  $ prereg client create --data demo --name ci --jwks public.jwk --scope okta.users.read
  $ prereg client list --data demo")]
pub(crate) struct Args {
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON, with the public keys.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let clients = with_database(&self.settings, Directory::Exists, async |db| {
            Ok(db.clients().await?)
        })?;
        if self.json {
            let list: Vec<_> = clients.iter().map(entry).collect();
            return Ok(writeln!(io::stdout(), "{}", json!(list))?);
        }
        let mut table = Table::new(["ID", "STATE", "CREATED", "SIGNS", "NAME", "SCOPES"]);
        for stored in &clients {
            let client = &stored.client;
            table.row([
                client.id.clone(),
                state(stored).to_owned(),
                moment(Some(client.created)),
                algorithms(stored).join(" "),
                client.name.clone(),
                client.scopes.join(" "),
            ]);
        }
        Ok(table.write()?)
    }
}

fn entry(stored: &StoredClient) -> Value {
    let client = &stored.client;
    let jwks: Value = serde_json::from_str(&client.jwks).unwrap_or_default();
    json!({
        "client_id": client.id, "name": client.name, "state": state(stored),
        "scopes": client.scopes, "algorithms": algorithms(stored), "jwks": jwks,
        "created": client.created, "revoked": stored.revoked,
    })
}

fn algorithms(stored: &StoredClient) -> Vec<&'static str> {
    let keys = ClientKeys::parse(stored.client.jwks.as_bytes());
    keys.map(|keys| keys.algorithms()).unwrap_or_default()
}

const fn state(stored: &StoredClient) -> &'static str {
    match stored.revoked {
        Some(_) => "revoked",
        None => "valid",
    }
}
