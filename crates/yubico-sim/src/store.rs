//! What the provider keeps: shipments with their sealed responses, and digests
//! of the requests it has served. No PIN, challenge or credential is ever among
//! it in the clear.

use core::fmt;
use core::future::{Future, ready};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use prereg_types::shipment::{ProductData, ShipmentState};
use prereg_types::{Jti, Serial, ShipmentId, Timestamp};
use sha2::{Digest, Sha256};

/// A shipment as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredShipment {
    /// Its id.
    pub id: ShipmentId,
    /// Where it stands.
    pub state: ShipmentState,
    /// Per shipment item, what came out of programming each of its keys.
    pub items: Vec<Vec<ProductData>>,
}

/// A shipment that comes to be, with all that must be recorded at once.
#[derive(Clone, Debug)]
pub struct NewShipment {
    /// The shipment.
    pub shipment: StoredShipment,
    /// The requests it has used up.
    pub seen: Vec<SeenRequest>,
    /// The serial numbers it has used up. A fault may report others.
    pub serials: Vec<Serial>,
}

/// A request that must not be served again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenRequest {
    /// SHA-256 of its `jti`.
    pub digest: [u8; 32],
    /// Its `exp`: after that it is refused for its age.
    pub expires: Timestamp,
}

/// Why the store did not do it. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreError {
    /// One of the requests was seen before.
    RequestSeen,
    /// The shipment id or a serial number is in use.
    Taken,
    /// The store cannot be reached.
    Unavailable,
}

/// Where the provider keeps its records. Each method is one transaction.
pub trait ProviderStore: Send + Sync {
    /// Adds a shipment, its seen requests and its serial numbers: all or none.
    ///
    /// # Errors
    /// [`StoreError::RequestSeen`] also where two requests of the shipment are
    /// the same one, [`StoreError::Taken`], [`StoreError::Unavailable`].
    fn insert(&self, new: NewShipment) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A shipment.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn shipment(
        &self,
        id: &ShipmentId,
    ) -> impl Future<Output = Result<Option<StoredShipment>, StoreError>> + Send;

    /// Moves a shipment from one state to another, unless it is in a third one
    /// by now. Gives whether it moved.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn set_state(
        &self,
        id: &ShipmentId,
        from: ShipmentState,
        to: ShipmentState,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Empties a shipment of its product data; id and state stay, and so do
    /// seen requests and serial numbers. Gives whether there is such a shipment.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn purge(&self, id: &ShipmentId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Forgets seen requests that have expired by `now`. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    fn forget_expired(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;
}

/// A store in memory, for tests and demonstrations.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    shipments: HashMap<ShipmentId, StoredShipment>,
    seen: HashMap<[u8; 32], Timestamp>,
    serials: HashSet<Serial>,
}

impl SeenRequest {
    /// The record of a request.
    pub fn new(jti: &Jti, expires: Timestamp) -> Self {
        Self {
            digest: Sha256::digest(jti.as_str().as_bytes()).into(),
            expires,
        }
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic of another thread cannot have left a transaction half done: each
    /// changes the tables only after its checks.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProviderStore for MemoryStore {
    fn insert(&self, new: NewShipment) -> impl Future<Output = Result<(), StoreError>> + Send {
        ready(self.tables().insert(new))
    }

    fn shipment(
        &self,
        id: &ShipmentId,
    ) -> impl Future<Output = Result<Option<StoredShipment>, StoreError>> + Send {
        ready(Ok(self.tables().shipments.get(id).cloned()))
    }

    fn set_state(
        &self,
        id: &ShipmentId,
        from: ShipmentState,
        to: ShipmentState,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        let mut tables = self.tables();
        let found = tables.shipments.get_mut(id);
        let moved = found.filter(|shipment| shipment.state == from);
        ready(Ok(moved.map(|shipment| shipment.state = to).is_some()))
    }

    fn purge(&self, id: &ShipmentId) -> impl Future<Output = Result<bool, StoreError>> + Send {
        let mut tables = self.tables();
        let found = tables.shipments.get_mut(id);
        ready(Ok(found
            .map(|shipment| shipment.items.iter_mut().for_each(Vec::clear))
            .is_some()))
    }

    fn forget_expired(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send {
        let mut tables = self.tables();
        let before = tables.seen.len();
        tables.seen.retain(|_, expires| *expires > now);
        ready(Ok(before - tables.seen.len()))
    }
}

impl Tables {
    fn insert(&mut self, new: NewShipment) -> Result<(), StoreError> {
        let mut digests = HashSet::new();
        let fresh = |seen: &SeenRequest| {
            !self.seen.contains_key(&seen.digest) && digests.insert(seen.digest)
        };
        if !new.seen.iter().all(fresh) {
            return Err(StoreError::RequestSeen);
        }
        let mut serials = HashSet::new();
        let free = new
            .serials
            .iter()
            .all(|serial| !self.serials.contains(serial) && serials.insert(serial));
        if self.shipments.contains_key(&new.shipment.id) || !free {
            return Err(StoreError::Taken);
        }
        let seen = new.seen.iter().map(|seen| (seen.digest, seen.expires));
        self.seen.extend(seen);
        self.serials.extend(new.serials);
        self.shipments.insert(new.shipment.id.clone(), new.shipment);
        Ok(())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RequestSeen => "a request was seen before",
            Self::Taken => "a shipment id or serial number is in use",
            Self::Unavailable => "the provider's store does not answer",
        })
    }
}

impl core::error::Error for StoreError {}
