//! `GET /.well-known/openid-configuration`: who we are, and where tokens are.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::admission::Anyone;
use super::page::Base;
use super::{Okta, path};
use crate::auth::Scope;

/// The members of OIDC Discovery 1.0 §3 and RFC 8414 §2 that are true here. Nobody signs in with a browser, so there is no authorization endpoint.
#[derive(Debug, Serialize)]
pub(super) struct Configuration {
    /// Orchestrators take the RP ID from it.
    issuer: String,
    token_endpoint: String,
    jwks_uri: String,
    response_types_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 1],
    token_endpoint_auth_signing_alg_values_supported: [&'static str; 3],
    scopes_supported: [&'static str; 3],
}

/// The document. The addresses are those under which the caller reached us; the
/// issuer may be a name that does not lead here.
pub(super) async fn configuration(
    State(okta): State<Okta>,
    _: Anyone,
    base: Base,
) -> Json<Configuration> {
    Json(Configuration {
        issuer: okta.issuer(),
        token_endpoint: base.join(path::TOKEN),
        jwks_uri: base.join(path::KEYS),
        response_types_supported: ["token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["ES384"],
        grant_types_supported: ["client_credentials"],
        token_endpoint_auth_methods_supported: ["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported: ["ES384", "ES256", "RS256"],
        scopes_supported: [
            Scope::UsersManage.name(),
            Scope::UsersRead.name(),
            Scope::LogsRead.name(),
        ],
    })
}
