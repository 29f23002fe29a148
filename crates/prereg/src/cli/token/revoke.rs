//! `prereg token revoke`

use std::io::{self, Write as _};

use serde_json::json;

use crate::auth::{ApiToken, audit};
use crate::cli::local::{Directory, now, with_database};
use crate::cli::{Failure, Outcome};
use crate::config;

/// Revoke a token: a running server refuses it from the next request on.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ token=$(prereg token create --data demo --name ci)
  $ prereg token revoke --data demo \"$token\"")]
pub(crate) struct Args {
    /// The token's id, or the token itself.
    id: String,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        // Whoever found a leaked token has the whole of it.
        let whole = ApiToken::parse(&self.id);
        let id = whole
            .as_ref()
            .map_or(self.id.as_str(), |token| token.id().as_str());
        with_database(&self.settings, Directory::Exists, async |db| {
            let now = now();
            let entry = audit::at_command_line("token.revoke", id, now);
            audit::recorded(db, entry, async {
                if db.revoke_token(id, now).await? {
                    return Ok(());
                }
                Err(match db.token(id).await? {
                    Some(_) => already_revoked(),
                    None => not_found(),
                })
            })
            .await
        })?;
        if self.json {
            return Ok(writeln!(io::stdout(), "{}", json!({"ok": true, "id": id}))?);
        }
        Ok(writeln!(io::stdout(), "revoked {id}")?)
    }
}

fn already_revoked() -> Failure {
    Failure::Refused {
        code: "already_revoked",
        message: "this token was revoked before".to_owned(),
    }
}

fn not_found() -> Failure {
    Failure::Refused {
        code: "token_not_found",
        message: "there is no such token; `prereg token list` shows the ids".to_owned(),
    }
}
