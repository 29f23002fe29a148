//! The server, put together and taken down.

mod directory;
mod error;
mod first_tokens;
mod hooks;
mod housekeeping;
mod listeners;
mod parts;
mod shared;
mod signals;
mod tasks;

use std::path::PathBuf;

use crate::config::Settings;
use crate::store::Database;
use crate::telemetry::Metrics;

pub(crate) use directory::Running;
pub(crate) use error::ServiceError;
pub(crate) use first_tokens::FirstTokens;

use directory::Directory;
use listeners::Listeners;
use shared::Shared;
use signals::Signals;
use tasks::Tasks;

/// A server that answers.
pub(crate) struct Service {
    /// What is to be told of it.
    pub(crate) ready: Ready,
    tasks: Tasks,
    database: Database,
    directory: Directory,
    signals: Signals,
}

/// What is to be told of a server that answers.
pub(crate) struct Ready {
    /// Its addresses.
    pub(crate) running: Running,
    /// The tokens of a first start.
    pub(crate) first_tokens: Option<FirstTokens>,
    /// Where it keeps its data.
    pub(crate) data: PathBuf,
}

impl Service {
    /// Takes the data directory, opens what is in it, and answers.
    ///
    /// # Errors
    /// [`ServiceError`]; nothing runs then.
    pub(crate) async fn start(settings: &Settings, metrics: Metrics) -> Result<Self, ServiceError> {
        // Whoever reads that it is ready may tell it to stop at once.
        let signals = Signals::listen()?;
        let data = settings.server.data.clone();
        let mut directory = Directory::take(&data)?;
        let listeners = Listeners::bind(&settings.server).await?;
        let running = listeners.running()?;
        warn_of_what_is_unusual(settings);
        let database = Database::open_directory(&data).await?;
        let shared = Shared::open(settings, &running, database.clone(), metrics).await?;
        let route = parts::mail_route(&settings.mail)?;
        let hooks = hooks::hooks(&settings.hooks, &database).await?;
        let first_tokens = FirstTokens::once(&database).await?;

        let mut tasks = Tasks::default();
        shared.answer(settings, listeners, &mut tasks)?;
        shared.work(route, hooks, &mut tasks);
        directory.announce(&running)?;
        Ok(Self {
            ready: Ready {
                running,
                first_tokens,
                data,
            },
            tasks,
            database,
            directory,
            signals,
        })
    }

    /// Goes on until it is told to stop; then lets requests under way finish.
    ///
    /// # Errors
    /// [`ServiceError::Part`] where a part of it broke off; the rest has been
    /// taken down then.
    pub(crate) async fn run(self) -> Result<(), ServiceError> {
        let outcome = self.tasks.run(self.signals).await;
        self.database.close().await;
        drop(self.directory);
        tracing::info!("stopped");
        outcome
    }
}

/// What may be as it is, and should be known.
fn warn_of_what_is_unusual(settings: &Settings) {
    let admin = settings.server.admin_listen;
    if !admin.ip().is_loopback() {
        tracing::warn!(%admin, "the admin port is open to others: its page asks for an admin token, /metrics does not");
    }
    let okta = settings.server.okta_listen;
    if !okta.ip().is_loopback() && settings.server.issuer.is_none() {
        tracing::warn!("others can reach this server: set server.issuer to its public address");
    }
    if settings.lab {
        tracing::warn!("lab mode: PINs are shown on the page; never do this where keys are real");
    }
}
