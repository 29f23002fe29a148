//! Whose signing keys count: the provider's, pinned.
//!
//! The keys come from the simulated provider of the same process, from a file or
//! from an address, and may change while the server runs: now and then they are
//! read again, and also when a response is signed by one that is not known. Who
//! sends such responses cannot make us read more often than the cool-down says.

mod keys;
mod memory;
mod roots;
mod source;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jose_core::jwk::{JwkSet, PublicJwk};
use relying_party::{Policy, PolicyError, RelyingParty, TrustPolicy};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::store::Database;

pub(crate) use roots::attestation_roots;
pub(crate) use source::Source;

/// The relying party of this program.
pub(crate) type Party = RelyingParty<Database, SystemClock>;

/// How often keys are read again without a reason.
const REFRESH: Duration = Duration::from_hours(1);
/// The shortest time between two readings that cost nobody anything.
const OWN_COOLDOWN: Duration = Duration::from_secs(1);

/// The relying party, with the keys that count now.
pub(crate) struct Trust {
    party: Arc<ArcSwap<Party>>,
    database: Database,
    policy: Policy,
    source: Source,
    cooldown: Duration,
    /// When keys were last asked for; held while they are, so that many who meet
    /// an unknown key at a time ask once.
    last: Mutex<Instant>,
}

/// Why no relying party can be had, or no other one.
#[derive(Debug)]
pub(crate) enum TrustError {
    /// No keys were found where they should be: where, and why.
    Source(String),
    /// Keys were found that cannot count.
    Keys { origin: String, why: PolicyError },
    /// An attestation root that is none: which file, and why.
    Root(String),
}

impl Trust {
    /// Reads the keys and makes a relying party that trusts them. Of the policy
    /// everything counts but its trust.
    ///
    /// Where an address does not answer, the last keys that it gave are used.
    ///
    /// # Errors
    /// [`TrustError`].
    pub(crate) async fn open(
        source: Source,
        policy: Policy,
        database: Database,
    ) -> Result<Self, TrustError> {
        let trust = match source.read().await {
            Ok(Some(keys)) => {
                memory::keep(&database, &source, &keys).await;
                TrustPolicy::Pinned(keys)
            }
            Ok(None) => {
                tracing::warn!(
                    "any signing key is accepted: callers can make responses of their own \
                     (trust.mode = accept-any); never do this where keys are real"
                );
                TrustPolicy::AcceptAnySigningKey
            }
            Err(why) => TrustPolicy::Pinned(memory::recall(&database, &source, &why).await?),
        };
        let party = party(&policy, trust, &database, &source)?;
        Ok(Self {
            party: Arc::new(ArcSwap::from_pointee(party)),
            cooldown: source.cooldown().unwrap_or(OWN_COOLDOWN),
            database,
            policy,
            source,
            last: Mutex::new(Instant::now()),
        })
    }

    /// The relying party, as it is at each moment.
    pub(crate) fn party(&self) -> Arc<ArcSwap<Party>> {
        Arc::clone(&self.party)
    }

    /// Reads the keys again, unless they were read a moment ago. True where
    /// other keys count now than before: whoever met an unknown key may try
    /// again.
    pub(crate) async fn meet_unknown_key(&self) -> bool {
        let seen = self.party.load_full();
        let mut last = self.last.lock().await;
        if !Arc::ptr_eq(&seen, &self.party.load()) {
            // Somebody else has read them while we waited.
            return true;
        }
        if last.elapsed() < self.cooldown {
            return false;
        }
        *last = Instant::now();
        self.refresh().await
    }

    /// Reads the keys now and then, until `stop`: a key that the provider has
    /// withdrawn must not count for ever.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(REFRESH) => {}
            }
            let mut last = self.last.lock().await;
            *last = Instant::now();
            self.refresh().await;
        }
    }

    /// Reads the keys. What cannot be read or cannot count changes nothing.
    async fn refresh(&self) -> bool {
        let changed = self.read_again().await;
        let outcome = match &changed {
            Ok(true) => "changed",
            Ok(false) => "same",
            Err(error) => {
                tracing::warn!(%error, "the keys that were pinned before stay pinned");
                "failed"
            }
        };
        metrics::counter!("prereg_trust_refreshes_total", "outcome" => outcome).increment(1);
        changed.unwrap_or(false)
    }

    async fn read_again(&self) -> Result<bool, TrustError> {
        let Some(keys) = self.source.read().await.map_err(TrustError::Source)? else {
            return Ok(false);
        };
        if let TrustPolicy::Pinned(before) = &self.party.load().policy().trust
            && keys::are_same(before, &keys)
        {
            return Ok(false);
        }
        let trust = TrustPolicy::Pinned(keys.clone());
        let party = party(&self.policy, trust, &self.database, &self.source)?;
        memory::keep(&self.database, &self.source, &keys).await;
        self.party.store(Arc::new(party));
        Ok(true)
    }
}

fn party(
    policy: &Policy,
    trust: TrustPolicy,
    database: &Database,
    source: &Source,
) -> Result<Party, TrustError> {
    let policy = Policy {
        trust,
        ..policy.clone()
    };
    let party = RelyingParty::new(database.clone(), SystemClock, policy);
    let party = party.map_err(|why| TrustError::Keys {
        origin: source.to_string(),
        why,
    })?;
    if let TrustPolicy::Pinned(keys) = &party.policy().trust {
        let number = u32::try_from(keys.keys().len()).unwrap_or(u32::MAX);
        metrics::gauge!("prereg_pinned_keys").set(f64::from(number));
        tracing::info!(%source, keys = ?kids(keys), "signing keys are pinned");
    }
    Ok(party)
}

fn kids(keys: &JwkSet<PublicJwk>) -> Vec<&str> {
    let kids = keys.keys().iter().filter_map(PublicJwk::kid);
    kids.collect()
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(why) | Self::Root(why) => f.write_str(why),
            Self::Keys { origin, why } => write!(f, "{origin}: {why}"),
        }
    }
}

impl std::error::Error for TrustError {}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
