//! `prereg client create`

use std::io::{self, Write as _};
use std::path::PathBuf;

use getrandom::SysRng;
use prereg_types::UserId;
use serde_json::json;

use crate::auth::oauth::{ClientKeys, KeyFault};
use crate::auth::{Scope, Scopes, audit};
use crate::cli::local::{Directory, now, with_database};
use crate::cli::{Failure, Outcome, input, scopes};
use crate::config;
use crate::store::{NewClient, TokenKind};

/// Register a client with its public keys; it gets access tokens at /oauth2/v1/token.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate --use sig --out client.jwk
  $ prereg jwk public --key client.jwk > public.jwk
  $ prereg client create --data demo --name ci --jwks public.jwk --scope okta.users.manage

Keys are EC P-384 (ES384), EC P-256 (ES256) or RSA (RS256).")]
pub(crate) struct Args {
    /// What to call it.
    #[arg(long, default_value = "client", value_parser = scopes::name)]
    name: String,
    /// Its public keys: a JWK Set or one JWK; "-" is standard input.
    #[arg(long, value_name = "FILE")]
    jwks: PathBuf,
    /// What it may ask for; repeat for more.
    #[arg(long, value_name = "SCOPE", required = true, value_parser = scopes::one)]
    scope: Vec<Scope>,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let scopes = self.scopes()?;
        let text = input::read_key(&self.jwks)?;
        let keys = ClientKeys::parse(&text).map_err(|fault| self.refuse(fault))?;
        let client = with_database(&self.settings, Directory::MayBeNew, async |db| {
            let client = NewClient {
                id: client_id()?,
                name: self.name.clone(),
                jwks: keys.to_json(),
                scopes: scopes.names(),
                created: now(),
            };
            let entry = audit::at_command_line("client.create", &client.id, client.created);
            audit::recorded(db, entry, db.insert_client(&client)).await?;
            Ok(client)
        })?;
        let (id, algorithms) = (&client.id, keys.algorithms());
        if self.json {
            let answer = json!({
                "ok": true, "client_id": id, "name": client.name,
                "scopes": client.scopes, "algorithms": algorithms,
            });
            return Ok(writeln!(io::stdout(), "{answer}")?);
        }
        let signs = algorithms.join(", ");
        writeln!(io::stderr(), "client {} signs with {signs}", client.name)?;
        Ok(writeln!(io::stdout(), "{id}")?)
    }

    /// Access tokens open the relying party's API only.
    fn scopes(&self) -> Result<Scopes, Failure> {
        let scopes = Scopes::of(&self.scope);
        let offered = Scopes::all_of(TokenKind::Okta);
        if offered.grants_all(scopes) {
            return Ok(scopes);
        }
        Err(Failure::Usage(format!("a client may ask for {offered}")))
    }

    fn refuse(&self, fault: KeyFault) -> Failure {
        Failure::Refused {
            code: "client_key",
            message: format!("{}: {fault}", self.jwks.display()),
        }
    }
}

/// An id in the shape of Okta's applications, `0oa…`.
fn client_id() -> Result<String, Failure> {
    let drawn = UserId::generate(&mut SysRng).map_err(|error| Failure::refused("id", error))?;
    let random = drawn.as_str().get(3..).unwrap_or_default();
    Ok(format!("0oa{random}"))
}
