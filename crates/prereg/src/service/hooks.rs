//! The hooks, and the secret that all of them get.

use getrandom::SysRng;
use jose_core::base64url;
use rand_core::TryRng as _;
use zeroize::Zeroizing;

use super::ServiceError;
use crate::config;
use crate::hook::Hook;
use crate::store::Database;

/// The name among the sealed secrets of the server.
const SECRET: &str = "hooks.secret";

/// The hooks of the settings.
///
/// # Errors
/// [`ServiceError`].
pub(super) async fn hooks(
    settings: &config::Hooks,
    database: &Database,
) -> Result<Vec<Hook>, ServiceError> {
    if settings.urls.is_empty() {
        return Ok(Vec::new());
    }
    let secret = match &settings.secret {
        Some(secret) => Zeroizing::new(secret.expose().to_owned()),
        None => own_secret(database).await?,
    };
    let hook = |url: &config::HttpUrl| {
        let hook = Hook::new(url.as_str(), &secret);
        hook.map_err(|error| ServiceError::Hook(format!("hooks: {error}")))
    };
    settings.urls.iter().map(hook).collect()
}

/// A secret drawn once, for operators who have set none.
async fn own_secret(database: &Database) -> Result<Zeroizing<String>, ServiceError> {
    if database.secret(SECRET).await?.is_none() {
        let mut bytes = Zeroizing::new([0; 32]);
        SysRng
            .try_fill_bytes(&mut *bytes)
            .map_err(|_| jose_core::Error::RandomnessFailed)?;
        let mut text = Zeroizing::new(String::with_capacity(64));
        base64url::encode_to(&*bytes, &mut text);
        // If another process was faster, its secret counts.
        database.insert_secret(SECRET, text.as_bytes()).await?;
    }
    let kept = database.secret(SECRET).await?.unwrap_or_default();
    let text = String::from_utf8(kept.to_vec());
    let broken = |_| ServiceError::Hook("the secret of hooks cannot be read".to_owned());
    text.map(Zeroizing::new).map_err(broken)
}
