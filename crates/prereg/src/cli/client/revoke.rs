//! `prereg client revoke`

use std::io::{self, Write as _};

use serde_json::json;

use crate::auth::audit;
use crate::cli::local::{Directory, now, with_database};
use crate::cli::{Failure, Outcome};
use crate::config;

/// Revoke a client: it gets no more access tokens, and those it has are refused.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate --use sig --out client.jwk
  $ prereg jwk public --key client.jwk > public.jwk
  $ id=$(prereg client create --data demo --jwks public.jwk --scope okta.users.read)
  $ prereg client revoke --data demo $id")]
pub(crate) struct Args {
    /// The client id.
    id: String,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let id = self.id.as_str();
        with_database(&self.settings, Directory::Exists, async |db| {
            let now = now();
            let entry = audit::at_command_line("client.revoke", id, now);
            audit::recorded(db, entry, async {
                if db.revoke_client(id, now).await? {
                    return Ok(());
                }
                Err(match db.client(id).await? {
                    Some(_) => already_revoked(),
                    None => not_found(),
                })
            })
            .await
        })?;
        if self.json {
            let answer = json!({"ok": true, "client_id": id});
            return Ok(writeln!(io::stdout(), "{answer}")?);
        }
        Ok(writeln!(io::stdout(), "revoked {id}")?)
    }
}

fn already_revoked() -> Failure {
    Failure::Refused {
        code: "already_revoked",
        message: "this client was revoked before".to_owned(),
    }
}

fn not_found() -> Failure {
    Failure::Refused {
        code: "client_not_found",
        message: "there is no such client; `prereg client list` shows the ids".to_owned(),
    }
}
