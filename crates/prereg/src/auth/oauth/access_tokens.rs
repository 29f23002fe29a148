//! Access tokens: signed by this server, believed by this server. Another key may
//! take the place of the one that signs; what that one has signed counts until it
//! runs out, however many have followed.

mod kept;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use getrandom::SysRng;
use jose_core::alg::SignatureAlgorithm;
use jose_core::json;
use jose_core::jwk::JwkSet;
use jose_core::jws::{SignHeader, Signer, Verified, Verifier, VerifyPolicy};
use jose_core::{Backend, Level};
use prereg_types::{Jti, Timestamp};
use relying_party::clock::Clock as _;
use relying_party::store::StoreError;
use serde_json::json;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use self::kept::{Before, Kept};
use crate::auth::{Scopes, Unauthenticated};
use crate::clock::SystemClock;
use crate::store::Database;

/// How long an access token is good for.
pub(super) const LIFETIME_SECONDS: u64 = 15 * 60;

/// The type of an access token (RFC 9068 §2.1).
const TYP: &str = "at+jwt";

/// How often a server looks whether another key signs now.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long a key that signs no more still counts: until its last token has run
/// out, also one that a server has issued before it looked.
const AFTERLIFE_SECONDS: u64 = LIFETIME_SECONDS + 60;

/// Issues and checks access tokens (RFC 9068).
#[derive(Clone)]
pub(crate) struct AccessTokens(Arc<Inner>);

struct Inner {
    issuer: String,
    policy: VerifyPolicy,
    keys: ArcSwap<Keys>,
}

/// The keys, ready for use.
struct Keys {
    signer: Signer,
    verifier: Verifier,
    /// What the keys that signed before are checked with, and until when.
    before: Vec<(Verifier, Timestamp)>,
    jwks: String,
    /// Which they are.
    kids: Vec<String>,
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
    /// With the keys in the database; the first is drawn where there is none.
    ///
    /// # Errors
    /// [`StoreError`], also for a key that cannot be read or drawn.
    pub(crate) async fn open(db: &Database, issuer: &str) -> Result<Self, StoreError> {
        let kept = Kept::load(db).await?;
        Self::with(&kept, issuer, SystemClock.now()).map_err(unusable)
    }

    /// With this key.
    ///
    /// # Errors
    /// A key that cannot sign.
    #[cfg(test)]
    pub(crate) fn new(
        key: jose_core::jwk::PrivateJwk,
        issuer: &str,
    ) -> Result<Self, jose_core::Error> {
        Self::with(&Kept::one(key), issuer, SystemClock.now())
    }

    fn with(kept: &Kept, issuer: &str, now: Timestamp) -> Result<Self, jose_core::Error> {
        let policy = VerifyPolicy::new(&[SignatureAlgorithm::Es384])
            .with_typ(TYP)
            .require_kid();
        Ok(Self(Arc::new(Inner {
            issuer: issuer.to_owned(),
            policy,
            keys: ArcSwap::from_pointee(Keys::prepare(kept, now)?),
        })))
    }

    /// Lets another key sign; gives its name. Servers that run take it over
    /// within seconds. With `at_once`, no token of those before counts any more.
    ///
    /// # Errors
    /// [`StoreError`], also for a key that cannot be read or drawn.
    pub(crate) async fn rotate(
        db: &Database,
        at_once: bool,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let afterlife = (!at_once).then_some(AFTERLIFE_SECONDS);
        let kept = Kept::rotate(db, now, afterlife).await?;
        Ok(kept.kid().to_owned())
    }

    /// Looks now and then whether other keys count, until `stop`.
    pub(crate) async fn follow(self, db: Database, stop: CancellationToken) {
        let mut is_told = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(LOOK_EVERY) => {}
            }
            let looked = self.look(&db, SystemClock.now()).await;
            if let (Err(error), false) = (&looked, is_told) {
                tracing::warn!(%error, "the keys of access tokens stay as they are");
            }
            is_told = looked.is_err();
        }
    }

    /// Takes over what the database has.
    pub(super) async fn look(&self, db: &Database, now: Timestamp) -> Result<(), StoreError> {
        let kept = Kept::load(db).await?;
        if kids(&kept, now) == self.0.keys.load().kids {
            return Ok(());
        }
        let keys = Keys::prepare(&kept, now).map_err(unusable)?;
        tracing::info!(kids = ?keys.kids, "other keys count for access tokens");
        self.0.keys.store(Arc::new(keys));
        Ok(())
    }

    /// Who issues them, and whom they are for.
    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The public keys, as a JWK Set, the one that signs first.
    pub(crate) fn jwks(&self) -> String {
        self.0.keys.load().jwks.clone()
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
        let keys = self.0.keys.load();
        keys.signer.sign(claims.to_string().as_bytes(), &header)
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
        let verified = self.0.keys.load().verify(text, &self.0.policy, now);
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

impl Keys {
    fn prepare(kept: &Kept, now: Timestamp) -> Result<Self, jose_core::Error> {
        let verifier = |key, level| Verifier::prepare(key, level, Backend::default());
        let current = kept.current.public();
        let before = counting(kept, now);
        let published = [current]
            .into_iter()
            .chain(before.clone().map(|one| &one.key));
        Ok(Self {
            signer: Signer::prepare(&kept.current, Backend::default())?,
            verifier: verifier(current, Level::Issuer)?,
            jwks: JwkSet::new(published.cloned().collect())?.to_json(),
            before: before
                .map(|one| Ok((verifier(&one.key, Level::Few)?, one.until)))
                .collect::<Result<_, jose_core::Error>>()?,
            kids: kids(kept, now),
        })
    }

    fn verify(
        &self,
        text: &str,
        policy: &VerifyPolicy,
        now: Timestamp,
    ) -> Result<Verified, jose_core::Error> {
        let verified = self.verifier.verify(text.as_bytes(), policy);
        let earlier = self.before.iter().filter(|(_, until)| now < *until);
        earlier.fold(verified, |verified, (verifier, _)| {
            verified.or_else(|error| {
                let earlier = verifier.verify(text.as_bytes(), policy);
                earlier.map_err(|_| error)
            })
        })
    }
}

/// The keys that signed before, as long as their tokens count.
fn counting(kept: &Kept, now: Timestamp) -> impl Iterator<Item = &Before> + Clone {
    kept.before.iter().filter(move |one| now < one.until)
}

fn kids(kept: &Kept, now: Timestamp) -> Vec<String> {
    let before = counting(kept, now).filter_map(|one| one.key.kid());
    let kids = [kept.kid()].into_iter().chain(before);
    kids.map(ToOwned::to_owned).collect()
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessTokens({})", self.issuer())
    }
}

fn unusable(error: jose_core::Error) -> StoreError {
    StoreError(format!("the keys of access tokens: {error}"))
}
