//! The token endpoint and the keys.

use std::net::{IpAddr, Ipv4Addr};

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use getrandom::SysRng;
use prereg_types::api::ErrorBody;
use prereg_types::{ErrorId, Timestamp};
use relying_party::clock::Clock as _;
use serde::Serialize;

use super::access_tokens::LIFETIME_SECONDS;
use super::assertion::Unverified;
use super::client_keys::ClientKeys;
use super::error::OAuthError;
use super::form::TokenRequest;
use super::{KEYS_PATH, OAuth, TOKEN_PATH};
use crate::auth::{Rate, RateKey, Scopes};
use crate::clock::SystemClock;
use crate::http::{Peer, body};
use crate::store::StoredClient;

/// Bytes of the largest request: an assertion and a little more.
const MAX_BODY_BYTES: usize = 32 * 1024;

/// RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client gets (RFC 6749 §5.1).
#[derive(Debug, Serialize)]
pub(super) struct Issued {
    pub(super) token_type: &'static str,
    pub(super) expires_in: u64,
    pub(super) access_token: String,
    pub(super) scope: String,
}

/// `POST /oauth2/v1/token`. Nobody is known here yet, so calls are counted by
/// the peer's address.
pub(super) async fn token(
    State(oauth): State<OAuth>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let now = SystemClock.now();
    let rate = oauth.count(peer, TOKEN_PATH, now);
    let mut response = if rate.allowed {
        answer(&oauth, &headers, body, now).await
    } else {
        too_many()
    };
    rate.write(response.headers_mut());
    response
}

/// `GET /oauth2/v1/keys`
pub(super) async fn keys(State(oauth): State<OAuth>, peer: Option<Extension<Peer>>) -> Response {
    let rate = oauth.count(peer, KEYS_PATH, SystemClock.now());
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "max-age=300"),
    ];
    let mut response = if rate.allowed {
        (headers, oauth.access_tokens.jwks()).into_response()
    } else {
        too_many()
    };
    rate.write(response.headers_mut());
    response
}

async fn answer(oauth: &OAuth, headers: &HeaderMap, body: Body, now: Timestamp) -> Response {
    let issued = async {
        if !is_form(headers) {
            let description = "The Content-Type must be application/x-www-form-urlencoded.";
            return Err(OAuthError::invalid_request(description));
        }
        let read = body::read(body, MAX_BODY_BYTES).await;
        let body = read.map_err(|_| OAuthError::invalid_request("The body cannot be read."))?;
        oauth.issue(&TokenRequest::parse(&body)?, now).await
    };
    match issued.await {
        // RFC 6749 §5.1; Cache-Control is there on every response.
        Ok(issued) => ([(PRAGMA, "no-cache")], Json(issued)).into_response(),
        Err(error) => error.into_response(),
    }
}

impl OAuth {
    fn count(&self, peer: Option<Extension<Peer>>, path: &'static str, now: Timestamp) -> Rate {
        let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let peer = peer.map_or(unknown, |Extension(Peer(address))| address.ip());
        self.limiter.check(RateKey::peer(peer), path, now)
    }

    /// Issues an access token for what a client asks and shows.
    pub(super) async fn issue(
        &self,
        request: &TokenRequest,
        now: Timestamp,
    ) -> Result<Issued, OAuthError> {
        if request.grant_type.is_empty() {
            return Err(OAuthError::invalid_request("The grant_type is missing."));
        }
        if request.grant_type != "client_credentials" {
            return Err(OAuthError::unsupported_grant_type());
        }
        let client = self.authenticate(request, now).await?;
        let granted = Scopes::of_names(&client.client.scopes);
        let scopes = match &request.scope {
            Some(asked) => Scopes::parse(asked)
                .ok()
                .filter(|asked| granted.grants_all(*asked))
                .ok_or_else(OAuthError::invalid_scope)?,
            None => granted,
        };
        let access_token = self.access_tokens.issue(&client.client.id, scopes, now)?;
        tracing::info!(client = client.client.id, %scopes, "access token issued");
        Ok(Issued {
            token_type: "Bearer",
            expires_in: LIFETIME_SECONDS,
            access_token,
            scope: scopes.to_string(),
        })
    }

    /// The client that made the assertion. Until its signature is verified, all
    /// failures look the same.
    async fn authenticate(
        &self,
        request: &TokenRequest,
        now: Timestamp,
    ) -> Result<StoredClient, OAuthError> {
        if request.assertion.is_empty() || request.assertion_type != ASSERTION_TYPE {
            let description = "Only private_key_jwt is supported: send client_assertion and \
                client_assertion_type.";
            return Err(OAuthError::invalid_claim(description));
        }
        let unknown = |detail: &str| OAuthError::unknown_client().because(&detail);
        let assertion = Unverified::parse(&request.assertion);
        let assertion = assertion.ok_or_else(|| unknown("not an assertion"))?;
        let named = assertion.issuer().to_owned();
        if request.client_id.as_ref().is_some_and(|id| *id != named) {
            return Err(unknown("client_id is not iss"));
        }
        let stored = self.db.client(&named).await?;
        let client = stored.ok_or_else(|| unknown("no such client"))?;
        let keys = ClientKeys::parse(client.client.jwks.as_bytes());
        let keys = keys.map_err(|fault| OAuthError::server(&fault))?;
        let claims = assertion.verify(&keys);
        let claims = claims.ok_or_else(|| unknown("the signature does not verify"))?;
        if client.revoked.is_some() {
            return Err(unknown("the client is revoked"));
        }
        claims.check(&self.audiences, now)?;
        let single = claims.single_use(&request.assertion);
        let first = self.db.use_jti(&named, &single.key, single.expires, now);
        if !first.await? {
            let description = "The client_assertion has already been used.";
            return Err(OAuthError::invalid_claim(description));
        }
        Ok(client)
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| {
        let due = "application/x-www-form-urlencoded";
        media_type.trim().eq_ignore_ascii_case(due)
    })
}

/// Okta's body of a 429, which the SDKs know how to wait for.
fn too_many() -> Response {
    let summary = "API call exceeded rate limit due to too many requests.";
    match ErrorId::generate(&mut SysRng) {
        Ok(id) => {
            let body = ErrorBody::new("E0000047", summary, id);
            (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response()
        }
        Err(_) => StatusCode::TOO_MANY_REQUESTS.into_response(),
    }
}
