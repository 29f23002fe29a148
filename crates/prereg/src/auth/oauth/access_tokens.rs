//! Access tokens: signed by this server, believed by this server.

use std::fmt;
use std::sync::Arc;

use getrandom::SysRng;
use jose_core::alg::SignatureAlgorithm;
use jose_core::json;
use jose_core::jwk::{JwkSet, KeyUse, PrivateJwk};
use jose_core::jws::{SignHeader, Signer, Verified, Verifier, VerifyPolicy};
use jose_core::{Backend, Level};
use prereg_types::{Jti, Timestamp};
use relying_party::store::StoreError;
use serde_json::json;

use crate::auth::{Scopes, Unauthenticated};
use crate::store::Database;

/// How long an access token is good for.
pub(super) const LIFETIME_SECONDS: u64 = 15 * 60;

/// The type of an access token (RFC 9068 §2.1).
const TYP: &str = "at+jwt";

/// The name of the sealed signing key in the database.
const SECRET: &str = "oauth.signing_key";

/// Issues and checks access tokens (RFC 9068).
#[derive(Clone)]
pub(crate) struct AccessTokens(Arc<Inner>);

struct Inner {
    issuer: String,
    signer: Signer,
    verifier: Verifier,
    policy: VerifyPolicy,
    jwks: String,
}

/// What a verified access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccessToken {
    /// The client that it was issued to.
    pub(crate) client: String,
    /// What it permits.
    pub(crate) scopes: Scopes,
}

impl AccessTokens {
    /// With the key in the database, which is drawn where there is none.
    ///
    /// # Errors
    /// [`StoreError`], also for a key that cannot be read or drawn.
    pub(crate) async fn open(db: &Database, issuer: &str) -> Result<Self, StoreError> {
        if db.secret(SECRET).await?.is_none() {
            let key = PrivateJwk::generate(&mut SysRng).map_err(unusable)?;
            // Another process may have been first; then its key counts.
            db.insert_secret(SECRET, key.to_json().as_bytes()).await?;
        }
        let text = db.secret(SECRET).await?;
        let text = text.ok_or_else(|| StoreError(format!("secret {SECRET}: gone")))?;
        let key = PrivateJwk::from_json(&text).map_err(unusable)?;
        Self::new(key, issuer).map_err(unusable)
    }

    /// With this key.
    ///
    /// # Errors
    /// A key that cannot sign.
    pub(crate) fn new(key: PrivateJwk, issuer: &str) -> Result<Self, jose_core::Error> {
        let kid = key.public().thumbprint().to_base64url();
        let key = key.with_kid(&kid).with_use(KeyUse::Sig).with_alg("ES384");
        let policy = VerifyPolicy::new(&[SignatureAlgorithm::Es384])
            .with_typ(TYP)
            .require_kid();
        Ok(Self(Arc::new(Inner {
            issuer: issuer.to_owned(),
            signer: Signer::prepare(&key, Backend::default())?,
            verifier: Verifier::prepare(key.public(), Level::Issuer, Backend::default())?,
            policy,
            jwks: JwkSet::new(vec![key.public().clone()])?.to_json(),
        })))
    }

    /// Who issues them, and whom they are for.
    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The public key, as a JWK Set.
    pub(crate) fn jwks(&self) -> &str {
        &self.0.jwks
    }

    /// Issues one (RFC 9068 §2.2).
    ///
    /// # Errors
    /// Where randomness or signing fails.
    pub(crate) fn issue(
        &self,
        client: &str,
        scopes: Scopes,
        now: Timestamp,
    ) -> Result<String, jose_core::Error> {
        let claims = json!({
            "iss": self.issuer(),
            "aud": self.issuer(),
            "sub": client,
            "client_id": client,
            "scope": scopes.to_string(),
            "iat": now.seconds(),
            "exp": now.plus_seconds(LIFETIME_SECONDS).seconds(),
            "jti": Jti::generate(&mut SysRng)?,
        });
        let header = SignHeader::new().with_typ(TYP);
        self.0.signer.sign(claims.to_string().as_bytes(), &header)
    }

    /// Checks one, as of now.
    ///
    /// # Errors
    /// What is wrong with it; for the log.
    pub(crate) fn verify(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<AccessToken, Unauthenticated> {
        let verified = self.0.verifier.verify(text.as_bytes(), &self.0.policy);
        let verified = verified.map_err(|error| Unauthenticated::AccessToken(error.code()))?;
        let token = self.read(&verified, now);
        token.ok_or(Unauthenticated::Expired)
    }

    /// What we signed has every claim. A token of another time or, after a
    /// change of the issuer's address, for another issuer has run out.
    fn read(&self, verified: &Verified, now: Timestamp) -> Option<AccessToken> {
        let claims = json::parse_object(verified.payload()).ok()?;
        let text = |name| claims.required_str(name).ok();
        let ours = text("iss")? == self.issuer() && text("aud")? == self.issuer();
        let expires = claims.get("exp")?.as_u64()?;
        (ours && now.seconds() < expires).then_some(())?;
        Some(AccessToken {
            client: text("client_id")?.to_owned(),
            scopes: Scopes::parse(text("scope")?).ok()?,
        })
    }
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessTokens({})", self.issuer())
    }
}

fn unusable(error: jose_core::Error) -> StoreError {
    StoreError(format!("secret {SECRET}: {error}"))
}
