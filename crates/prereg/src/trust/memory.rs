//! The last keys that an address gave, for a start while it does not answer.

use jose_core::jwk::{JwkSet, PublicJwk};
use prereg_types::Timestamp;
use relying_party::clock::Clock as _;
use serde::{Deserialize, Serialize};

use super::{Source, TrustError, keys};
use crate::clock::SystemClock;
use crate::store::Database;

/// The name among the sealed values of the server: sealed not to hide it but
/// because nobody who writes to the file may slip keys in.
const NAME: &str = "trust.jwks";

#[derive(Serialize, Deserialize)]
struct Kept {
    url: String,
    /// In seconds since 1970.
    read: u64,
    jwks: String,
}

/// Remembers keys of an address; those of other sources are where they were.
pub(super) async fn keep(database: &Database, source: &Source, keys: &JwkSet<PublicJwk>) {
    let Source::Url { url, .. } = source else {
        return;
    };
    let kept = Kept {
        url: url.as_str().to_owned(),
        read: SystemClock.now().seconds(),
        jwks: keys.to_json(),
    };
    let Ok(text) = serde_json::to_vec(&kept) else {
        return;
    };
    if let Err(error) = database.replace_secret(NAME, &text).await {
        tracing::warn!(%error, "the pinned keys cannot be remembered for the next start");
    }
}

/// The keys that this address gave last.
///
/// # Errors
/// `why` the address gives none now, where there are none to fall back on.
pub(super) async fn recall(
    database: &Database,
    source: &Source,
    why: &str,
) -> Result<JwkSet<PublicJwk>, TrustError> {
    let missing = || TrustError::Source(why.to_owned());
    let Source::Url { url, .. } = source else {
        return Err(missing());
    };
    let text = database.secret(NAME).await.ok().flatten();
    let text = text.ok_or_else(missing)?;
    let kept: Kept = serde_json::from_slice(&text).map_err(|_| missing())?;
    if kept.url != url.as_str() {
        return Err(missing());
    }
    let keys = keys::parse(kept.jwks.as_bytes()).map_err(|_| missing())?;
    let read = Timestamp::from_seconds(kept.read);
    tracing::warn!(why, ?read, "the signing keys read last are pinned");
    Ok(keys)
}
