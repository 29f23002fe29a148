//! What holds for every request of a listener, whatever it asks.

use std::any::Any;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;

use super::to_the_end::to_the_end;
use super::{Limits, REQUEST_ID, RequestId};

/// Which listener, for the log and the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listener {
    /// The relying party's facade.
    Okta,
    /// The fulfillment provider's facade.
    Yubico,
    /// The operator's page.
    Admin,
}

/// Why a request is answered without its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It took longer than allowed. What it had begun may still be done.
    TimedOut,
    /// Its handler panicked.
    Panicked,
}

/// Writes the answer of a refused request in the words of a facade.
pub(crate) type Refuse = fn(Refused) -> Response;

#[derive(Clone)]
struct Guard {
    listener: Listener,
    limits: Limits,
    refuse: Refuse,
}

/// Adds to a router: a request id in the response and in the log, the time
/// limit, an answer even where a handler panics, an end even where the client does
/// not wait for it, headers that keep browsers from guessing, metrics, and paths
/// that may end in a slash.
pub(crate) fn guarded(
    router: Router,
    listener: Listener,
    limits: &Limits,
    refuse: Refuse,
) -> Router {
    let guard = Guard {
        listener,
        limits: limits.clone(),
        refuse,
    };
    let caught = CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| {
        tracing::error!("a handler panicked");
        refuse(Refused::Panicked)
    });
    let router = router
        .layer(from_fn(to_the_end))
        .layer(caught)
        .layer(from_fn_with_state(guard, guard_request));
    Router::new().fallback_service(router.map_request(without_trailing_slash))
}

async fn guard_request(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let id = RequestId::draw();
    request.extensions_mut().insert(id);
    let listener = guard.listener.name();
    let method = method_name(request.method());
    // The path of a request may hold a login; the route it matched does not.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", id = %id, listener, method, route);
    let started = Instant::now();
    let answer = tokio::time::timeout(guard.limits.request, next.run(request));
    let mut response = async {
        let answer = answer.await;
        let response = answer.unwrap_or_else(|_| (guard.refuse)(Refused::TimedOut));
        let (status, milliseconds) = (response.status().as_u16(), started.elapsed().as_millis());
        tracing::info!(status, milliseconds, "answered");
        response
    }
    .instrument(span)
    .await;
    let labels = [
        ("listener", listener.to_owned()),
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", response.status().as_u16().to_string()),
    ];
    metrics::counter!("prereg_http_requests_total", &labels).increment(1);
    metrics::histogram!("prereg_http_request_seconds", "listener" => listener, "route" => route.to_owned())
        .record(started.elapsed().as_secs_f64());
    add_headers(response.headers_mut(), id);
    response
}

fn add_headers(headers: &mut HeaderMap, id: RequestId) {
    const UNLESS_SET: [(axum::http::HeaderName, &str); 4] = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ];
    headers.insert(REQUEST_ID, id.header_value());
    for (name, value) in UNLESS_SET {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

/// A bounded set of names: a caller could invent methods without end.
fn method_name(method: &Method) -> &'static str {
    const KNOWN: [(&Method, &str); 7] = [
        (&Method::GET, "GET"),
        (&Method::POST, "POST"),
        (&Method::DELETE, "DELETE"),
        (&Method::PUT, "PUT"),
        (&Method::PATCH, "PATCH"),
        (&Method::HEAD, "HEAD"),
        (&Method::OPTIONS, "OPTIONS"),
    ];
    let known = KNOWN.iter().find(|(known, _)| *known == method);
    known.map_or("other", |(_, name)| name)
}

/// `/enroll/` is `/enroll`: some base addresses and clients add the slash.
fn without_trailing_slash(mut request: axum::http::Request<Body>) -> axum::http::Request<Body> {
    let uri = request.uri();
    let shorter = uri.path().strip_suffix('/').filter(|rest| !rest.is_empty());
    let Some(path) = shorter else {
        return request;
    };
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    if let Ok(path_and_query) = PathAndQuery::try_from(text) {
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(path_and_query);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

impl Listener {
    /// The name in the log and in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Yubico => "yubico",
            Self::Admin => "admin",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::StatusCode;
    use axum::response::IntoResponse as _;
    use axum::routing::get;

    use super::*;

    fn router() -> Router {
        let router = Router::new()
            .route("/fine", get(async || "fine"))
            .route("/slow", get(async || std::future::pending::<()>().await))
            .route("/broken", get(async || -> () { panic!("on purpose") }))
            .route("/own", get(async || [(CACHE_CONTROL, "max-age=60")]));
        let limits = Limits {
            request: Duration::from_millis(100),
            ..Limits::default()
        };
        guarded(router, Listener::Admin, &limits, |refused| {
            let status = match refused {
                Refused::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
                Refused::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
            };
            status.into_response()
        })
    }

    async fn call(path: &str) -> Response {
        let request = Request::get(path).body(Body::empty()).unwrap();
        router().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn every_response_has_its_own_request_id_and_safe_headers() {
        let mut ids = std::collections::BTreeSet::new();
        for path in ["/fine", "/fine", "/slow", "/broken", "/missing"] {
            let response = call(path).await;
            let id = response.headers().get("x-okta-request-id").unwrap();
            assert!(ids.insert(id.to_str().unwrap().to_owned()), "{path}");
            assert_eq!(response.headers()["x-content-type-options"], "nosniff");
            assert_eq!(response.headers()["cache-control"], "no-store");
        }
        assert_eq!(call("/own").await.headers()["cache-control"], "max-age=60");
    }

    #[tokio::test]
    async fn slow_and_broken_handlers_get_an_answer() {
        assert_eq!(
            call("/slow").await.status(),
            StatusCode::SERVICE_UNAVAILABLE
        );
        assert_eq!(
            call("/broken").await.status(),
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }

    #[tokio::test]
    async fn a_slash_at_the_end_makes_no_difference() {
        assert_eq!(call("/fine/").await.status(), StatusCode::OK);
        assert_eq!(call("/fine/?a=b").await.status(), StatusCode::OK);
        assert_eq!(call("/fine/more").await.status(), StatusCode::NOT_FOUND);
        assert_eq!(call("/").await.status(), StatusCode::NOT_FOUND);
    }
}
