//! Who may go on: authentication, rate limit, scope and `Accept`, in this order
//! and before a body is read. Routes and methods are checked before.

use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use prereg_types::api::Client;
use relying_party::clock::Clock as _;
use relying_party::event;

use super::error::Failure;
use super::{Okta, path};
use crate::auth::{AuthError, Caller, Rate, RateKey, Scope, rate_limit};
use crate::clock::SystemClock;
use crate::http::{Peer, RequestId};

/// A scope as a type, so that a handler's signature says what it needs.
pub(super) trait Needs: Send + Sync {
    /// The scope.
    const SCOPE: Scope;
}

/// `okta.users.manage`.
pub(super) enum ManageUsers {}

/// `okta.users.read`.
pub(super) enum ReadUsers {}

/// `okta.logs.read`.
pub(super) enum ReadLogs {}

impl Needs for ManageUsers {
    const SCOPE: Scope = Scope::UsersManage;
}

impl Needs for ReadUsers {
    const SCOPE: Scope = Scope::UsersRead;
}

impl Needs for ReadLogs {
    const SCOPE: Scope = Scope::LogsRead;
}

/// A known caller who is within the rate limit and has the scope.
pub(super) struct Authorized<N> {
    /// Who.
    pub(super) caller: Caller,
    /// From where.
    peer: Option<IpAddr>,
    /// In which request.
    pub(super) request: RequestId,
    scope: PhantomData<fn() -> N>,
}

/// Anybody who is within the rate limit of unknown callers.
pub(super) struct Anyone;

impl<N> Authorized<N> {
    /// The caller, for the system log.
    pub(super) fn for_log(&self) -> event::Caller {
        event::Caller {
            actor: self.caller.actor(),
            client: Client {
                ip_address: self.peer.map(|address| address.to_string()),
            },
        }
    }
}

impl<N: Needs> FromRequestParts<Okta> for Authorized<N> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, okta: &Okta) -> Result<Self, Failure> {
        let now = SystemClock.now();
        let authenticated = okta.guard.authenticate(&parts.headers, now).await;
        let key = match &authenticated {
            Ok(caller) => caller.rate_key(),
            // So that guessing tokens is counted, too.
            Err(_) => peer_key(parts),
        };
        let rate = okta.limiter.check(key, endpoint(parts), now);
        note(parts, rate);
        let caller = match authenticated {
            Err(AuthError::Unauthenticated(_)) if !rate.allowed => {
                return Err(Failure::TooManyRequests);
            }
            authenticated => authenticated?,
        };
        if !rate.allowed {
            return Err(Failure::TooManyRequests);
        }
        caller.require(N::SCOPE)?;
        speaks_json(&parts.headers)?;
        Ok(Self {
            caller,
            peer: peer(parts),
            request: parts
                .extensions
                .get()
                .copied()
                .unwrap_or_else(RequestId::draw),
            scope: PhantomData,
        })
    }
}

impl FromRequestParts<Okta> for Anyone {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, okta: &Okta) -> Result<Self, Failure> {
        let rate = okta
            .limiter
            .check(peer_key(parts), endpoint(parts), SystemClock.now());
        note(parts, rate);
        if rate.allowed {
            return Ok(Self);
        }
        Err(Failure::TooManyRequests)
    }
}

/// Where a request's rate is left for the answer's headers.
#[derive(Clone, Default)]
struct NotedRate(Arc<OnceLock<Rate>>);

/// Adds the rate limit's headers to every answer, also to those that no handler
/// gave. Such a call is counted against the peer.
pub(super) async fn tell_rate(
    State(okta): State<Okta>,
    mut request: Request,
    next: Next,
) -> Response {
    let noted = NotedRate::default();
    request.extensions_mut().insert(noted.clone());
    let key = RateKey::peer(peer_of(request.extensions().get()));
    let mut response = next.run(request).await;
    // The token endpoint counts and tells for itself.
    if rate_limit::is_told(response.headers()) {
        return response;
    }
    let rate = noted
        .0
        .get_or_init(|| okta.limiter.check(key, path::OTHER, SystemClock.now()));
    rate.write(response.headers_mut());
    response
}

fn note(parts: &Parts, rate: Rate) {
    if let Some(noted) = parts.extensions.get::<NotedRate>() {
        // Set before only if a handler asks twice; the first count stands.
        let _ = noted.0.set(rate);
    }
}

fn endpoint(parts: &Parts) -> &'static str {
    let matched = parts.extensions.get::<MatchedPath>();
    matched.map_or(path::OTHER, |matched| path::endpoint(matched.as_str()))
}

fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<Peer>().map(|peer| peer.0.ip())
}

fn peer_key(parts: &Parts) -> RateKey {
    RateKey::peer(peer_of(parts.extensions.get()))
}

fn peer_of(peer: Option<&Peer>) -> IpAddr {
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip())
}

/// Whether the caller takes JSON (RFC 9110 §12.5.1). No header takes anything.
fn speaks_json(headers: &HeaderMap) -> Result<(), Failure> {
    let mut ranges = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .peekable();
    if ranges.peek().is_none() || ranges.any(admits_json) {
        return Ok(());
    }
    Err(Failure::MediaType("Accept: must admit application/json"))
}

fn admits_json(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let refused = parts.any(|parameter| {
        let quality = parameter
            .strip_prefix("q=")
            .or(parameter.strip_prefix("Q="));
        quality.is_some_and(|quality| quality.parse() == Ok(0.0f32))
    });
    let known = ["*/*", "application/*", "application/json"].contains(&media_type.as_str());
    known && !refused
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_real_clients_accept_is_json() {
        let speaks = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(value));
            speaks_json(&headers).is_ok()
        };
        for accepted in [
            "",
            "*/*",
            "application/json",
            "application/json, */*;q=0.8",
            "Application/JSON; charset=utf-8",
            "text/html, application/*;q=0.1",
        ] {
            assert!(speaks(accepted), "{accepted}");
        }
        for refused in [
            "text/html",
            "application/xml",
            "application/json;q=0",
            "text/*, application/json ; q=0.0",
        ] {
            assert!(!speaks(refused), "{refused}");
        }
        assert!(speaks_json(&HeaderMap::new()).is_ok());
    }
}
