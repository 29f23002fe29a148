//! The admin port: health, metrics, and a page to look at.

mod health;
mod page;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::http::Refused;

pub(crate) use health::{Health, router as health_router};
pub(crate) use page::{Access, AccessError, Page, Parts, Session, Traffic, router as page_router};

/// The answer to a request whose handler did not answer.
pub(crate) fn refuse(refused: Refused) -> Response {
    match refused {
        Refused::TimedOut => (StatusCode::SERVICE_UNAVAILABLE, "this takes too long\n"),
        Refused::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, "the log says why\n"),
    }
    .into_response()
}
