//! Where the provider's signing keys are.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jose_core::jwk::{JwkSet, PublicJwk};
use tokio::task::spawn_blocking;
use ureq::Agent;

use super::keys::{self, MOST_BYTES};
use crate::config::HttpUrl;
use crate::tls;

/// How long an address may take to give its keys.
const PATIENCE: Duration = Duration::from_secs(10);

type Keys = JwkSet<PublicJwk>;

/// Where the provider's signing keys are.
pub(crate) enum Source {
    /// In this process.
    Local(Box<dyn Fn() -> Keys + Send + Sync>),
    /// In a file.
    File(PathBuf),
    /// At an address.
    Url {
        url: HttpUrl,
        /// The shortest time between two readings.
        cooldown: Duration,
    },
    /// Nowhere: any key counts.
    AcceptAny,
}

impl Source {
    /// The keys as they are now; none where any counts.
    ///
    /// # Errors
    /// Where, why, and what to do.
    pub(super) async fn read(&self) -> Result<Option<Keys>, String> {
        let read = match self {
            Self::Local(keys) => return Ok(Some(keys())),
            Self::AcceptAny => return Ok(None),
            Self::File(path) => {
                let path = path.clone();
                spawn_blocking(move || read_file(&path)).await
            }
            Self::Url { url, .. } => {
                let url = url.clone();
                spawn_blocking(move || fetch(&url)).await
            }
        };
        // It did not panic, and the runtime still runs.
        let keys = read.map_err(|error| error.to_string())?;
        keys.map(Some).map_err(|why| format!("{self}: {why}"))
    }

    /// The shortest time between two readings, where somebody else pays for them.
    pub(super) const fn cooldown(&self) -> Option<Duration> {
        match self {
            Self::Url { cooldown, .. } => Some(*cooldown),
            _ => None,
        }
    }
}

fn read_file(path: &Path) -> Result<Keys, String> {
    let mut text = Vec::new();
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut text)
        .map_err(|error| format!("cannot be read: {error}"))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(format!("longer than {MOST_BYTES} bytes"));
    }
    keys::parse(&text)
}

fn fetch(url: &HttpUrl) -> Result<Keys, String> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .tls_config(tls::config())
        // Where the keys are is the operator's word, and nobody else's.
        .max_redirects(0)
        .user_agent("prereg")
        .build()
        .into();
    let mut response = agent
        .get(url.as_str())
        .header("accept", "application/jwk-set+json, application/json")
        .call()
        .map_err(|error| format!("no keys from there: {error}"))?;
    if response.status() != 200 {
        return Err(format!("the answer is {}", response.status()));
    }
    let body = response.body_mut().with_config().limit(MOST_BYTES);
    let text = body
        .read_to_vec()
        .map_err(|error| format!("the answer breaks off or is too long: {error}"))?;
    keys::parse(&text)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(_) => f.write_str("the simulated provider"),
            Self::File(path) => write!(f, "trust.file {}", path.display()),
            Self::Url { url, .. } => write!(f, "trust.url {}", url.as_str()),
            Self::AcceptAny => f.write_str("trust.mode accept-any"),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
