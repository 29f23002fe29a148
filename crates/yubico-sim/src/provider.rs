//! The provider: keys, shipments, and everything between a request and a parcel.

mod fulfill;

use core::fmt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use authenticator::attestation::{AttestationBatch, AttestationIssuer};
use authenticator::{Model, SecurityKey, model};
use jose_core::Backend;
use jose_core::jwk::{JwkSet, PrivateJwk, PublicJwk};
use prereg_types::shipment::{
    CreateShipment, Shipment, ShipmentCreated, ShipmentState, ShippedItem, StateBody,
};
use prereg_types::{ShipmentId, Timestamp};
use rand_core::TryCryptoRng;

use crate::fault::Fault;
use crate::store::{ProviderStore, StoreError, StoredShipment};
use crate::{
    Error, PinPolicy, RequestRefusal, Seed, SigningKeys, TransportKeys, shipment, signing_keys,
};

/// How a provider works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it can ship: for each product the first model that has its number.
    pub models: Vec<Model>,
    /// How it draws PINs.
    pub pin_policy: PinPolicy,
    /// How far ahead `exp` of a request may lie, in seconds: so long its `jti`
    /// has to be remembered.
    pub longest_request: u64,
    /// How far ahead `iat` of a request may lie, in seconds.
    pub clock_skew: u64,
    /// The implementation of the curve.
    pub backend: Backend,
}

/// The keys that a provider cannot do without.
#[derive(Debug)]
pub struct ProviderKeys {
    /// What requests are encrypted to.
    pub transport: TransportKeys,
    /// What responses are signed with.
    pub signing: SigningKeys,
    /// Who vouches for the security keys.
    pub issuer: AttestationIssuer,
}

/// A fulfillment provider: takes shipments, programs one key per PIN request,
/// answers, and forgets. `Send + Sync`; every method takes `&self`.
///
/// PINs, challenges and credentials exist in memory while a shipment is being
/// created, and are wiped before that returns. What the store keeps is sealed
/// to the relying party.
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
    /// The keys themselves, until they are handed over. They are things, not
    /// records: a store has no part in them.
    parcels: Mutex<HashMap<ShipmentId, Vec<SecurityKey>>>,
    store: S,
}

struct Batch {
    model: Model,
    attestation: Arc<AttestationBatch>,
}

impl Default for Settings {
    /// Every model there is, PINs of digits, requests of at most 366 days, five
    /// minutes of clock skew.
    fn default() -> Self {
        Self {
            models: model::ALL.to_vec(),
            pin_policy: PinPolicy::default(),
            longest_request: 366 * 86_400,
            clock_skew: 300,
            backend: Backend::default(),
        }
    }
}

impl ProviderKeys {
    /// Draws three transport keys, two signing keys and an attestation issuer.
    ///
    /// # Errors
    /// [`Error::Crypto`] or [`Error::Attestation`].
    pub fn generate<R: TryCryptoRng + ?Sized>(
        backend: Backend,
        now: Timestamp,
        rng: &mut R,
    ) -> Result<Self, Error> {
        Ok(Self {
            transport: TransportKeys::generate(3, backend, rng)?,
            signing: SigningKeys::generate(2, rng)?,
            issuer: AttestationIssuer::generate(rng, issued(now))?,
        })
    }
}

impl<S: ProviderStore> Provider<S> {
    /// A provider with these keys. Makes one batch of attestation certificates
    /// for each of its models, valid from a day before `now`.
    ///
    /// # Errors
    /// [`Error::Crypto`] or [`Error::Attestation`].
    pub fn new<R: TryCryptoRng + ?Sized>(
        settings: Settings,
        keys: ProviderKeys,
        store: S,
        now: Timestamp,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let seed = Seed::generate(rng)?;
        let unpinned = signing_keys::draw(0, &mut seed.stream("unpinned", 0))?;
        let mut provider = Self {
            settings,
            transport: RwLock::new(Arc::new(keys.transport)),
            signing: RwLock::new(Arc::new(keys.signing)),
            issuer: keys.issuer,
            batches: Vec::new(),
            made: issued(now),
            seed,
            unpinned,
            fault: None,
            parcels: Mutex::default(),
            store,
        };
        for model in provider.settings.models.clone() {
            let attestation = provider.issue_batch(&model, None)?;
            provider.batches.push(Batch { model, attestation });
        }
        Ok(provider)
    }

    /// The same provider, committing this fault in every shipment.
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
    /// [`TransportKeys::withdraw`]. What is under way keeps the keys it began with.
    pub fn update_transport_keys<T>(&self, update: impl FnOnce(&mut TransportKeys) -> T) -> T {
        let mut guard = self
            .transport
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        update(Arc::make_mut(&mut guard))
    }

    /// Changes the signing keys: [`SigningKeys::rotate`].
    pub fn update_signing_keys<T>(&self, update: impl FnOnce(&mut SigningKeys) -> T) -> T {
        let mut guard = self.signing.write().unwrap_or_else(PoisonError::into_inner);
        update(Arc::make_mut(&mut guard))
    }

    /// `POST /v1/fpr/shipments`: opens the requests, programs the keys and seals
    /// the responses, which show once the shipment is sent off.
    ///
    /// All randomness comes from one draw from `rng`.
    ///
    /// # Errors
    /// [`Error::Request`] for the first request that is not acceptable, and the
    /// provider's own failures. Nothing is changed then.
    pub async fn create_shipment<R: TryCryptoRng + Send + ?Sized>(
        &self,
        body: &CreateShipment,
        now: Timestamp,
        rng: &mut R,
    ) -> Result<ShipmentCreated, Error> {
        self.create_shipment_under(self.fault, body, now, rng).await
    }

    /// The same, with a fault for this shipment only (or none).
    ///
    /// # Errors
    /// As [`Self::create_shipment`].
    pub async fn create_shipment_under<R: TryCryptoRng + Send + ?Sized>(
        &self,
        fault: Option<Fault>,
        body: &CreateShipment,
        now: Timestamp,
        rng: &mut R,
    ) -> Result<ShipmentCreated, Error> {
        let orders = shipment::open(&self.transport(), body, &self.settings, now)?;
        let seed = Seed::generate(rng)?;
        // Serial numbers are drawn, and one in some thousand millions is taken.
        for attempt in 0..4 {
            let seed = seed.child("attempt", attempt);
            let id = ShipmentId::generate(&mut seed.stream("shipment", 0))?;
            let state = body.initial_state();
            let (new, keys) = self.fulfill(&orders, (id.clone(), state), fault, now, &seed)?;
            match self.store.insert(new).await {
                Ok(()) => {
                    self.parcels().insert(id.clone(), keys);
                    return Ok(ShipmentCreated {
                        shipment_id: id,
                        shipment_state: StateBody::new(state),
                    });
                }
                Err(StoreError::Taken) => {}
                Err(StoreError::RequestSeen) => return Err(replayed()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Taken.into())
    }

    /// `GET /v1/fpr/shipments/{id}`: with product data once it is shipped.
    ///
    /// # Errors
    /// [`Error::UnknownShipment`] or [`Error::Store`].
    pub async fn shipment(&self, id: &ShipmentId) -> Result<Shipment, Error> {
        let stored = self.stored(id).await?;
        let shown = stored.state.has_product_data();
        let items = stored.items.into_iter().map(|keys| ShippedItem {
            product_data: if shown { keys } else { Vec::new() },
        });
        Ok(Shipment {
            shipment_id: stored.id,
            shipment_state: StateBody::new(stored.state),
            shipment_items: items.collect(),
        })
    }

    /// Moves a shipment one state on ([`shipment::next_state`]) and gives the
    /// state it is in then; a shipment at its end stays there.
    ///
    /// # Errors
    /// [`Error::UnknownShipment`] or [`Error::Store`].
    pub async fn advance(&self, id: &ShipmentId) -> Result<ShipmentState, Error> {
        loop {
            let state = self.stored(id).await?.state;
            let Some(next) = shipment::next_state(state) else {
                return Ok(state);
            };
            // Another thread may have moved it meanwhile; then look again.
            if self.store.set_state(id, state, next).await? {
                return Ok(next);
            }
        }
    }

    /// Puts a shipment into a state, such as one that calls mark-error.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub async fn divert(&self, id: &ShipmentId, state: ShipmentState) -> Result<(), Error> {
        loop {
            let now = self.stored(id).await?.state;
            if self.store.set_state(id, now, state).await? {
                return Ok(());
            }
        }
    }

    /// Hands the parcel over, once: the keys in the order of the request.
    ///
    /// # Errors
    /// [`Error::State`] before the shipment is sent off, [`Error::ParcelGone`]
    /// the second time and after [`Self::purge`].
    pub async fn deliver(&self, id: &ShipmentId) -> Result<Vec<SecurityKey>, Error> {
        let state = self.stored(id).await?.state;
        if !state.has_product_data() {
            return Err(Error::State(state));
        }
        self.parcels().remove(id).ok_or(Error::ParcelGone)
    }

    /// Forgets the sealed responses and the parcel too, after the orchestrator
    /// has fetched them. The shipment's state stays, and the digests of its
    /// requests stay until these expire, so that none can be served again.
    ///
    /// # Errors
    /// [`Error::UnknownShipment`] or [`Error::Store`].
    pub async fn purge(&self, id: &ShipmentId) -> Result<(), Error> {
        if !self.store.purge(id).await? {
            return Err(Error::UnknownShipment);
        }
        self.parcels().remove(id);
        Ok(())
    }

    /// Forgets the digests of requests that have expired; gives how many.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn forget_expired(&self, now: Timestamp) -> Result<usize, Error> {
        Ok(self.store.forget_expired(now).await?)
    }

    /// Where the records are.
    pub const fn store(&self) -> &S {
        &self.store
    }

    async fn stored(&self, id: &ShipmentId) -> Result<StoredShipment, Error> {
        self.store.shipment(id).await?.ok_or(Error::UnknownShipment)
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

    fn parcels(&self) -> MutexGuard<'_, HashMap<ShipmentId, Vec<SecurityKey>>> {
        self.parcels.lock().unwrap_or_else(PoisonError::into_inner)
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

/// A day back: relying parties' clocks may be behind.
const fn issued(now: Timestamp) -> u64 {
    now.seconds().saturating_sub(86_400)
}

fn replayed() -> Error {
    Error::Request {
        path: "shipment_items".to_owned(),
        refusal: RequestRefusal::Replayed,
    }
}
