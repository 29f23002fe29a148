//! Why a server does not start, or stops by itself; says what to do.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::{fmt, io};

use crate::admin::AccessError;
use crate::store::StoreError;
use crate::telemetry::LogError;
use crate::trust::TrustError;

/// Why a server does not start, or stops by itself.
#[derive(Debug)]
pub(crate) enum ServiceError {
    /// The data directory cannot be used.
    Directory { path: PathBuf, error: io::Error },
    /// Another server runs in the data directory.
    InUse(PathBuf),
    /// An address cannot be listened on.
    Listen {
        setting: &'static str,
        address: SocketAddr,
        error: io::Error,
    },
    /// The database cannot be used.
    Store(StoreError),
    /// The provider cannot be had.
    Provider(yubico_sim::Error),
    /// The relying party cannot be had.
    Trust(TrustError),
    /// Mail cannot be sent.
    Mail(String),
    /// A hook cannot be told of events.
    Hook(String),
    /// The page would be open to everybody.
    Access(AccessError),
    /// There is no log.
    Log(LogError),
    /// There are no metrics.
    Metrics(String),
    /// No token, no key.
    Crypto(jose_core::Error),
    /// The system refuses something that no setting changes.
    System(io::Error),
    /// A part of the running server broke off.
    Part(&'static str),
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { path, error } => write!(
                f,
                "data directory {}: {error}; give --data DIR, a directory that you may write to",
                path.display()
            ),
            Self::InUse(path) => write!(
                f,
                "another server runs in {}; stop it, or give another --data DIR",
                path.display()
            ),
            Self::Listen {
                setting,
                address,
                error,
            } => write!(
                f,
                "{setting} {address}: {error}; choose another port, or port 0"
            ),
            Self::Store(error) => error.fmt(f),
            Self::Provider(error) => write!(f, "the simulated provider: {error}"),
            Self::Trust(error) => error.fmt(f),
            Self::Mail(why) | Self::Hook(why) | Self::Metrics(why) => f.write_str(why),
            Self::Access(error) => error.fmt(f),
            Self::Log(error) => error.fmt(f),
            Self::Crypto(error) => error.fmt(f),
            Self::System(error) => error.fmt(f),
            Self::Part(name) => write!(f, "{name} broke off; the log says why"),
        }
    }
}

impl std::error::Error for ServiceError {}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<yubico_sim::Error> for ServiceError {
    fn from(error: yubico_sim::Error) -> Self {
        Self::Provider(error)
    }
}

impl From<TrustError> for ServiceError {
    fn from(error: TrustError) -> Self {
        Self::Trust(error)
    }
}

impl From<AccessError> for ServiceError {
    fn from(error: AccessError) -> Self {
        Self::Access(error)
    }
}

impl From<getrandom::Error> for ServiceError {
    fn from(error: getrandom::Error) -> Self {
        Self::System(io::Error::other(error))
    }
}

impl From<LogError> for ServiceError {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<jose_core::Error> for ServiceError {
    fn from(error: jose_core::Error) -> Self {
        Self::Crypto(error)
    }
}

impl From<io::Error> for ServiceError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}
