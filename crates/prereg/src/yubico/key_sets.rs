//! The two JWK Sets, for everybody: no token, no secret.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use jose_core::jwk::{JwkSet, PublicJwk};

use super::Yubico;
use super::admission::fault;
use super::error::Failure;

/// `GET /.well-known/yubico-transport-keys.jwks`: orchestrators pick one.
pub(super) async fn transport(State(yubico): State<Yubico>) -> Answer {
    answer(&yubico.provider.transport_jwks())
}

/// `GET /.well-known/yubico-sign.jwks`: orchestrators pass all of them on. Who
/// asks for the fault `unpinned-signing-key` is shown one key more.
pub(super) async fn signing(
    State(yubico): State<Yubico>,
    headers: HeaderMap,
) -> Result<Answer, Failure> {
    let jwks = match fault(&headers)? {
        None => yubico.provider.signing_jwks(),
        fault => yubico.provider.signing_jwks_under(fault),
    };
    Ok(answer(&jwks))
}

/// A JWK Set with the headers it goes out under.
type Answer = ([(HeaderName, &'static str); 2], String);

/// As `application/json`: orchestrators hand on what their HTTP step has parsed,
/// and not every one of them parses `application/jwk-set+json`.
fn answer(jwks: &JwkSet<PublicJwk>) -> Answer {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=60"),
    ];
    (headers, jwks.to_json())
}
