//! The store: transactions are all or nothing, and a lost draw is made again.

use core::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};

use jose_core::Backend;
use pollster::block_on;
use prereg_types::shipment::ShipmentState;
use prereg_types::{Jti, Serial, ShipmentId, Timestamp};
use yubico_sim::store::{NewShipment, SeenRequest, StoreError, StoredShipment};
use yubico_sim::{Error, MemoryStore, Provider, ProviderKeys, ProviderStore, Seed, Settings};

use crate::NOW;
use crate::enroll_call::EnrollCall;

fn new(id: &str, jtis: &[&str], serials: &[&str]) -> NewShipment {
    let seen = |jti: &&str| SeenRequest::new(&Jti::parse(jti).unwrap(), NOW);
    NewShipment {
        shipment: StoredShipment {
            id: ShipmentId::parse(id).unwrap(),
            state: ShipmentState::ACCEPTED,
            items: Vec::new(),
        },
        seen: jtis.iter().map(seen).collect(),
        serials: serials
            .iter()
            .map(|serial| Serial::parse(serial).unwrap())
            .collect(),
    }
}

#[test]
fn an_insert_that_is_refused_leaves_nothing_behind() {
    let store = MemoryStore::new();
    block_on(store.insert(new("a", &["1", "2"], &["10"]))).unwrap();
    for (refused, error) in [
        (new("b", &["3", "1"], &["11"]), StoreError::RequestSeen),
        (new("b", &["3", "3"], &["11"]), StoreError::RequestSeen),
        (new("a", &["3"], &["11"]), StoreError::Taken),
        (new("b", &["3"], &["11", "10"]), StoreError::Taken),
        (new("b", &["3"], &["11", "11"]), StoreError::Taken),
    ] {
        assert_eq!(block_on(store.insert(refused)), Err(error));
    }
    assert_eq!(block_on(store.insert(new("b", &["3"], &["11"]))), Ok(()));
}

#[test]
fn a_state_changes_only_from_the_one_it_was_read_in() {
    let store = MemoryStore::new();
    block_on(store.insert(new("a", &[], &[]))).unwrap();
    let id = ShipmentId::parse("a").unwrap();
    let (accepted, shipped) = (ShipmentState::ACCEPTED, ShipmentState::SHIPPED);
    assert_eq!(block_on(store.set_state(&id, shipped, accepted)), Ok(false));
    assert_eq!(block_on(store.set_state(&id, accepted, shipped)), Ok(true));
    assert_eq!(block_on(store.set_state(&id, accepted, shipped)), Ok(false));
}

/// Answers the first inserts with one error, then does as it should.
struct Unlucky {
    inner: MemoryStore,
    left: AtomicUsize,
    error: StoreError,
}

impl ProviderStore for Unlucky {
    async fn insert(&self, new: NewShipment) -> Result<(), StoreError> {
        let take = |left: usize| left.checked_sub(1);
        let spent = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        match spent {
            Ok(_) => Err(self.error),
            Err(_) => self.inner.insert(new).await,
        }
    }

    fn shipment(
        &self,
        id: &ShipmentId,
    ) -> impl Future<Output = Result<Option<StoredShipment>, StoreError>> + Send {
        self.inner.shipment(id)
    }

    fn set_state(
        &self,
        id: &ShipmentId,
        from: ShipmentState,
        to: ShipmentState,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        self.inner.set_state(id, from, to)
    }

    fn purge(&self, id: &ShipmentId) -> impl Future<Output = Result<bool, StoreError>> + Send {
        self.inner.purge(id)
    }

    fn forget_expired(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send {
        self.inner.forget_expired(now)
    }
}

/// The shipment id of one shipment at a provider whose store fails so often.
fn shipment_id(failures: usize, error: StoreError) -> Result<ShipmentId, Error> {
    let seed = Seed::from_text("unlucky");
    let mut rng = seed.stream("provider keys", 0);
    let keys = ProviderKeys::generate(Backend::default(), NOW, &mut rng).unwrap();
    let store = Unlucky {
        inner: MemoryStore::new(),
        left: AtomicUsize::new(failures),
        error,
    };
    let provider = Provider::new(Settings::default(), keys, store, NOW, &mut rng).unwrap();
    let body = EnrollCall::new("unlucky", &["acme.example"]).shipment(&provider.transport_jwks());
    let mut rng = seed.stream("shipment", 0);
    let created = block_on(provider.create_shipment(&body, NOW, &mut rng))?;
    block_on(provider.shipment(&created.shipment_id))?;
    Ok(created.shipment_id)
}

#[test]
fn a_serial_number_in_use_is_drawn_again() {
    let lucky = shipment_id(0, StoreError::Taken).unwrap();
    assert_ne!(shipment_id(1, StoreError::Taken).unwrap(), lucky);
    let never = shipment_id(100, StoreError::Taken);
    assert_eq!(never, Err(Error::Store(StoreError::Taken)));
}

#[test]
fn a_store_that_is_away_is_the_providers_fault() {
    let error = shipment_id(1, StoreError::Unavailable).unwrap_err();
    assert_eq!(error, Error::Store(StoreError::Unavailable));
    assert_eq!(error.kind(), yubico_sim::ErrorKind::Internal);
}
