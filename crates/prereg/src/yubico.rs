//! The fulfillment provider's facade: Yubico's API over HTTP.
//!
//! Two JWK Sets for everybody, and shipments for whoever has a token of the
//! provider. What a handler refuses is a [`Failure`], which
//! alone knows statuses and codes; what happens to a shipment is the business of
//! [`yubico_sim::Provider`].
//!
//! Order of checks: route (404), method (405), token (401), scope (403), fault
//! header (400), body (415, 413, 400), resource.

mod admission;
mod body;
mod error;
mod key_sets;
mod listing;
mod shipments;
#[cfg(test)]
mod tests;
mod ticker;

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use getrandom::SysRng;
use relying_party::clock::Clock as _;
use yubico_sim::{Progression, Provider, Settings};

use self::error::Failure;
use crate::auth::Guard;
use crate::clock::SystemClock;
use crate::config;
use crate::http::{self, CpuPool, Limits, Listener};
use crate::next_fault::NextFault;
use crate::store::Database;

pub(crate) use ticker::tick;

/// The fulfillment provider of the server.
pub(crate) type Simulator = Provider<Database>;

/// What the facade works with. Clones are handles of the same one.
#[derive(Clone, Debug)]
pub(crate) struct Yubico {
    /// The provider.
    pub(crate) provider: Arc<Simulator>,
    /// The fault that somebody at the page has chosen for the next shipment.
    pub(crate) next_fault: NextFault,
    /// The audit log, which is no business of the provider's.
    pub(crate) db: Database,
    /// Knows the callers.
    pub(crate) guard: Guard,
    /// Where shipments are programmed.
    pub(crate) cpu: CpuPool,
    /// What requests are held to.
    pub(crate) limits: Limits,
}

/// The provider whose keys and records the database has; a new one on the very
/// first start.
///
/// # Errors
/// Those of [`Provider::open`].
pub(crate) async fn open(
    db: &Database,
    settings: &config::Provider,
) -> Result<Simulator, yubico_sim::Error> {
    let settings = Settings {
        progression: progression(settings.progression),
        ..Settings::default()
    };
    Provider::open(settings, db.clone(), SystemClock.now(), &mut SysRng).await
}

/// The facade's routes with everything that holds for every request.
pub(crate) fn router(yubico: Yubico) -> Router {
    let limits = yubico.limits.clone();
    let routes = Router::new()
        .route(
            "/.well-known/yubico-transport-keys.jwks",
            get(key_sets::transport),
        )
        .route("/.well-known/yubico-sign.jwks", get(key_sets::signing))
        .route(
            "/v1/fpr/shipments",
            post(shipments::create).get(shipments::list),
        )
        .route("/v1/fpr/shipments/{id}", get(shipments::show))
        .with_state(yubico)
        .fallback(async || Failure::UnknownPath)
        .method_not_allowed_fallback(other_method);
    http::guarded(routes, Listener::Yubico, &limits, error::refuse)
}

/// axum adds `Allow`. OPTIONS asks for nothing else (RFC 9110 §9.3.7).
async fn other_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Failure::Method.into_response()
}

fn progression(set: config::Progression) -> Progression {
    match set {
        config::Progression::Manual => Progression::Stepped,
        config::Progression::Paused => Progression::Paused,
        config::Progression::Timed(step) => {
            Progression::Timed(u32::try_from(step.as_secs()).unwrap_or(u32::MAX))
        }
    }
}
