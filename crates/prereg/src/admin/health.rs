//! `/healthz`, `/readyz` and `/metrics`, for those who look after the server.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::store::Database;
use crate::telemetry::{Metrics, set_depths};

/// How long the database may take to say that it works.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is asked about.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) database: Database,
    pub(crate) metrics: Metrics,
    /// Cancelled once the server stops: nobody should send it more then.
    pub(crate) stopping: CancellationToken,
}

/// The routes.
pub(crate) fn router(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(health)
}

/// Whether requests would be answered: the database takes writes, and the
/// server is not about to stop.
async fn readyz(State(health): State<Health>) -> Response {
    if health.stopping.is_cancelled() {
        return unavailable("stopping");
    }
    match timeout(PATIENCE, health.database.ready()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready: the database does not work");
            unavailable("the database does not work; the log says more")
        }
        Err(_) => {
            tracing::error!("not ready: the database does not answer");
            unavailable("the database does not answer")
        }
    }
}

async fn metrics(State(health): State<Health>) -> Response {
    // Without its depths the page is still worth reading.
    match timeout(PATIENCE, health.database.counts()).await {
        Ok(Ok(counts)) => set_depths(&counts),
        Ok(Err(error)) => tracing::warn!(%error, "metrics without queue depths"),
        Err(_) => tracing::warn!("metrics without queue depths: the database does not answer"),
    }
    let page = health.metrics.render();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], page).into_response()
}

fn unavailable(why: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response()
}
