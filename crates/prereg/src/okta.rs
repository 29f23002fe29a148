//! The relying party's facade: Okta's operations over HTTP.
//!
//! A handler's signature says what it needs: who may call
//! ([`admission`]), which ids the path holds ([`path`]), which body or query
//! comes. The handler itself turns a command into one call of the relying party
//! or the store. What is refused is a [`Failure`], which alone
//! knows statuses and error codes.
//!
//! Order of checks: route (404), method (405), token (401), rate limit (429),
//! scope (403), `Accept` (400), ids in the path (404), body (413, 400), resource.

mod admission;
mod audit;
mod body;
mod discovery;
mod docs;
mod error;
mod filter;
mod logs;
mod openapi;
mod page;
mod path;
mod preregistration;
#[cfg(test)]
mod tests;
mod users;
mod verify;

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};

use self::error::Failure;
use crate::auth::oauth::{self, OAuth};
use crate::auth::{Guard, Limiter};
use crate::http::{self, CpuPool, Limits, Listener};
use crate::store::Database;
use crate::trust::{Party, Trust};

/// What the facade works with. Clones are handles of the same one.
#[derive(Clone, Debug)]
pub(crate) struct Okta {
    /// The relying party, with the keys that it trusts now.
    pub(crate) trust: Arc<Trust>,
    /// Users, the log and the audit, which are no business of the party's.
    pub(crate) db: Database,
    /// Knows the callers.
    pub(crate) guard: Guard,
    /// Counts their calls.
    pub(crate) limiter: Arc<Limiter>,
    /// The token endpoint.
    pub(crate) oauth: OAuth,
    /// Where requests compute.
    pub(crate) cpu: CpuPool,
    /// What requests are held to.
    pub(crate) limits: Limits,
}

/// The facade's routes with everything that holds for every request.
pub(crate) fn router(okta: Okta) -> Router {
    let limits = okta.limits.clone();
    let routes = Router::new()
        .route(path::INITIATE, post(preregistration::initiate))
        .route(path::ENROLL, post(preregistration::enroll))
        .route(path::ACTIVATE, post(preregistration::activate))
        .route(path::SEND_PIN, post(preregistration::send_pin))
        .route(path::ENROLLMENTS, get(preregistration::list))
        .route(path::ENROLLMENT, delete(preregistration::delete))
        .route(path::MARK_ERROR, post(preregistration::mark_error))
        .route(path::USERS, get(users::list).post(users::create))
        .route(path::USER, get(users::find))
        .route(path::VERIFY, post(verify::verify))
        .route(path::LOGS, get(logs::list))
        .route(path::OPENID_CONFIGURATION, get(discovery::configuration))
        .route(path::OPENAPI, get(openapi::serve))
        .route(path::DOCS, get(docs::page))
        .with_state(okta.clone())
        .merge(oauth::router(okta.oauth.clone()))
        .fallback(async || Failure::UnknownPath)
        .method_not_allowed_fallback(other_method);
    // Outside the guard, so that answers to panics and timeouts have the
    // headers of the rate limit, too.
    http::guarded(routes, Listener::Okta, &limits, error::refuse)
        .layer(from_fn_with_state(okta, admission::tell_rate))
}

impl Okta {
    fn issuer(&self) -> String {
        self.trust.party().load().policy().issuer.clone()
    }

    fn party(&self) -> Arc<Party> {
        self.trust.party().load_full()
    }
}

/// axum adds `Allow`. OPTIONS asks for nothing else (RFC 9110 §9.3.7); browsers
/// of other origins get no more than that.
async fn other_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Failure::Method.into_response()
}
