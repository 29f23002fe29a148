//! From tables to settings: what values mean, alone and together.

use std::time::Duration;

use crate::mail::Sender;
use figment::error::{Error, Kind as Fault};
use jose_core::alg::KeyManagement;
use prereg_types::payload::PinSpec;
use relying_party::policy::PendingStatus;
use tracing_subscriber::EnvFilter;

use super::error::ConfigError;
use super::keys::Key;
use super::load::Loaded;
use super::show;
use super::tables::{self, Tables};
use super::value::{HttpUrl, Period};
use super::{
    Hooks, Limits, Log, Mail, MailOutlet, Policy, Progression, Provider, RateLimit, Server,
    Settings, Smtp, SmtpLogin, Trust, TrustedKeys,
};
use super::{endpoints, suggest};

type Checked<T> = Result<T, ConfigError>;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Checks all.
pub(super) fn settings(loaded: &Loaded) -> Checked<Settings> {
    let tables: Tables = loaded
        .figment
        .extract()
        .map_err(|error| complaint(loaded, &error))?;
    let check = Check(loaded);
    let server = check.server(tables.server)?;
    Ok(Settings {
        limits: check.limits(&tables.limits)?,
        policy: check.policy(tables.policy)?,
        trust: check.trust(tables.trust)?,
        mail: check.mail(tables.mail, &server)?,
        hooks: check.hooks(tables.hooks)?,
        rate_limit: check.rate_limit(tables.rate_limit)?,
        provider: check.provider(&tables.provider)?,
        log: check.log(tables.log)?,
        lab: tables.lab.enabled,
        server,
    })
}

struct Check<'a>(&'a Loaded);

impl Check<'_> {
    /// A complaint about the value of a key.
    fn refuse<T>(&self, name: &str, problem: &str) -> Checked<T> {
        Err(self.complaint(name, problem))
    }

    fn complaint(&self, name: &str, problem: &str) -> ConfigError {
        match Key::find(name) {
            Some(key) => {
                let value = show::value(self.0, key).unwrap_or_default();
                ConfigError::value(key, &value, &self.0.source(name), problem)
            }
            None => ConfigError::unknown(name, "settings", None),
        }
    }

    /// A complaint that another setting makes this one necessary.
    fn missing(&self, name: &str, because: &str) -> ConfigError {
        let key = Key::find(name);
        let value = Key::find(because).and_then(|key| show::value(self.0, key));
        ConfigError {
            source: self.0.source(because),
            subject: name.to_owned(),
            problem: format!(
                "not set, and {because} = {} needs it",
                value.unwrap_or_default()
            ),
            remedy: format!("write {}", key.map_or("it", |key| key.expects)),
        }
    }

    fn within(&self, name: &str, period: Period, least: u64, most: u64) -> Checked<Duration> {
        if (least..=most).contains(&period.0.as_secs()) {
            return Ok(period.0);
        }
        self.refuse(name, "out of range")
    }

    fn number<T: TryFrom<u64>>(
        &self,
        name: &str,
        number: u64,
        least: u64,
        most: u64,
    ) -> Checked<T> {
        let range = (least..=most).contains(&number);
        let fits = T::try_from(number).ok().filter(|_| range);
        fits.ok_or_else(|| self.complaint(name, "out of range"))
    }

    fn server(&self, table: tables::Server) -> Checked<Server> {
        let data = table.data.filter(|path| !path.as_os_str().is_empty());
        let data = data.ok_or_else(|| ConfigError {
            source: "environment".to_owned(),
            subject: "server.data".to_owned(),
            problem: "not set, and neither XDG_DATA_HOME nor HOME says where to keep data"
                .to_owned(),
            remedy: "give --data DIR or set PREREG_DATA".to_owned(),
        })?;
        Ok(Server {
            data,
            okta_listen: table.okta_listen,
            yubico_listen: table.yubico_listen,
            admin_listen: table.admin_listen,
            issuer: self.issuer(table.issuer)?,
        })
    }

    fn issuer(&self, issuer: Option<HttpUrl>) -> Checked<Option<HttpUrl>> {
        let Some(issuer) = issuer else {
            return Ok(None);
        };
        let bare = issuer.as_str().trim_end_matches('/');
        if bare != issuer.origin() {
            return self.refuse("server.issuer", "it has a path or a query");
        }
        let issuer = HttpUrl::parse(bare);
        issuer
            .map(Some)
            .map_err(|problem| self.complaint("server.issuer", problem))
    }

    fn limits(&self, table: &tables::Limits) -> Checked<Limits> {
        let time = |name, period| self.within(name, period, 1, HOUR);
        Ok(Limits {
            header_read: time("limits.header_timeout", table.header_timeout)?,
            request: time("limits.request_timeout", table.request_timeout)?,
            write_stall: time("limits.write_stall", table.write_stall)?,
            drain: self.within("limits.drain", table.drain, 0, HOUR)?,
            body_bytes: self.number(
                "limits.max_body_bytes",
                table.max_body_bytes,
                1 << 10,
                1 << 26,
            )?,
            header_bytes: self.number(
                "limits.max_header_bytes",
                table.max_header_bytes,
                1 << 13,
                1 << 20,
            )?,
            connections: self.number(
                "limits.max_connections",
                table.max_connections,
                1,
                1 << 16,
            )?,
        })
    }

    fn policy(&self, table: tables::Policy) -> Checked<Policy> {
        if table
            .rp_name
            .as_ref()
            .is_some_and(|name| name.trim().is_empty())
        {
            return self.refuse("policy.rp_name", "empty");
        }
        let length = self.number("policy.pin_length", table.pin_length, 4, 63)?;
        let algorithm = |name: &String| {
            let known = KeyManagement::from_name(name);
            known.ok_or_else(|| self.complaint("policy.key_management", "not an algorithm"))
        };
        let key_management: Vec<_> = table
            .key_management
            .iter()
            .map(algorithm)
            .collect::<Result<_, _>>()?;
        if key_management.is_empty() {
            return self.refuse("policy.key_management", "nothing would be accepted");
        }
        Ok(Policy {
            rp_name: table.rp_name,
            challenge_lifetime: self.within(
                "policy.challenge_lifetime",
                table.challenge_lifetime,
                5 * MINUTE,
                366 * DAY,
            )?,
            authentication_lifetime: self.within(
                "policy.authentication_lifetime",
                table.authentication_lifetime,
                10,
                HOUR,
            )?,
            clock_skew: self.within("policy.clock_skew", table.clock_skew, 0, HOUR)?,
            pin: PinSpec::new(length)
                .map_err(|_| self.complaint("policy.pin_length", "out of range"))?,
            pending_status: match table.pending_status {
                tables::PendingStatus::PendingActivation => PendingStatus::PendingActivation,
                tables::PendingStatus::FulfillmentPending => PendingStatus::FulfillmentPending,
            },
            key_management,
        })
    }

    fn trust(&self, table: tables::Trust) -> Checked<Trust> {
        let missing = |name| self.missing(name, "trust.mode");
        let keys = match table.mode {
            tables::TrustMode::Local => TrustedKeys::Local,
            tables::TrustMode::AcceptAny => TrustedKeys::AcceptAny,
            tables::TrustMode::File => {
                TrustedKeys::File(table.file.ok_or_else(|| missing("trust.file"))?)
            }
            tables::TrustMode::Url => {
                let url = table.url.ok_or_else(|| missing("trust.url"))?;
                if !url.is_private_way() {
                    // Who changes the answer on its way changes whom we trust.
                    return self.refuse("trust.url", "not protected by TLS");
                }
                let refresh_cooldown =
                    self.within("trust.refresh_cooldown", table.refresh_cooldown, 1, DAY)?;
                TrustedKeys::Url {
                    url,
                    refresh_cooldown,
                }
            }
        };
        Ok(Trust {
            keys,
            attestation_roots: table.attestation_roots,
        })
    }

    fn mail(&self, table: tables::Mail, server: &Server) -> Checked<Mail> {
        let from: Result<Sender, _> = table.from.parse();
        let from = from.map_err(|_| self.complaint("mail.from", "not a mailbox"))?;
        let outlet = match table.mode {
            tables::MailMode::Folder => {
                let folder = table.folder.unwrap_or_else(|| server.data.join("mail"));
                MailOutlet::Folder(folder)
            }
            tables::MailMode::Smtp => MailOutlet::Smtp(self.smtp(table.smtp)?),
        };
        Ok(Mail { from, outlet })
    }

    fn smtp(&self, table: tables::Smtp) -> Checked<Smtp> {
        let host = table.host.filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| self.missing("mail.smtp.host", "mail.mode"))?;
        let port = table
            .port
            .map(|port| self.number("mail.smtp.port", port, 1, 65_535))
            .transpose()?;
        let password = self.0.secrets.get("mail.smtp.password").cloned();
        let login = match (table.username, password) {
            (None, None) => None,
            (Some(username), Some(password)) => Some(SmtpLogin { username, password }),
            (Some(_), None) => return Err(self.missing("mail.smtp.password", "mail.smtp.username")),
            (None, Some(_)) => return Err(self.missing("mail.smtp.username", "mail.smtp.password")),
        };
        Ok(Smtp {
            host,
            port,
            tls: table.tls,
            ca_file: table.ca_file,
            login,
        })
    }

    fn hooks(&self, table: tables::Hooks) -> Checked<Hooks> {
        let secret = self.0.secrets.get("hooks.secret").cloned();
        let fits = |text: &str| {
            (16..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if secret.as_ref().is_some_and(|secret| !fits(secret.expose())) {
            return self.refuse("hooks.secret", "too short, too long, or not visible ASCII");
        }
        Ok(Hooks {
            urls: table.urls,
            secret,
        })
    }

    fn rate_limit(&self, table: tables::RateLimit) -> Checked<RateLimit> {
        let per_minute = |name: &str, number| self.number(name, number, 1, 1_000_000);
        let endpoints = table.endpoints.into_iter().map(|(operation, number)| {
            let path = endpoints::path(&operation);
            let path = path.ok_or_else(|| self.no_operation(&operation))?;
            let number = per_minute("rate_limit.endpoints", number)?;
            Ok((path.to_owned(), number))
        });
        Ok(RateLimit {
            per_minute: per_minute("rate_limit.per_minute", table.per_minute)?,
            endpoints: endpoints.collect::<Result<_, _>>()?,
        })
    }

    fn no_operation(&self, name: &str) -> ConfigError {
        let known = endpoints::ALL.iter().map(|(known, _)| (*known).to_owned());
        let meant = suggest::nearest(name, known);
        let subject = format!("rate_limit.endpoints.{name}");
        ConfigError {
            problem: "no such operation".to_owned(),
            ..ConfigError::unknown(&subject, &self.0.source("rate_limit.endpoints"), meant)
        }
    }

    fn provider(&self, table: &tables::Provider) -> Checked<Provider> {
        let progression = match table.progression {
            tables::Progression::Manual => Progression::Manual,
            tables::Progression::Paused => Progression::Paused,
            tables::Progression::Timed => {
                Progression::Timed(self.within("provider.step", table.step, 0, 30 * DAY)?)
            }
        };
        Ok(Provider { progression })
    }

    fn log(&self, table: tables::Log) -> Checked<Log> {
        if EnvFilter::try_new(&table.level).is_err() {
            return self.refuse("log.level", "neither a level nor directives");
        }
        Ok(Log {
            format: table.format,
            level: table.level,
        })
    }
}

/// What figment found, in our words.
fn complaint(loaded: &Loaded, error: &Error) -> ConfigError {
    let path = error.path.join(".");
    // A fault inside a list or a map is one of the whole.
    let key = (0..=error.path.len())
        .rev()
        .find_map(|length| Key::find(&error.path.get(..length)?.join(".")));
    let source = error.metadata.as_ref();
    let source = source.map_or_else(|| loaded.source(&path), |found| found.name.to_string());
    let problem = match &error.kind {
        Fault::Message(text) => text.clone(),
        Fault::InvalidType(_, expected) => format!("not {expected}"),
        Fault::UnknownVariant(_, _) => "not one of its values".to_owned(),
        other => other.to_string(),
    };
    match key {
        Some(key) => {
            let value = show::value(loaded, key).unwrap_or_default();
            ConfigError::value(key, &value, &source, &problem)
        }
        None => ConfigError {
            source,
            subject: path,
            problem,
            remedy: "`prereg config show` lists all settings".to_owned(),
        },
    }
}
