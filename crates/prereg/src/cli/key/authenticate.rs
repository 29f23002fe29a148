//! `prereg key authenticate`

use std::io::{self, Write as _};
use std::path::PathBuf;

use authenticator::{Pin, SecurityKey};
use getrandom::SysRng;
use prereg_types::{RpId, Serial, UserId};
use serde_json::json;
use yubico_sim::{Error, SignIn};
use zeroize::Zeroizing;

use super::relying_party::{self, RelyingParty};
use crate::auth::{ApiToken, Scope, Scopes};
use crate::cli::local::now;
use crate::cli::provider::{serial, with_provider};
use crate::cli::{Failure, Outcome, input};
use crate::config::{self, HttpUrl};
use crate::store::{Database, TokenKind};
use crate::yubico::Simulator;

/// Sign in at the relying party with a simulated key and its PIN, as the person does who has them.
///
/// The PIN is read from standard input, as it stands in the mail. A wrong one uses
/// up one of the key's eight tries.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data lab --name orchestrator --scope yubico.shipments.manage
  $ prereg key list --data lab
  echo 84726153 | prereg key authenticate --data lab 1632071998")]
pub(crate) struct Args {
    /// The number printed on the key.
    #[arg(value_parser = serial)]
    serial: Serial,
    /// Where the PIN stands: a file, or - for standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    pin_file: PathBuf,
    /// The site (RP ID) to sign in to; the first one on the key that is active when missing.
    #[arg(long, value_name = "HOST", value_parser = rp_id)]
    rp_id: Option<RpId>,
    /// The relying party; the server that runs in the data directory when missing.
    #[arg(long, value_name = "URL", value_parser = HttpUrl::parse, requires = "token_file")]
    okta_url: Option<HttpUrl>,
    /// A file with an API token of the relying party; one is made for the moment when missing.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A credential of the key, and whose it is.
struct Candidate {
    rp_id: RpId,
    user: UserId,
    credential_id: Vec<u8>,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let base = match &self.okta_url {
            Some(url) => url.as_str().to_owned(),
            None => relying_party::of_running_server(&self.settings.settings()?.server.data)?,
        };
        let pin = self.pin()?;
        let signed_in = with_provider(&self.settings, async |provider, db| {
            let (record, key) = provider.inspect_key(&self.serial).await?;
            if !record.is_delivered() {
                return Err(Error::NotDelivered(record.shipment_state).into());
            }
            let candidates = self.candidates(&key)?;
            if let Some(file) = &self.token_file {
                let token = text(&input::read_token(Some(file))?, "the token")?;
                let party = RelyingParty::new(&base, token.trim());
                return self.sign_in(provider, &party, &candidates, &pin).await;
            }
            let token = borrowed_token(db).await?;
            let party = RelyingParty::new(&base, token.expose());
            let done = self.sign_in(provider, &party, &candidates, &pin).await;
            db.revoke_token(token.id().as_str(), now()).await?;
            done
        })?;
        self.show(&signed_in)
    }

    async fn sign_in(
        &self,
        provider: &Simulator,
        party: &RelyingParty,
        candidates: &[Candidate],
        pin: &Pin,
    ) -> Result<serde_json::Value, Failure> {
        for candidate in candidates {
            let Candidate {
                rp_id,
                user,
                credential_id,
            } = candidate;
            let Some(enrollment) = party.enrollment(user, credential_id).await? else {
                continue;
            };
            let challenge = party.challenge(user, &enrollment).await?;
            let asked = SignIn {
                rp_id,
                origin: &rp_id.origin(),
                challenge: &challenge,
                allow_list: &[credential_id],
                pin: Some(pin),
            };
            let signed = provider.authenticate(&self.serial, &asked).await?;
            let result = party.finish(user, &enrollment, &signed).await?;
            return Ok(json!({
                "ok": true, "serial": self.serial, "user_id": user, "rp_id": rp_id,
                "enrollment_id": enrollment, "factor_result": result,
            }));
        }
        Err(not_enrolled())
    }

    /// The credentials that may serve, the newest first.
    fn candidates(&self, key: &SecurityKey) -> Result<Vec<Candidate>, Failure> {
        let mut found: Vec<Candidate> = key
            .credentials()
            .filter_map(|credential| {
                let user = core::str::from_utf8(credential.user_id).ok()?;
                Some(Candidate {
                    rp_id: RpId::parse(credential.rp_id).ok()?,
                    user: UserId::parse(user).ok()?,
                    credential_id: credential.id.to_vec(),
                })
            })
            .filter(|found| {
                self.rp_id
                    .as_ref()
                    .is_none_or(|wanted| *wanted == found.rp_id)
            })
            .collect();
        if found.is_empty() {
            return Err(not_enrolled());
        }
        found.reverse();
        Ok(found)
    }

    fn pin(&self) -> Result<Pin, Failure> {
        let typed = text(&input::read_token(Some(&self.pin_file))?, "the PIN")?;
        Ok(Pin::new(typed.trim_end_matches('\r')))
    }

    fn show(&self, signed_in: &serde_json::Value) -> Outcome {
        let mut out = io::stdout();
        if self.json {
            return Ok(writeln!(out, "{signed_in}")?);
        }
        let text = |name| signed_in.get(name).and_then(|value| value.as_str());
        let [user, rp_id, result] =
            ["user_id", "rp_id", "factor_result"].map(|name| text(name).unwrap_or_default());
        let serial = &self.serial;
        Ok(writeln!(
            out,
            "{serial} signed {user} in at {rp_id}: {result}"
        )?)
    }
}

/// A token for this one sign-in. It runs out by itself, should we be killed.
async fn borrowed_token(db: &Database) -> Result<ApiToken, Failure> {
    const SECONDS: u64 = 600;
    let now = now();
    let token = ApiToken::generate(TokenKind::Okta, &mut SysRng)
        .map_err(|error| Failure::refused("token", error))?;
    let scopes = Scopes::of(&[Scope::UsersManage]);
    let expires = Some(now.plus_seconds(SECONDS));
    let row = token.to_row(TokenKind::Okta, "key authenticate", scopes, now, expires);
    db.insert_token(&row).await?;
    Ok(token)
}

fn text(bytes: &[u8], what: &str) -> Result<Zeroizing<String>, Failure> {
    let text = core::str::from_utf8(bytes).map(|text| Zeroizing::new(text.to_owned()));
    text.map_err(|_| Failure::Usage(format!("{what} is not UTF-8")))
}

fn rp_id(text: &str) -> Result<RpId, String> {
    RpId::parse(text).map_err(|error| error.to_string())
}

fn not_enrolled() -> Failure {
    Failure::Refused {
        code: "not_enrolled",
        message: "no credential of this key is enrolled there; `prereg key show` lists what is \
                  on it, and an enrollment has to be activated first"
            .to_owned(),
    }
}
