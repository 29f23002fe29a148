//! The two servers: where they are, and with which tokens.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use getrandom::SysRng;
use jose_core::json;
use prereg_types::Timestamp;
use prereg_types::read;
use zeroize::Zeroizing;

use crate::auth::{ApiToken, Scopes, audit};
use crate::cli::Failure;
use crate::cli::local::{Directory, now, with_database};
use crate::config::{self, HttpUrl};
use crate::orchestrate::{Authorization, Client, is_this_machine};
use crate::store::TokenKind;

/// How long a token made here is good for.
const LIFETIME_SECONDS: u64 = 600;

/// When it is replaced: before it runs out under way.
const RENEW_SECONDS: u64 = 480;

/// Where the servers are.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// The relying party; the server that runs on the data directory when missing.
    #[arg(long, value_name = "URL", value_parser = url)]
    okta_url: Option<HttpUrl>,
    /// A token for it; others can see it in the list of processes.
    #[arg(long, value_name = "TOKEN", conflicts_with = "okta_token_file")]
    okta_token: Option<String>,
    /// A file with a token for it: an API token, or an OAuth access token.
    #[arg(long, value_name = "FILE")]
    okta_token_file: Option<PathBuf>,
    /// The fulfillment provider; the server that runs on the data directory when missing.
    #[arg(long, value_name = "URL", value_parser = url)]
    yubico_url: Option<HttpUrl>,
    /// A token for it; others can see it in the list of processes.
    #[arg(long, value_name = "TOKEN", conflicts_with = "yubico_token_file")]
    yubico_token: Option<String>,
    /// A file with a token for it.
    #[arg(long, value_name = "FILE")]
    yubico_token_file: Option<PathBuf>,
    /// Send tokens without TLS to another machine.
    #[arg(long)]
    plain_http: bool,
    #[command(flatten)]
    settings: config::Args,
}

/// The servers, with what opens them.
pub(super) struct Ends {
    okta: (String, Rc<dyn Authorization>),
    yubico: (String, Rc<dyn Authorization>),
    minted: Vec<Rc<Minted>>,
    /// Whether the provider is another machine's.
    pub(super) ships_for_real: bool,
    /// What moves a shipment of the local provider on.
    pub(super) advance_hint: Option<String>,
}

/// A token that was given.
struct Given(Zeroizing<String>);

/// A token made in the data directory, and made again before it runs out.
struct Minted {
    settings: config::Args,
    kind: TokenKind,
    scheme: &'static str,
    held: RefCell<Option<(ApiToken, Timestamp)>>,
}

/// A handle on what opens a server.
struct Shared(Rc<dyn Authorization>);

impl Args {
    /// Finds the servers and their tokens.
    pub(super) fn resolve(&self) -> Result<Ends, Failure> {
        let running = match (&self.okta_url, &self.yubico_url) {
            (Some(_), Some(_)) => None,
            _ => Some(running(&self.settings.settings()?.server.data)?),
        };
        let base = |given: &Option<HttpUrl>, name| match (given, &running) {
            (Some(url), _) => Ok(url.as_str().to_owned()),
            (None, Some(running)) => member(running, name),
            (None, None) => Ok(String::new()),
        };
        let okta_url = base(&self.okta_url, "okta_url")?;
        let yubico_url = base(&self.yubico_url, "yubico_url")?;
        self.check_way(&okta_url)?;
        self.check_way(&yubico_url)?;
        let okta_token = (&self.okta_token, &self.okta_token_file, "OKTA_CLIENT_TOKEN");
        let yubico_token = (
            &self.yubico_token,
            &self.yubico_token_file,
            "YUBICO_API_TOKEN",
        );
        let mut minted = Vec::new();
        let okta = match given(okta_token)? {
            Some(token) => Rc::new(Given(okta_header(&token))),
            None => self.mint(TokenKind::Okta, "SSWS", &mut minted),
        };
        let yubico = match given(yubico_token)? {
            Some(token) => Rc::new(Given(header("Bearer", &token))),
            None => self.mint(TokenKind::Yubico, "Bearer", &mut minted),
        };
        let local = self.yubico_url.is_none();
        Ok(Ends {
            ships_for_real: !is_this_machine(&yubico_url),
            okta: (okta_url, okta),
            yubico: (yubico_url, yubico),
            minted,
            advance_hint: local.then(|| self.advance_hint()),
        })
    }

    fn mint(
        &self,
        kind: TokenKind,
        scheme: &'static str,
        minted: &mut Vec<Rc<Minted>>,
    ) -> Rc<dyn Authorization> {
        let token = Rc::new(Minted {
            settings: self.settings.clone(),
            kind,
            scheme,
            held: RefCell::new(None),
        });
        minted.push(Rc::clone(&token));
        token
    }

    /// Tokens do not go in the clear to another machine unasked.
    fn check_way(&self, url: &str) -> Result<(), Failure> {
        if self.plain_http || !url.starts_with("http://") || is_this_machine(url) {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "{url} is on another machine and has no TLS: write https://, or allow it with --plain-http"
        )))
    }

    fn advance_hint(&self) -> String {
        let data = self.settings.data.as_ref();
        let data = data.map(|data| format!(" --data {}", data.display()));
        format!("prereg shipment advance{}", data.unwrap_or_default())
    }
}

impl Ends {
    /// Calls to the relying party.
    pub(super) fn okta(&self) -> Client {
        let (url, authorization) = &self.okta;
        Client::new(url, Box::new(Shared(Rc::clone(authorization))))
    }

    /// Calls to the provider.
    pub(super) fn yubico(&self) -> Client {
        let (url, authorization) = &self.yubico;
        Client::new(url, Box::new(Shared(Rc::clone(authorization))))
    }

    /// Revokes the tokens that were made. They run out by themselves where this
    /// does not work.
    pub(super) fn withdraw_tokens(&self) {
        for token in &self.minted {
            token.withdraw();
        }
    }
}

impl Authorization for Shared {
    fn header(&self) -> Result<Zeroizing<String>, String> {
        self.0.header()
    }
}

impl Authorization for Given {
    fn header(&self) -> Result<Zeroizing<String>, String> {
        Ok(self.0.clone())
    }
}

impl Authorization for Minted {
    fn header(&self) -> Result<Zeroizing<String>, String> {
        let mut held = self.held.borrow_mut();
        let now = now();
        let fresh = |(_, made): &&(ApiToken, Timestamp)| made.plus_seconds(RENEW_SECONDS) > now;
        if let Some((token, _)) = held.as_ref().filter(fresh) {
            return Ok(header(self.scheme, token.expose()));
        }
        let token = self.make(now).map_err(|failure| match failure {
            Failure::Refused { message, .. } | Failure::Usage(message) => message,
            Failure::OutputClosed => "no token could be made".to_owned(),
        })?;
        let value = header(self.scheme, token.expose());
        *held = Some((token, now));
        Ok(value)
    }
}

impl Minted {
    fn make(&self, now: Timestamp) -> Result<ApiToken, Failure> {
        with_database(&self.settings, Directory::Exists, async |db| {
            let token = ApiToken::generate(self.kind, &mut SysRng)
                .map_err(|error| Failure::refused("token", error))?;
            let (scopes, expires) = (
                Scopes::all_of(self.kind),
                now.plus_seconds(LIFETIME_SECONDS),
            );
            let row = token.to_row(self.kind, "orchestrate", scopes, now, Some(expires));
            let entry = audit::at_command_line("token.create", &row.id, now);
            audit::recorded(db, entry, db.insert_token(&row)).await?;
            Ok(token)
        })
    }

    fn withdraw(&self) {
        let Some((token, _)) = self.held.borrow_mut().take() else {
            return;
        };
        // Should it fail, the token still runs out in some minutes.
        let _ = with_database(&self.settings, Directory::Exists, async |db| {
            let (id, now) = (token.id().as_str(), now());
            let entry = audit::at_command_line("token.revoke", id, now);
            Ok(audit::recorded(db, entry, db.revoke_token(id, now)).await?)
        });
    }
}

/// What the server that runs on a data directory says about itself.
fn running(data: &Path) -> Result<Vec<u8>, Failure> {
    let path = data.join("serve.json");
    std::fs::read(&path).map_err(|_| {
        Failure::Usage(format!(
            "no server runs on {}; start `prereg serve`, or give --okta-url and --yubico-url",
            data.display()
        ))
    })
}

fn member(text: &[u8], name: &'static str) -> Result<String, Failure> {
    let wrong = |told: String| Failure::Usage(format!("serve.json: {told}"));
    let object = json::parse_object(text).map_err(|error| wrong(error.to_string()))?;
    read::required(&object, name, read::owned).map_err(|invalid| wrong(invalid.to_string()))
}

/// A token from a flag, a file or the environment, in this order.
fn given(
    (flag, file, variable): (&Option<String>, &Option<PathBuf>, &str),
) -> Result<Option<Zeroizing<String>>, Failure> {
    let text = match (flag, file) {
        (Some(token), _) => Some(Zeroizing::new(token.clone())),
        (None, Some(path)) => Some(token_file(path)?),
        (None, None) => std::env::var(variable).ok().map(Zeroizing::new),
    };
    let Some(text) = text else {
        return Ok(None);
    };
    let token = Zeroizing::new(text.trim().to_owned());
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::Usage(
            "a token is a word without spaces".to_owned(),
        ));
    }
    Ok(Some(token))
}

fn token_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let read = std::fs::read_to_string(path).map(Zeroizing::new);
    read.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))
}

/// An access token is a JWT, and goes as one; any other token is an API token.
fn okta_header(token: &str) -> Zeroizing<String> {
    let is_jwt = token.starts_with("eyJ") && token.matches('.').count() == 2;
    header(if is_jwt { "Bearer" } else { "SSWS" }, token)
}

fn header(scheme: &str, token: &str) -> Zeroizing<String> {
    let mut value = Zeroizing::new(String::with_capacity(scheme.len() + 1 + token.len()));
    value.push_str(scheme);
    value.push(' ');
    value.push_str(token);
    value
}

fn url(text: &str) -> Result<HttpUrl, &'static str> {
    HttpUrl::parse(text)
}
