//! From a request's headers to its caller.

use axum::http::HeaderMap;
use prereg_types::Timestamp;

use super::authorization::{self, Presented};
use super::oauth::AccessTokens;
use super::{ApiToken, AuthError, Caller, Credential, Scopes, Unauthenticated};
use crate::store::{Database, StoredClient, StoredToken, TokenKind};

/// Stands before one facade and lets known callers in.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    db: Database,
    kind: TokenKind,
    access_tokens: Option<AccessTokens>,
}

impl Guard {
    /// A guard of the facade that API tokens of this kind open: Okta's as
    /// `SSWS`, the others as `Bearer`.
    pub(crate) const fn new(db: Database, kind: TokenKind) -> Self {
        Self {
            db,
            kind,
            access_tokens: None,
        }
    }

    /// The same, which lets access tokens in as well, as `Bearer`.
    pub(crate) fn with_access_tokens(mut self, access_tokens: AccessTokens) -> Self {
        self.access_tokens = Some(access_tokens);
        self
    }

    /// Who sent these headers.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Caller, AuthError> {
        let uses_ssws = self.kind == TokenKind::Okta;
        match (authorization::read(headers)?, &self.access_tokens) {
            (Presented::Ssws(token), _) if uses_ssws => self.api_token(token, now).await,
            (Presented::Bearer(token), _) if !uses_ssws => self.api_token(token, now).await,
            (Presented::Bearer(token), Some(known)) => self.access_token(token, known, now).await,
            _ => Err(Unauthenticated::Malformed.into()),
        }
    }

    async fn api_token(&self, text: &str, now: Timestamp) -> Result<Caller, AuthError> {
        let presented = ApiToken::parse(text).ok_or(Unauthenticated::Malformed)?;
        let stored = self.db.token(presented.id().as_str()).await?;
        let stored = stored.ok_or(Unauthenticated::Unknown)?;
        check(&presented, &stored, self.kind, now)?;
        self.db.touch_token(presented.id().as_str(), now);
        Ok(Caller {
            credential: Credential::Token(presented.id().clone()),
            name: stored.token.name,
            scopes: Scopes::of_names(&stored.token.scopes),
        })
    }

    /// The signature first, then whether the client still counts: a client that
    /// is revoked loses the tokens it has, not only the next ones.
    async fn access_token(
        &self,
        text: &str,
        known: &AccessTokens,
        now: Timestamp,
    ) -> Result<Caller, AuthError> {
        let token = known.verify(text, now)?;
        let client = self.db.client(&token.client).await?;
        let valid = |client: &StoredClient| client.revoked.is_none();
        let client = client.filter(valid).ok_or(Unauthenticated::Revoked)?;
        Ok(Caller {
            credential: Credential::Client(token.client),
            name: client.client.name,
            scopes: token.scopes,
        })
    }
}

/// The secret first: who does not know it learns nothing about the token.
fn check(
    presented: &ApiToken,
    stored: &StoredToken,
    kind: TokenKind,
    now: Timestamp,
) -> Result<(), Unauthenticated> {
    if !presented.matches(&stored.token.digest) {
        return Err(Unauthenticated::Unknown);
    }
    if stored.token.kind != kind {
        return Err(Unauthenticated::OtherKind);
    }
    if stored.revoked.is_some() {
        return Err(Unauthenticated::Revoked);
    }
    if !stored.is_valid(now) {
        return Err(Unauthenticated::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
