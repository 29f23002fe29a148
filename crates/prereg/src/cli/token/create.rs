//! `prereg token create`

use std::io::{self, Write as _};

use getrandom::SysRng;
use serde_json::json;

use crate::auth::{ApiToken, Scope, Scopes, audit};
use crate::cli::lifetime::Lifetime;
use crate::cli::local::{Directory, now, with_database};
use crate::cli::table::moment;
use crate::cli::{Failure, Outcome, scopes};
use crate::config;
use crate::store::{NewToken, TokenKind};

/// Create an API token and show it, this once; only its digest is kept.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data demo --name ci --scope okta.users.read --expires 30d

The token of the relying party goes into `Authorization: SSWS TOKEN`, that of the
provider into `Authorization: Bearer TOKEN`. Which one it is follows from the scopes.")]
pub(crate) struct Args {
    /// What to call it.
    #[arg(long, default_value = "token", value_parser = scopes::name)]
    name: String,
    /// What it may do; repeat for more. Without: all that the relying party's API offers.
    #[arg(long, value_name = "SCOPE", value_parser = scopes::one)]
    scope: Vec<Scope>,
    /// Which API it opens, where the scopes do not say it.
    #[arg(long, value_name = "okta|yubico|admin", value_parser = kind)]
    kind: Option<TokenKind>,
    /// How long it is good for, such as 10m, 12h, 30d; for ever when missing.
    #[arg(long, value_name = "TIME")]
    expires: Option<Lifetime>,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let (kind, scopes) = self.purpose()?;
        let (token, row) = with_database(&self.settings, Directory::MayBeNew, async |db| {
            let now = now();
            let token = ApiToken::generate(kind, &mut SysRng)
                .map_err(|error| Failure::refused("token", error))?;
            let expires = self.expires.map(|time| now.plus_seconds(time.seconds()));
            let row = token.to_row(kind, &self.name, scopes, now, expires);
            let entry = audit::at_command_line("token.create", &row.id, now);
            audit::recorded(db, entry, db.insert_token(&row)).await?;
            Ok((token, row))
        })?;
        self.show(&token, &row)
    }

    /// The kind follows from the scopes, and the scopes from the kind.
    fn purpose(&self) -> Result<(TokenKind, Scopes), Failure> {
        let asked = Scopes::of(&self.scope);
        let fits = |kind: &TokenKind| Scopes::all_of(*kind).grants_all(asked);
        let kind = match (self.kind, asked.is_empty()) {
            (Some(kind), _) => Some(kind),
            (None, true) => Some(TokenKind::Okta),
            (None, false) => TokenKind::ALL.into_iter().find(fits),
        };
        let kind = kind.filter(fits).ok_or_else(|| {
            let message = "these scopes do not go together: one token opens one API";
            Failure::Usage(message.to_owned())
        })?;
        let all = Scopes::all_of(kind);
        Ok((kind, if asked.is_empty() { all } else { asked }))
    }

    /// The token alone on standard output, for `$(…)`; the rest beside it.
    fn show(&self, token: &ApiToken, row: &NewToken) -> Outcome {
        if self.json {
            let expires = row.expires.map(|moment| moment.to_string());
            let answer = json!({
                "ok": true, "token": token.expose(), "id": row.id, "name": row.name,
                "kind": row.kind.as_str(), "scopes": row.scopes, "expires": expires,
            });
            return Ok(writeln!(io::stdout(), "{answer}")?);
        }
        let (id, kind) = (&row.id, row.kind.as_str());
        let expires = row
            .expires
            .map_or("never".to_owned(), |at| moment(Some(at)));
        let mut beside = io::stderr();
        writeln!(beside, "token {id} for {kind}: {}", row.scopes.join(", "))?;
        writeln!(beside, "expires {expires}; it is shown only now:")?;
        Ok(writeln!(io::stdout(), "{}", token.expose())?)
    }
}

fn kind(text: &str) -> Result<TokenKind, &'static str> {
    TokenKind::from_name(text).ok_or("write okta, yubico or admin")
}
