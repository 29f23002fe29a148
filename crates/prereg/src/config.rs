//! Settings: defaults, then a TOML file, then the environment, then flags. Each
//! value remembers where it came from, and every complaint says so.

mod args;
mod endpoints;
mod error;
mod file;
mod keys;
mod layer;
mod load;
mod paths;
mod resolve;
mod show;
mod suggest;
mod tables;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::mail::Sender;
use jose_core::alg::KeyManagement;
use prereg_types::payload::PinSpec;
use relying_party::policy::PendingStatus;

use crate::http::Limits;
pub(crate) use args::Args;
pub(crate) use error::ConfigErrors;
pub(crate) use value::{HttpUrl, Secret};

/// Everything that can be set, checked.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) server: Server,
    pub(crate) limits: Limits,
    pub(crate) policy: Policy,
    pub(crate) trust: Trust,
    pub(crate) mail: Mail,
    pub(crate) hooks: Hooks,
    pub(crate) rate_limit: RateLimit,
    pub(crate) provider: Provider,
    pub(crate) log: Log,
    /// The laboratory: PINs may be shown on the page, keys may be played with.
    pub(crate) lab: bool,
}

/// Where the server listens and keeps its data.
#[derive(Debug)]
pub(crate) struct Server {
    /// The data directory.
    pub(crate) data: PathBuf,
    pub(crate) okta_listen: SocketAddr,
    pub(crate) yubico_listen: SocketAddr,
    pub(crate) admin_listen: SocketAddr,
    /// The public address of the relying party, without a trailing slash; the
    /// address it listens on when missing.
    pub(crate) issuer: Option<HttpUrl>,
}

/// What the relying party asks for.
#[derive(Debug)]
pub(crate) struct Policy {
    /// The name that keys show; the issuer's host when missing.
    pub(crate) rp_name: Option<String>,
    pub(crate) challenge_lifetime: Duration,
    pub(crate) authentication_lifetime: Duration,
    pub(crate) clock_skew: Duration,
    pub(crate) pin: PinSpec,
    pub(crate) pending_status: PendingStatus,
    pub(crate) key_management: Vec<KeyManagement>,
}

/// Whose keys count.
#[derive(Debug)]
pub(crate) struct Trust {
    pub(crate) keys: TrustedKeys,
    /// Files of attestation roots, PEM or DER, beside the simulator's own.
    pub(crate) attestation_roots: Vec<PathBuf>,
}

/// Whose signature on a response counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TrustedKeys {
    /// That of the simulated provider in the same data directory.
    Local,
    /// Those of a JWK Set in a file.
    File(PathBuf),
    /// Those of a JWK Set at an address.
    Url {
        url: HttpUrl,
        /// The shortest time between two fetches.
        refresh_cooldown: Duration,
    },
    /// Any the caller brings: for tests only.
    AcceptAny,
}

/// Where mail goes.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) from: Sender,
    pub(crate) outlet: MailOutlet,
}

/// Where mail goes.
#[derive(Debug)]
pub(crate) enum MailOutlet {
    /// A folder that gets one .eml file for each mail.
    Folder(PathBuf),
    /// A mail server.
    Smtp(Smtp),
}

/// A mail server.
#[derive(Debug)]
pub(crate) struct Smtp {
    pub(crate) host: String,
    /// The port; what is usual for the kind of TLS when missing.
    pub(crate) port: Option<u16>,
    pub(crate) tls: SmtpTls,
    /// PEM certificates of authorities that count beside the system's.
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) login: Option<SmtpLogin>,
}

/// How the way to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SmtpTls {
    /// Plain first, then TLS or nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: for a server on the same machine.
    None,
}

/// Who sends.
#[derive(Debug)]
pub(crate) struct SmtpLogin {
    pub(crate) username: String,
    pub(crate) password: Secret,
}

/// Event hooks.
#[derive(Debug)]
pub(crate) struct Hooks {
    /// Who is told of events.
    pub(crate) urls: Vec<HttpUrl>,
    /// What the `Authorization` header of each delivery says; one is drawn and
    /// kept in the data directory when missing.
    pub(crate) secret: Option<Secret>,
}

/// How many requests a token may send.
#[derive(Debug)]
pub(crate) struct RateLimit {
    /// In a minute, for each token and endpoint.
    pub(crate) per_minute: u32,
    /// The same for single endpoints, by path.
    pub(crate) endpoints: BTreeMap<String, u32>,
}

/// The simulated provider.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) progression: Progression,
}

/// What moves shipments on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progression {
    /// `prereg shipment advance`, or the page.
    Manual,
    /// Time: a step so often.
    Timed(Duration),
    /// Nothing.
    Paused,
}

/// What is logged, to standard error.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    /// A level, or directives of `tracing_subscriber::EnvFilter`.
    pub(crate) level: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
