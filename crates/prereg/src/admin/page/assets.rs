//! Style, script and icon of the page. Their addresses hold their digest, so a
//! browser keeps them for as long as they are right.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::Page;

pub(super) const STYLE: &str = concat!("/assets/page.css?", env!("CARGO_PKG_VERSION"));
pub(super) const SCRIPT: &str = concat!("/assets/page.js?", env!("CARGO_PKG_VERSION"));
pub(super) const ICON: &str = concat!("/assets/icon.svg?", env!("CARGO_PKG_VERSION"));

/// A key, drawn in the color of the words beside it.
pub(super) const SIGN: &str = include_str!("assets/sign.svg");

pub(super) fn router() -> Router<Page> {
    Router::new()
        .route(
            "/assets/page.css",
            get(async || asset("text/css; charset=utf-8", include_str!("assets/page.css"))),
        )
        .route(
            "/assets/page.js",
            get(async || {
                asset(
                    "text/javascript; charset=utf-8",
                    include_str!("assets/page.js"),
                )
            }),
        )
        .route(
            "/assets/icon.svg",
            get(async || asset("image/svg+xml", include_str!("assets/icon.svg"))),
        )
}

fn asset(kind: &'static str, content: &'static str) -> Response {
    // A build of the same version may differ: ask again, but only for that.
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")];
    (headers, content).into_response()
}
