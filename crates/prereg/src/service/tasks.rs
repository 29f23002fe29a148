//! The tasks of a running server, and the order in which they end.

use std::future::Future;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::ServiceError;
use super::signals::Signals;
use crate::http::{Drained, Limits, serve};

/// How long workers may take to end what they are at.
const WORKERS: Duration = Duration::from_secs(12);

/// The tasks of a running server. Facades end first, then workers, which may
/// have got something to do from them, and with them the admin port, which
/// tells until then that the server stops.
#[derive(Default)]
pub(super) struct Tasks {
    facades: JoinSet<(&'static str, Drained)>,
    workers: JoinSet<&'static str>,
    drain: CancellationToken,
    stop: CancellationToken,
}

impl Tasks {
    /// Cancelled once the server has been told to stop.
    pub(super) fn draining(&self) -> CancellationToken {
        self.drain.clone()
    }

    /// Answers a socket until the server is told to stop.
    pub(super) fn serve(
        &mut self,
        name: &'static str,
        listener: TcpListener,
        router: Router,
        limits: &Limits,
    ) {
        let limits = limits.clone();
        let drain = self.drain.clone();
        self.facades
            .spawn(async move { (name, serve(listener, router, limits, drain).await) });
    }

    /// Answers a socket until everything else has ended.
    pub(super) fn serve_to_the_end(
        &mut self,
        listener: TcpListener,
        router: Router,
        limits: &Limits,
    ) {
        let limits = Limits {
            // Whoever looks at the page does not keep the server from stopping.
            drain: Duration::from_secs(1),
            ..limits.clone()
        };
        self.work("the admin port", |stop| async move {
            serve(listener, router, limits, stop).await;
        });
    }

    /// Works until facades have ended.
    pub(super) fn work<F>(&mut self, name: &'static str, work: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let work = work(self.stop.clone());
        self.workers.spawn(async move {
            work.await;
            name
        });
    }

    /// Goes on until a signal, or until a part ends that should not; then ends
    /// everything.
    pub(super) async fn run(mut self, signals: Signals) -> Result<(), ServiceError> {
        let outcome = tokio::select! {
            signal = signals.stop() => {
                tracing::info!(signal, "stopping");
                Ok(())
            }
            Some(ended) = self.facades.join_next() => Err(broken(ended.map(|(name, _)| name))),
            Some(ended) = self.workers.join_next() => Err(broken(ended)),
        };
        self.end().await;
        outcome
    }

    async fn end(&mut self) {
        self.drain.cancel();
        while let Some(ended) = self.facades.join_next().await {
            if let Ok((name, Drained::CutOff(connections))) = ended {
                tracing::warn!(name, connections, "connections were cut off");
            }
        }
        self.stop.cancel();
        let workers = async { while self.workers.join_next().await.is_some() {} };
        if timeout(WORKERS, workers).await.is_err() {
            tracing::warn!("a worker takes too long; it goes on at the next start");
        }
    }
}

/// A part that ended by itself, which none should.
fn broken(ended: Result<&'static str, JoinError>) -> ServiceError {
    match ended {
        Ok(name) => {
            tracing::error!(name, "ended by itself; stopping");
            ServiceError::Part(name)
        }
        Err(error) => {
            tracing::error!(%error, "broke off; stopping");
            ServiceError::Part("a part of the server")
        }
    }
}
