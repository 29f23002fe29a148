//! OAuth 2.0 client credentials with `private_key_jwt`.
//!
//! A client shows a signed assertion at the token endpoint (RFC 7521 §4.2,
//! RFC 7523 §3) and gets an access token for some minutes (RFC 6749 §4.4.3,
//! RFC 9068). The algorithm of an assertion is that of the registered key;
//! the token only says which of the registered keys it is.

mod access_tokens;
mod assertion;
mod claims;
mod client_key;
mod client_keys;
mod endpoint;
mod error;
mod form;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use access_tokens::AccessTokens;
pub(crate) use client_keys::{ClientKeys, KeyFault};

use super::Limiter;
use crate::store::Database;

/// Where access tokens are issued.
pub(crate) const TOKEN_PATH: &str = "/oauth2/v1/token";

/// Where the keys that sign access tokens are published.
pub(crate) const KEYS_PATH: &str = "/oauth2/v1/keys";

/// What the token endpoint needs.
#[derive(Clone, Debug)]
pub(crate) struct OAuth {
    db: Database,
    access_tokens: AccessTokens,
    limiter: Arc<Limiter>,
    audiences: Arc<[String]>,
}

impl OAuth {
    /// A token endpoint. Its base URLs are those under which clients know this
    /// server: an assertion must be made for one of them, or for the token
    /// endpoint below it (RFC 7523 §3, "aud"). The issuer is one already.
    pub(crate) fn new(
        db: Database,
        access_tokens: AccessTokens,
        limiter: Arc<Limiter>,
        base_urls: &[String],
    ) -> Self {
        let bases = base_urls.iter().map(String::as_str);
        let bases = bases.chain([access_tokens.issuer()]);
        let audiences = bases
            .map(|base| base.trim_end_matches('/'))
            .flat_map(|base| [base.to_owned(), format!("{base}{TOKEN_PATH}")])
            .collect();
        Self {
            db,
            access_tokens,
            limiter,
            audiences,
        }
    }
}

/// The two routes.
pub(crate) fn router(oauth: OAuth) -> Router {
    Router::new()
        .route(TOKEN_PATH, post(endpoint::token))
        .route(KEYS_PATH, get(endpoint::keys))
        .with_state(oauth)
}
