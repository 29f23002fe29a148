//! The store of the fulfillment provider.

mod keys;
mod shipments;

use prereg_types::{Serial, ShipmentId, Timestamp};
use rusqlite::params;
use yubico_sim::store::{
    KeyRecord, KeyState, NewShipment, ProviderState, ShipmentSummary, StoreError, StoredKey,
    StoredShipment,
};
use yubico_sim::{Progress, ProviderStore};

use super::Database;
use super::columns::{count, millis};
use super::failure::{Failed, Failure, breaks_unique};
use super::writer::Scope;

#[cfg(test)]
pub(super) use keys::{AFTER as KEYS_AFTER, BY_SERIAL, OF_SHIPMENT as KEYS_OF_SHIPMENT};
#[cfg(test)]
pub(super) use shipments::{DELIVERED, PAGE as SHIPMENT_PAGE, due_statement};

const INSERT_SEEN: &str = "INSERT INTO seen_requests (digest, expires) VALUES (?1, ?2)";

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::Unavailable(failure.text())
    }
}

impl ProviderStore for Database {
    async fn insert(&self, new: NewShipment) -> Result<(), StoreError> {
        let id = new.shipment.id.clone();
        self.change(id.as_str(), move |scope| insert(scope, &new))
            .await
    }

    async fn shipment(&self, id: &ShipmentId) -> Result<Option<StoredShipment>, StoreError> {
        Ok(shipments::load(&mut *self.reader().await?, id).await?)
    }

    async fn shipments(
        &self,
        offset: usize,
        limit: usize,
    ) -> Result<(Vec<ShipmentSummary>, usize), StoreError> {
        Ok(shipments::page(&mut *self.reader().await?, offset, limit).await?)
    }

    async fn set_progress(
        &self,
        id: &ShipmentId,
        revision: u64,
        progress: Progress,
    ) -> Result<bool, StoreError> {
        let shipment = id.clone();
        self.change(id.as_str(), move |scope| {
            Ok(shipments::set_progress(
                scope, &shipment, revision, &progress,
            )?)
        })
        .await
    }

    async fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<ShipmentId>, StoreError> {
        Ok(shipments::due(&mut *self.reader().await?, before, limit).await?)
    }

    async fn purge(&self, id: &ShipmentId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |scope| Ok(shipments::purge(scope, &id)?))
            .await
    }

    async fn purge_delivered(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.write(move |scope| Ok(shipments::purge_delivered(scope, before)?))
            .await
    }

    async fn forget_expired(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |scope| {
            let done = scope.execute(
                "DELETE FROM seen_requests WHERE expires <= ?1",
                params![millis(now)],
            )?;
            Ok(done)
        })
        .await
    }

    async fn key(&self, serial: &Serial) -> Result<Option<StoredKey>, StoreError> {
        let mut connection = self.reader().await?;
        Ok(keys::load(&mut connection, self.keyring(), serial).await?)
    }

    async fn keys(
        &self,
        after: Option<&Serial>,
        limit: usize,
    ) -> Result<Vec<KeyRecord>, StoreError> {
        Ok(keys::page(&mut *self.reader().await?, after, limit).await?)
    }

    async fn keys_of(&self, shipment: &ShipmentId) -> Result<Vec<KeyRecord>, StoreError> {
        Ok(keys::of_shipment(&mut *self.reader().await?, shipment).await?)
    }

    async fn save_key(
        &self,
        serial: &Serial,
        revision: u64,
        state: KeyState,
    ) -> Result<bool, StoreError> {
        let key = serial.clone();
        self.change(serial.as_str(), move |scope| {
            Ok(keys::save(scope, &key, revision, &state)?)
        })
        .await
    }

    async fn provider(&self) -> Result<Option<(ProviderState, u64)>, StoreError> {
        let mut connection = self.reader().await?;
        Ok(keys::load_provider(&mut connection, self.keyring()).await?)
    }

    async fn save_provider(
        &self,
        revision: Option<u64>,
        state: ProviderState,
    ) -> Result<bool, StoreError> {
        self.write(move |scope| Ok(keys::save_provider(scope, revision, &state)?))
            .await
    }
}

/// The shipment, what it used up and what was made for it: all or nothing.
fn insert(scope: &mut Scope, new: &NewShipment) -> Result<(), Failed<StoreError>> {
    for seen in &new.seen {
        let done = scope.execute(
            INSERT_SEEN,
            params![seen.digest.as_slice(), millis(seen.expires)],
        );
        refuse_taken(done, "seen_requests.digest", &StoreError::RequestSeen)?;
    }
    let done = shipments::insert(scope, &new.shipment, count(new.keys.len()));
    refuse_taken(done, "shipments.id", &StoreError::Taken)?;
    for (position, key) in (0..).zip(&new.keys) {
        keys::insert(scope, &new.shipment.id, position, key)?;
    }
    shipments::insert_products(scope, &new.shipment)?;
    Ok(())
}

fn refuse_taken<T>(
    done: Result<T, rusqlite::Error>,
    column: &str,
    refusal: &StoreError,
) -> Result<(), Failed<StoreError>> {
    match done {
        Ok(_) => Ok(()),
        Err(error) if breaks_unique(&error, column) => Err(Failed::Refused(refusal.clone())),
        Err(error) => Err(error.into()),
    }
}
