//! The table of all settings. The reference in docs/operations.md, the names in
//! the environment and the defaults follow from it.

/// One setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// `table.name`, as in the file.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The default, written as in the environment.
    pub(super) default: Option<&'static str>,
    /// What a value looks like, to end "write …".
    pub(super) expects: &'static str,
    /// What it is, for the reference.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read by the test that writes the reference")
    )]
    pub(super) about: &'static str,
}

/// How text from the environment or a flag becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Flag,
    /// Comma-separated text.
    List,
    /// Comma-separated `name=number`.
    Map,
    /// Text that is never shown, nor taken from the command line.
    Secret,
    /// Addresses of which only the host is shown: their paths tend to be secrets.
    PrivateUrls,
}

impl Key {
    /// The setting of that name.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|key| key.name == name)
    }

    /// Its environment variable.
    pub(super) fn variable(&self) -> String {
        if self.name == "server.data" {
            // Every command needs it, so it has the short name.
            return "PREREG_DATA".to_owned();
        }
        format!("PREREG_{}", self.name.replace('.', "_").to_uppercase())
    }

    pub(super) const fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret)
    }
}

const fn text(
    name: &'static str,
    default: Option<&'static str>,
    expects: &'static str,
    about: &'static str,
) -> Key {
    key(name, Kind::Text, default, expects, about)
}

const fn integer(
    name: &'static str,
    default: &'static str,
    expects: &'static str,
    about: &'static str,
) -> Key {
    key(name, Kind::Integer, Some(default), expects, about)
}

const fn key(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    expects: &'static str,
    about: &'static str,
) -> Key {
    Key {
        name,
        kind,
        default,
        expects,
        about,
    }
}

const ADDRESS: &str =
    "an address and a port, such as 127.0.0.1:8080; port 0 lets the system choose";
const PERIOD: &str = "a time, such as 30s, 5m, 12h or 30d";
const A_PATH: &str = "a path";

/// Every setting, by table.
pub(super) const ALL: &[Key] = &[
    text(
        "server.data",
        None,
        A_PATH,
        "The data directory: database, key, outbox folder. $XDG_DATA_HOME/prereg or ~/.local/share/prereg by default",
    ),
    text(
        "server.okta_listen",
        Some("127.0.0.1:8080"),
        ADDRESS,
        "Where the relying party's API listens",
    ),
    text(
        "server.yubico_listen",
        Some("127.0.0.1:8081"),
        ADDRESS,
        "Where the fulfillment provider's API listens",
    ),
    text(
        "server.admin_listen",
        Some("127.0.0.1:8082"),
        ADDRESS,
        "Where health, metrics and the page are; never open this one to the world",
    ),
    text(
        "server.issuer",
        None,
        "the public address, such as https://acme.okta.example, without a path",
        "The relying party's public address: links, `iss` of requests and `aud` of responses. http:// and the listening address by default",
    ),
    text(
        "limits.header_timeout",
        Some("10s"),
        PERIOD,
        "How long a client may take to send its header",
    ),
    text(
        "limits.request_timeout",
        Some("30s"),
        PERIOD,
        "How long a request may take in all",
    ),
    text(
        "limits.write_stall",
        Some("20s"),
        PERIOD,
        "How long a client may take no byte of its response",
    ),
    text(
        "limits.drain",
        Some("10s"),
        PERIOD,
        "How long requests under way may take to end when the server stops",
    ),
    integer(
        "limits.max_body_bytes",
        "1048576",
        "a number of bytes from 1024 to 67108864",
        "The largest body",
    ),
    integer(
        "limits.max_header_bytes",
        "65536",
        "a number of bytes from 8192 to 1048576",
        "The largest header",
    ),
    integer(
        "limits.max_connections",
        "512",
        "a number from 1 to 65536",
        "Connections at a time, for each listener",
    ),
    text(
        "policy.rp_name",
        None,
        "a name, such as \"Acme\"",
        "The name that keys show for the relying party; its host by default",
    ),
    text(
        "policy.challenge_lifetime",
        Some("30d"),
        "a time from 5m to 366d",
        "How long a challenge may wait for its key, which travels by post",
    ),
    text(
        "policy.authentication_lifetime",
        Some("5m"),
        "a time from 10s to 1h",
        "How long an authentication challenge stays usable",
    ),
    text(
        "policy.clock_skew",
        Some("5m"),
        "a time up to 1h",
        "How far the provider's clock may run ahead",
    ),
    integer(
        "policy.pin_length",
        "6",
        "a number from 4 to 63",
        "How many digits the provider is asked for",
    ),
    text(
        "policy.pending_status",
        Some("PENDING_ACTIVATION"),
        "PENDING_ACTIVATION or FULFILLMENT_PENDING",
        "The status of an enrollment that waits for its key",
    ),
    key(
        "policy.key_management",
        Kind::List,
        Some("ECDH-ES"),
        "names such as ECDH-ES or ECDH-ES+A256KW",
        "How responses may be encrypted",
    ),
    text(
        "trust.mode",
        Some("local"),
        "local, file, url or accept-any",
        "Whose signing keys count: those of the simulated provider, of a JWK Set in a file or at an address, or any (for tests only)",
    ),
    text(
        "trust.file",
        None,
        "the path of a JWK Set",
        "With trust.mode file: the provider's signing keys",
    ),
    text(
        "trust.url",
        None,
        "an https:// address (http:// only on this machine)",
        "With trust.mode url: the provider's signing keys",
    ),
    text(
        "trust.refresh_cooldown",
        Some("5m"),
        "a time from 1s to 1d",
        "With trust.mode url: the shortest time between two fetches",
    ),
    key(
        "trust.attestation_roots",
        Kind::List,
        Some(""),
        "paths of certificates, PEM or DER",
        "Attestation roots that count beside the simulated provider's",
    ),
    text(
        "mail.mode",
        Some("folder"),
        "folder or smtp",
        "Where mail goes",
    ),
    text(
        "mail.from",
        Some("Security keys <security-keys@localhost>"),
        "a mailbox, such as Acme <keys@acme.example>",
        "The sender of mail",
    ),
    text(
        "mail.folder",
        None,
        A_PATH,
        "With mail.mode folder: the folder of .eml files; mail in the data directory by default",
    ),
    text(
        "mail.smtp.host",
        None,
        "a host name or an address",
        "With mail.mode smtp: the mail server",
    ),
    key(
        "mail.smtp.port",
        Kind::Integer,
        None,
        "a port from 1 to 65535",
        "Its port; 587, 465 and 25 by default for starttls, tls and none",
    ),
    text(
        "mail.smtp.tls",
        Some("starttls"),
        "starttls, tls or none",
        "How the way there is protected",
    ),
    text(
        "mail.smtp.ca_file",
        None,
        A_PATH,
        "Certificates (PEM) of authorities that count for the mail server, beside the system's",
    ),
    text(
        "mail.smtp.username",
        None,
        "a name",
        "Who logs in there; nobody by default",
    ),
    key(
        "mail.smtp.password",
        Kind::Secret,
        None,
        "a password",
        "The password of mail.smtp.username",
    ),
    key(
        "hooks.urls",
        Kind::PrivateUrls,
        Some(""),
        "http:// or https:// addresses without a user name",
        "Who is told of events",
    ),
    key(
        "hooks.secret",
        Kind::Secret,
        None,
        "a text of 16 to 512 visible ASCII characters",
        "The Authorization header of deliveries; drawn once and kept in the data directory by default",
    ),
    integer(
        "rate_limit.per_minute",
        "600",
        "a number from 1 to 1000000",
        "Requests a minute for each token and endpoint",
    ),
    key(
        "rate_limit.endpoints",
        Kind::Map,
        Some(""),
        "numbers by operationId, such as sendPin=30",
        "The same for single endpoints",
    ),
    text(
        "provider.progression",
        Some("timed"),
        "manual, timed or paused",
        "What moves shipments of the simulated provider on: time (and `prereg shipment advance`), that command alone, or nothing",
    ),
    text(
        "provider.step",
        Some("5s"),
        "a time from 0s to 30d",
        "With provider.progression timed: how long a shipment stays in each state; 0s ships at once",
    ),
    text(
        "log.format",
        Some("text"),
        "text or json",
        "How log lines look",
    ),
    text(
        "log.level",
        Some("info"),
        "error, warn, info, debug or trace, or directives such as prereg=debug,warn",
        "What is logged",
    ),
    key(
        "lab.enabled",
        Kind::Flag,
        Some("false"),
        "true or false",
        "A laboratory: PINs are shown on the page. Never where keys are real",
    ),
];
