//! The store that lasts as long as the process.

use core::future::{Future, ready};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prereg_types::shipment::ShipmentState;
use prereg_types::{Serial, ShipmentId, Timestamp};

use super::{
    KeyModel, KeyRecord, KeyState, NewShipment, ProviderState, ProviderStore, ShipmentSummary,
    StoreError, StoredKey, StoredShipment,
};
use crate::progress::Progress;

/// A store in memory, for tests and demonstrations; clones share the records.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<Tables>>);

#[derive(Debug, Default)]
struct Tables {
    /// In the order of insertion.
    order: Vec<ShipmentId>,
    shipments: HashMap<ShipmentId, StoredShipment>,
    seen: HashMap<[u8; 32], Timestamp>,
    /// In the order of insertion.
    key_order: Vec<Serial>,
    keys_of: HashMap<ShipmentId, Vec<Serial>>,
    keys: HashMap<Serial, Key>,
    provider: Option<(ProviderState, u64)>,
}

#[derive(Debug)]
struct Key {
    model: KeyModel,
    shipment: ShipmentId,
    position: u32,
    state: KeyState,
    revision: u64,
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

    fn shipments(
        &self,
        offset: usize,
        limit: usize,
    ) -> impl Future<Output = Result<(Vec<ShipmentSummary>, usize), StoreError>> + Send {
        let tables = self.tables();
        let page = tables.order.iter().rev().skip(offset).take(limit);
        let page = page.filter_map(|id| tables.summary(id)).collect();
        ready(Ok((page, tables.order.len())))
    }

    fn set_progress(
        &self,
        id: &ShipmentId,
        revision: u64,
        progress: Progress,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        let mut tables = self.tables();
        let found = tables.shipments.get_mut(id);
        let moved = found.filter(|shipment| shipment.revision == revision);
        ready(Ok(moved
            .map(|shipment| {
                shipment.progress = progress;
                shipment.revision += 1;
            })
            .is_some()))
    }

    fn due(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<ShipmentId>, StoreError>> + Send {
        let tables = self.tables();
        let shipments = tables.shipments.values();
        let mut due: Vec<_> = shipments
            .filter(|one| one.progress.is_timed() && one.progress.since <= before)
            .collect();
        due.sort_by_key(|one| one.progress.since);
        let due = due.into_iter().take(limit).map(|one| one.id.clone());
        ready(Ok(due.collect()))
    }

    fn purge(&self, id: &ShipmentId) -> impl Future<Output = Result<bool, StoreError>> + Send {
        let mut tables = self.tables();
        let found = tables.shipments.get_mut(id);
        ready(Ok(found.map(StoredShipment::empty).is_some()))
    }

    fn purge_delivered(
        &self,
        before: Timestamp,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send {
        let mut tables = self.tables();
        let old = |shipment: &&mut StoredShipment| {
            let progress = &shipment.progress;
            progress.state == ShipmentState::DELIVERED
                && progress.since <= before
                && shipment.items.iter().any(|item| !item.is_empty())
        };
        let old = tables.shipments.values_mut().filter(old);
        ready(Ok(old.map(StoredShipment::empty).count()))
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

    fn key(
        &self,
        serial: &Serial,
    ) -> impl Future<Output = Result<Option<StoredKey>, StoreError>> + Send {
        let tables = self.tables();
        let stored = || {
            let key = tables.keys.get(serial)?;
            Some(StoredKey {
                record: tables.record(serial)?,
                state: key.state.clone(),
                revision: key.revision,
            })
        };
        ready(Ok(stored()))
    }

    fn keys(
        &self,
        after: Option<&Serial>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<KeyRecord>, StoreError>> + Send {
        let tables = self.tables();
        let page = newest(&tables.key_order, after);
        ready(Ok(page
            .filter_map(|serial| tables.record(serial))
            .take(limit)
            .collect()))
    }

    fn keys_of(
        &self,
        shipment: &ShipmentId,
    ) -> impl Future<Output = Result<Vec<KeyRecord>, StoreError>> + Send {
        let tables = self.tables();
        let serials = tables.keys_of.get(shipment).into_iter().flatten();
        ready(Ok(serials
            .filter_map(|serial| tables.record(serial))
            .collect()))
    }

    fn save_key(
        &self,
        serial: &Serial,
        revision: u64,
        state: KeyState,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        let mut tables = self.tables();
        let found = tables.keys.get_mut(serial);
        let same = found.filter(|key| key.revision == revision);
        ready(Ok(same
            .map(|key| {
                key.state = state;
                key.revision += 1;
            })
            .is_some()))
    }

    fn provider(
        &self,
    ) -> impl Future<Output = Result<Option<(ProviderState, u64)>, StoreError>> + Send {
        ready(Ok(self.tables().provider.clone()))
    }

    fn save_provider(
        &self,
        revision: Option<u64>,
        state: ProviderState,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        let mut tables = self.tables();
        let kept = tables.provider.as_ref().map(|(_, revision)| *revision);
        if kept == revision {
            tables.provider = Some((state, revision.map_or(0, |revision| revision + 1)));
        }
        ready(Ok(kept == revision))
    }
}

impl Tables {
    fn insert(&mut self, new: NewShipment) -> Result<(), StoreError> {
        let mut digests = HashSet::new();
        let fresh = |seen: &super::SeenRequest| {
            !self.seen.contains_key(&seen.digest) && digests.insert(seen.digest)
        };
        if !new.seen.iter().all(fresh) {
            return Err(StoreError::RequestSeen);
        }
        let mut serials = HashSet::new();
        let free = new
            .keys
            .iter()
            .all(|key| !self.keys.contains_key(&key.serial) && serials.insert(&key.serial));
        if self.shipments.contains_key(&new.shipment.id) || !free {
            return Err(StoreError::Taken);
        }
        let seen = new.seen.iter().map(|seen| (seen.digest, seen.expires));
        self.seen.extend(seen);
        let serials = new.keys.iter().map(|key| key.serial.clone());
        self.keys_of
            .insert(new.shipment.id.clone(), serials.collect());
        for (position, key) in (0..).zip(new.keys) {
            self.key_order.push(key.serial.clone());
            let kept = Key {
                model: key.model,
                shipment: new.shipment.id.clone(),
                position,
                state: key.state,
                revision: 0,
            };
            self.keys.insert(key.serial, kept);
        }
        self.order.push(new.shipment.id.clone());
        self.shipments.insert(new.shipment.id.clone(), new.shipment);
        Ok(())
    }

    fn summary(&self, id: &ShipmentId) -> Option<ShipmentSummary> {
        let keys = self.keys_of.get(id).map_or(0, Vec::len);
        Some(self.shipments.get(id)?.summary(keys))
    }

    fn record(&self, serial: &Serial) -> Option<KeyRecord> {
        let key = self.keys.get(serial)?;
        Some(KeyRecord {
            serial: serial.clone(),
            model: key.model.clone(),
            shipment: key.shipment.clone(),
            position: key.position,
            shipment_state: self.shipments.get(&key.shipment)?.progress.state,
        })
    }
}

impl StoredShipment {
    fn empty(&mut self) {
        self.items.iter_mut().for_each(Vec::clear);
    }
}

/// The elements after the given one, the last first; none after one that is not
/// there.
fn newest<'a, T: PartialEq>(order: &'a [T], after: Option<&T>) -> impl Iterator<Item = &'a T> {
    let end = after.map_or(Some(order.len()), |after| {
        order.iter().position(|one| one == after)
    });
    order.iter().take(end.unwrap_or_default()).rev()
}
