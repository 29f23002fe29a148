//! A store in memory that fails when it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};

use prereg_types::{Serial, ShipmentId, Timestamp};
use yubico_sim::store::{
    KeyRecord, KeyState, NewShipment, ProviderState, ShipmentSummary, StoreError, StoredKey,
    StoredShipment,
};
use yubico_sim::{MemoryStore, Progress, ProviderStore};

pub(crate) struct FlakyStore {
    inner: MemoryStore,
    /// How many of the next inserts fail, and how.
    bad_inserts: AtomicUsize,
    error: StoreError,
    /// How many of the next keys are kept; the others are not.
    good_saves: AtomicUsize,
}

impl FlakyStore {
    pub(crate) fn that_refuses_inserts(count: usize, error: StoreError) -> Self {
        Self {
            inner: MemoryStore::new(),
            bad_inserts: AtomicUsize::new(count),
            error,
            good_saves: AtomicUsize::new(usize::MAX),
        }
    }

    pub(crate) fn that_saves(count: usize) -> Self {
        Self {
            good_saves: AtomicUsize::new(count),
            ..Self::that_refuses_inserts(0, Self::away())
        }
    }

    pub(crate) fn away() -> StoreError {
        StoreError::Unavailable("it is away".to_owned())
    }
}

/// Whether there was one left.
fn take(left: &AtomicUsize) -> bool {
    let one_less = |left: usize| left.checked_sub(1);
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
        .is_ok()
}

impl ProviderStore for FlakyStore {
    async fn insert(&self, new: NewShipment) -> Result<(), StoreError> {
        if take(&self.bad_inserts) {
            return Err(self.error.clone());
        }
        self.inner.insert(new).await
    }

    async fn save_key(
        &self,
        serial: &Serial,
        revision: u64,
        state: KeyState,
    ) -> Result<bool, StoreError> {
        if !take(&self.good_saves) {
            return Err(Self::away());
        }
        self.inner.save_key(serial, revision, state).await
    }

    async fn shipment(&self, id: &ShipmentId) -> Result<Option<StoredShipment>, StoreError> {
        self.inner.shipment(id).await
    }

    async fn shipments(
        &self,
        offset: usize,
        limit: usize,
    ) -> Result<(Vec<ShipmentSummary>, usize), StoreError> {
        self.inner.shipments(offset, limit).await
    }

    async fn set_progress(
        &self,
        id: &ShipmentId,
        revision: u64,
        progress: Progress,
    ) -> Result<bool, StoreError> {
        self.inner.set_progress(id, revision, progress).await
    }

    async fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<ShipmentId>, StoreError> {
        self.inner.due(before, limit).await
    }

    async fn purge(&self, id: &ShipmentId) -> Result<bool, StoreError> {
        self.inner.purge(id).await
    }

    async fn purge_delivered(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.inner.purge_delivered(before).await
    }

    async fn forget_expired(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.inner.forget_expired(now).await
    }

    async fn key(&self, serial: &Serial) -> Result<Option<StoredKey>, StoreError> {
        self.inner.key(serial).await
    }

    async fn keys(
        &self,
        after: Option<&Serial>,
        limit: usize,
    ) -> Result<Vec<KeyRecord>, StoreError> {
        self.inner.keys(after, limit).await
    }

    async fn keys_of(&self, shipment: &ShipmentId) -> Result<Vec<KeyRecord>, StoreError> {
        self.inner.keys_of(shipment).await
    }

    async fn provider(&self) -> Result<Option<(ProviderState, u64)>, StoreError> {
        self.inner.provider().await
    }

    async fn save_provider(
        &self,
        revision: Option<u64>,
        state: ProviderState,
    ) -> Result<bool, StoreError> {
        self.inner.save_provider(revision, state).await
    }
}
