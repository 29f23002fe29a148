//! The signals that stop a server.

use std::io;
use std::process;

impl Signals {
    /// Waits for one, Ctrl-C or SIGTERM. The next one after that ends the process
    /// at once, as if it had been killed: for those who do not want to wait any
    /// longer.
    pub(super) async fn stop(mut self) -> &'static str {
        let name = self.next().await;
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!("told to stop a second time: stopping without waiting");
            process::exit(130);
        });
        name
    }
}

/// Signals that came after this was made; none of them ends the process by
/// itself any more.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system hands out no signals.
    pub(super) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

/// Signals.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        let _ = tokio::signal::ctrl_c().await;
        "Ctrl-C"
    }
}
