//! The provider: keys, shipments, and everything between a request and a parcel.

mod fulfill;
mod key_use;
mod keys;
mod shipments;
mod turns;

use core::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use authenticator::attestation::{AttestationBatch, AttestationIssuer};
use authenticator::{Model, model};
use jose_core::Backend;
use jose_core::jwk::{JwkSet, PrivateJwk, PublicJwk};
use prereg_types::Timestamp;
use rand_core::TryCryptoRng;

pub use key_use::SignIn;
pub use keys::ProviderKeys;
pub use shipments::Ticked;

use crate::fault::Fault;
use crate::progress::Progression;
use crate::store::{ProviderState, ProviderStore, StoreError};
use crate::{Error, PinPolicy, Seed, SigningKeys, TransportKeys, signing_keys};
use turns::Turns;

/// How a provider works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it can ship: for each product the first model that has its number.
    /// Each is one of [`model::ALL`].
    pub models: Vec<Model>,
    /// How it draws PINs.
    pub pin_policy: PinPolicy,
    /// How far ahead `exp` of a request may lie, in seconds: so long its `jti`
    /// has to be remembered.
    pub longest_request: u64,
    /// How far ahead `iat` of a request may lie, in seconds.
    pub clock_skew: u64,
    /// What moves its shipments.
    pub progression: Progression,
    /// How long after delivery the sealed responses are kept, in seconds, for
    /// orchestrators that poll seldom; see [`Provider::tick`].
    pub keep_responses: u64,
    /// The implementation of the curve.
    pub backend: Backend,
}

/// A fulfillment provider: takes shipments, programs one key per PIN request,
/// answers, and forgets. `Send + Sync`; every method takes `&self`.
///
/// PINs, challenges and credentials exist in memory while a shipment is being
/// created, and are wiped before that returns. What the store keeps of them is
/// sealed to the relying party.
///
/// The keys that it has made are in the store too, but are no records of the
/// provider: once a shipment is delivered they are in a person's hands, and the
/// methods that use them ([`Self::authenticate`] and its kin) play that person.
pub struct Provider<S> {
    settings: Settings,
    transport: RwLock<Arc<TransportKeys>>,
    signing: RwLock<Arc<SigningKeys>>,
    issuer: AttestationIssuer,
    batches: Vec<Batch>,
    /// When the batches were made, in seconds since 1970.
    made: u64,
    seed: Seed,
    /// Signs under [`Fault::UnpinnedSigningKey`].
    unpinned: PrivateJwk,
    fault: Option<Fault>,
    /// The revision that the store has of the provider's keys.
    revision: Mutex<Option<u64>>,
    turns: Turns,
    store: S,
}

struct Batch {
    model: Model,
    attestation: Arc<AttestationBatch>,
}

impl Default for Settings {
    /// Every model there is, PINs of digits, requests of at most 366 days, five
    /// minutes of clock skew, shipments that are stepped by hand, and responses
    /// kept for a week.
    fn default() -> Self {
        Self {
            models: model::ALL.to_vec(),
            pin_policy: PinPolicy::default(),
            longest_request: 366 * 86_400,
            clock_skew: 300,
            progression: Progression::default(),
            keep_responses: 7 * 86_400,
            backend: Backend::default(),
        }
    }
}

impl<S: ProviderStore> Provider<S> {
    /// A provider with these keys, which makes one batch of attestation
    /// certificates for each of its models. The same keys make the same batches.
    ///
    /// The keys are not put into the store; [`Self::open`] and
    /// [`Self::save_keys`] do that.
    ///
    /// # Errors
    /// [`Error::Crypto`] or [`Error::Attestation`].
    pub fn new(settings: Settings, keys: ProviderKeys, store: S) -> Result<Self, Error> {
        let mut provider = Self {
            settings,
            transport: RwLock::new(Arc::new(keys.transport)),
            signing: RwLock::new(Arc::new(keys.signing)),
            issuer: keys.issuer,
            batches: Vec::new(),
            made: keys.made,
            unpinned: signing_keys::draw(0, &mut keys.seed.stream("unpinned", 0))?,
            seed: keys.seed,
            fault: None,
            revision: Mutex::default(),
            turns: Turns::default(),
            store,
        };
        for model in provider.settings.models.clone() {
            let attestation = provider.issue_batch(&model, None)?;
            provider.batches.push(Batch { model, attestation });
        }
        Ok(provider)
    }

    /// The provider whose keys the store has; if it has none, a new provider,
    /// whose keys are put there.
    ///
    /// # Errors
    /// Those of [`Self::new`], [`Error::Store`], and [`Error::Kept`] where the
    /// store's keys cannot be read.
    pub async fn open<R: TryCryptoRng + Send + ?Sized>(
        settings: Settings,
        store: S,
        now: Timestamp,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let mut kept = store.provider().await?;
        if kept.is_none() {
            let new = ProviderKeys::generate(settings.backend, now, rng)?.export();
            // If another process was faster, its keys count.
            store.save_provider(None, new).await?;
            kept = store.provider().await?;
        }
        let missing = || StoreError::Unavailable("the provider's keys were not kept".to_owned());
        let (state, revision) = kept.ok_or_else(missing)?;
        let keys = ProviderKeys::import(&state, settings.backend)?;
        let provider = Self::new(settings, keys, store)?;
        provider.set_revision(Some(revision));
        Ok(provider)
    }

    /// The same provider, committing this fault in every shipment that does not
    /// ask for another.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// The fault that it commits.
    pub const fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// `GET /.well-known/yubico-transport-keys.jwks`: orchestrators pick one.
    pub fn transport_jwks(&self) -> JwkSet<PublicJwk> {
        self.transport().jwks()
    }

    /// `GET /.well-known/yubico-sign.jwks`: orchestrators pass all of them on.
    pub fn signing_jwks(&self) -> JwkSet<PublicJwk> {
        self.signing_jwks_under(self.fault)
    }

    /// The signing keys as published while a fault is committed: under
    /// [`Fault::UnpinnedSigningKey`] there is one more.
    pub fn signing_jwks_under(&self, fault: Option<Fault>) -> JwkSet<PublicJwk> {
        let jwks = self.signing().jwks();
        if fault != Some(Fault::UnpinnedSigningKey) {
            return jwks;
        }
        let mut keys = jwks.keys().to_vec();
        keys.push(self.unpinned.public().clone());
        // The kid holds a piece of the thumbprint, so the set takes it.
        JwkSet::new(keys).unwrap_or(jwks)
    }

    /// The root certificate in DER that vouches for the provider's keys.
    pub fn trust_anchor(&self) -> &[u8] {
        self.issuer.trust_anchor()
    }

    /// Changes the transport keys: [`TransportKeys::rotate`], then perhaps
    /// [`TransportKeys::withdraw`]. What is under way keeps the keys it began
    /// with. [`Self::save_keys`] makes it last.
    pub fn update_transport_keys<T>(&self, update: impl FnOnce(&mut TransportKeys) -> T) -> T {
        let mut guard = self
            .transport
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        update(Arc::make_mut(&mut guard))
    }

    /// Changes the signing keys: [`SigningKeys::rotate`]. [`Self::save_keys`]
    /// makes it last.
    pub fn update_signing_keys<T>(&self, update: impl FnOnce(&mut SigningKeys) -> T) -> T {
        let mut guard = self.signing.write().unwrap_or_else(PoisonError::into_inner);
        update(Arc::make_mut(&mut guard))
    }

    /// The keys as they are now, for [`ProviderKeys::import`].
    pub fn export_keys(&self) -> ProviderState {
        let (transport, signing) = (self.transport(), self.signing());
        keys::export(&transport, &signing, &self.issuer, &self.seed, self.made)
    }

    /// Puts the keys into the store as they are now.
    ///
    /// # Errors
    /// [`Error::KeysChanged`] where another process has put other keys there
    /// since they were read, [`Error::Store`].
    pub async fn save_keys(&self) -> Result<(), Error> {
        let revision = *self.revision.lock().unwrap_or_else(PoisonError::into_inner);
        if !self
            .store
            .save_provider(revision, self.export_keys())
            .await?
        {
            return Err(Error::KeysChanged);
        }
        self.set_revision(Some(revision.map_or(0, |revision| revision + 1)));
        Ok(())
    }

    /// Where the records are.
    pub const fn store(&self) -> &S {
        &self.store
    }

    fn set_revision(&self, revision: Option<u64>) {
        *self.revision.lock().unwrap_or_else(PoisonError::into_inner) = revision;
    }

    fn transport(&self) -> Arc<TransportKeys> {
        let guard = self
            .transport
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&guard)
    }

    fn signing(&self) -> Arc<SigningKeys> {
        let guard = self.signing.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&guard)
    }
}

/// Shows what the provider is, never what it keeps.
impl<S> fmt::Debug for Provider<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("settings", &self.settings)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}
