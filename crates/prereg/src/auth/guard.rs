//! From a request's headers to its caller.

use axum::http::HeaderMap;
use prereg_types::Timestamp;
use relying_party::store::StoreError;

use super::authorization::{self, Presented};
use super::{
    ApiToken, AuthError, Caller, Credential, StoredToken, TokenId, TokenKind, Unauthenticated,
};

/// How stale a token's "last used" may be. Written that seldom, it costs a
/// busy token nothing.
const LAST_USED_SECONDS: u64 = 60;

/// Where tokens are looked up.
pub(crate) trait TokenStore: Send + Sync {
    /// The token of that id.
    fn token(
        &self,
        id: &TokenId,
    ) -> impl Future<Output = Result<Option<StoredToken>, StoreError>> + Send;

    /// Notes that the token was used.
    fn touch_token(
        &self,
        id: &TokenId,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Stands before one facade and lets known callers in.
#[derive(Clone, Debug)]
pub(crate) struct Guard<S> {
    store: S,
    kind: TokenKind,
}

impl<S: TokenStore> Guard<S> {
    /// A guard of the facade that tokens of this kind open.
    pub(crate) const fn new(store: S, kind: TokenKind) -> Self {
        Self { store, kind }
    }

    /// Who sent these headers.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Caller, AuthError> {
        match (self.kind, authorization::read(headers)?) {
            (TokenKind::Okta, Presented::Ssws(token)) => self.api_token(token, now).await,
            (TokenKind::Yubico | TokenKind::Admin, Presented::Bearer(token)) => {
                self.api_token(token, now).await
            }
            _ => Err(Unauthenticated::Malformed.into()),
        }
    }

    async fn api_token(&self, text: &str, now: Timestamp) -> Result<Caller, AuthError> {
        let presented = ApiToken::parse(text).ok_or(Unauthenticated::Malformed)?;
        let stored = self.store.token(presented.id()).await?;
        let stored = stored.ok_or(Unauthenticated::Unknown)?;
        check(&presented, &stored, self.kind, now)?;
        self.note_use(&stored, now).await;
        Ok(Caller {
            credential: Credential::Token(stored.id),
            name: stored.name,
            scopes: stored.scopes,
        })
    }

    /// A note that cannot be written keeps nobody out.
    async fn note_use(&self, stored: &StoredToken, now: Timestamp) {
        let fresh = |last: Timestamp| last.plus_seconds(LAST_USED_SECONDS) > now;
        if stored.last_used.is_some_and(fresh) {
            return;
        }
        if let Err(error) = self.store.touch_token(&stored.id, now).await {
            tracing::warn!(token = %stored.id, %error, "cannot note the use of a token");
        }
    }
}

/// The secret first: who does not know it learns nothing about the token.
fn check(
    presented: &ApiToken,
    stored: &StoredToken,
    kind: TokenKind,
    now: Timestamp,
) -> Result<(), Unauthenticated> {
    if !presented.matches(&stored.digest) {
        return Err(Unauthenticated::Unknown);
    }
    if stored.kind != kind {
        return Err(Unauthenticated::OtherKind);
    }
    if stored.revoked.is_some() {
        return Err(Unauthenticated::Revoked);
    }
    if stored.is_expired(now) {
        return Err(Unauthenticated::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
