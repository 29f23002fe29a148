//! The tables as figment reads them; `resolve` makes settings of them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::value::{HttpUrl, Period};
use super::{LogFormat, SmtpTls};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tables {
    pub(super) server: Server,
    pub(super) limits: Limits,
    pub(super) policy: Policy,
    pub(super) trust: Trust,
    pub(super) mail: Mail,
    pub(super) hooks: Hooks,
    pub(super) rate_limit: RateLimit,
    pub(super) provider: Provider,
    pub(super) log: Log,
    pub(super) lab: Lab,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Server {
    pub(super) data: Option<PathBuf>,
    pub(super) okta_listen: SocketAddr,
    pub(super) yubico_listen: SocketAddr,
    pub(super) admin_listen: SocketAddr,
    pub(super) issuer: Option<HttpUrl>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) header_timeout: Period,
    pub(super) request_timeout: Period,
    pub(super) write_stall: Period,
    pub(super) drain: Period,
    pub(super) max_body_bytes: u64,
    pub(super) max_header_bytes: u64,
    pub(super) max_connections: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) rp_name: Option<String>,
    pub(super) challenge_lifetime: Period,
    pub(super) authentication_lifetime: Period,
    pub(super) clock_skew: Period,
    pub(super) pin_length: u64,
    pub(super) pending_status: PendingStatus,
    pub(super) key_management: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum PendingStatus {
    PendingActivation,
    FulfillmentPending,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trust {
    pub(super) mode: TrustMode,
    pub(super) file: Option<PathBuf>,
    pub(super) url: Option<HttpUrl>,
    pub(super) refresh_cooldown: Period,
    pub(super) attestation_roots: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TrustMode {
    Local,
    File,
    Url,
    AcceptAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mail {
    pub(super) mode: MailMode,
    pub(super) from: String,
    pub(super) folder: Option<PathBuf>,
    pub(super) smtp: Smtp,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MailMode {
    Folder,
    Smtp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Smtp {
    pub(super) host: Option<String>,
    pub(super) port: Option<u64>,
    pub(super) tls: SmtpTls,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) username: Option<String>,
    /// That there is one; the password itself stays outside.
    #[serde(default, rename = "password")]
    pub(super) _password: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hooks {
    pub(super) urls: Vec<HttpUrl>,
    /// That there is one; the secret itself stays outside.
    #[serde(default, rename = "secret")]
    pub(super) _secret: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateLimit {
    pub(super) per_minute: u64,
    pub(super) endpoints: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Provider {
    pub(super) progression: Progression,
    pub(super) step: Period,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Progression {
    Manual,
    Timed,
    Paused,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    pub(super) format: LogFormat,
    pub(super) level: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lab {
    pub(super) enabled: bool,
}
