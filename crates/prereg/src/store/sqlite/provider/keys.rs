//! Simulated security keys, and the provider's own keys: sealed states.

use prereg_types::shipment::ShipmentState;
use prereg_types::{FirmwareVersion, Serial, ShipmentId};
use rusqlite::params;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use yubico_sim::store::{
    KeyModel, KeyRecord, KeyState, NewKey, ProviderState, StoreError, StoredKey,
};

use super::refuse_taken;
use crate::seal::{DataKey, Keyring, Place};
use crate::store::sqlite::columns::{Columns, count, number};
use crate::store::sqlite::failure::{Failed, Failure};
use crate::store::sqlite::writer::Scope;

const INSERT: &str = "INSERT INTO simulated_keys \
     (serial, revision, model, product_id, firmware, shipment, position, state, kek, data_key) \
     VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const SAVE: &str = "UPDATE simulated_keys \
     SET revision = revision + 1, state = ?3, kek = ?4, data_key = ?5 \
     WHERE serial = ?1 AND revision = ?2";

const INSERT_PROVIDER: &str = "INSERT INTO provider (id, revision, state, kek, data_key) \
     VALUES (1, 0, ?1, ?2, ?3) ON CONFLICT (id) DO NOTHING";

const SAVE_PROVIDER: &str = "UPDATE provider \
     SET revision = revision + 1, state = ?1, kek = ?2, data_key = ?3 \
     WHERE id = 1 AND revision = ?4";

macro_rules! records {
    ($rest:literal) => {
        concat!(
            "SELECT k.serial, k.model, k.product_id, k.firmware, k.shipment, k.position, \
             s.state AS shipment_state FROM simulated_keys AS k \
             JOIN shipments AS s ON s.id = k.shipment ",
            $rest
        )
    };
}

const FIRST: &str = records!("ORDER BY k.seq DESC LIMIT ?1");

/// After a key that is not there comes none: nothing is less than NULL.
pub(in crate::store::sqlite) const AFTER: &str = records!(
    "WHERE k.seq < (SELECT seq FROM simulated_keys WHERE serial = ?2) \
     ORDER BY k.seq DESC LIMIT ?1"
);

pub(in crate::store::sqlite) const OF_SHIPMENT: &str =
    records!("WHERE k.shipment = ?1 ORDER BY k.position");

pub(in crate::store::sqlite) const BY_SERIAL: &str = "SELECT k.*, s.state AS shipment_state FROM simulated_keys AS k \
     JOIN shipments AS s ON s.id = k.shipment WHERE k.serial = ?1";

/// Adds a key.
pub(super) fn insert(
    scope: &mut Scope,
    shipment: &ShipmentId,
    position: i64,
    key: &NewKey,
) -> Result<(), Failed<StoreError>> {
    let data_key = DataKey::generate(&scope.kek()?)?;
    let sealed = data_key.seal(key_place(key.serial.as_str()), key.state.expose())?;
    let done = scope.execute(
        INSERT,
        params![
            key.serial.as_str(),
            key.model.name.as_str(),
            i64::from(key.model.product_id),
            key.model.firmware.to_string(),
            shipment.as_str(),
            position,
            sealed,
            data_key.kek().as_str(),
            data_key.wrapped().as_slice()
        ],
    );
    refuse_taken(done, "simulated_keys.serial", &StoreError::Taken)
}

/// A key with its state.
pub(super) async fn load(
    connection: &mut SqliteConnection,
    keyring: &Keyring,
    serial: &Serial,
) -> Result<Option<StoredKey>, Failure> {
    let row = sqlx::query(BY_SERIAL)
        .bind(serial.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let data_key = row.data_key(keyring, "kek", "data_key")?;
        let state = data_key.open(key_place(serial.as_str()), row.value("state")?)?;
        Ok(StoredKey {
            record: record(&row)?,
            state: KeyState::new(state),
            revision: row.unsigned("revision")?,
        })
    })
    .transpose()
}

/// Records of keys, the newest first.
pub(super) async fn page(
    connection: &mut SqliteConnection,
    after: Option<&Serial>,
    limit: usize,
) -> Result<Vec<KeyRecord>, Failure> {
    let query = match after {
        None => sqlx::query(FIRST).bind(count(limit)),
        Some(after) => sqlx::query(AFTER).bind(count(limit)).bind(after.as_str()),
    };
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(record).collect()
}

/// Records of the keys of a shipment, in order.
pub(super) async fn of_shipment(
    connection: &mut SqliteConnection,
    shipment: &ShipmentId,
) -> Result<Vec<KeyRecord>, Failure> {
    let rows = sqlx::query(OF_SHIPMENT)
        .bind(shipment.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(record).collect()
}

/// Keeps a key's new state, if it still has this revision; gives whether it did.
pub(super) fn save(
    scope: &mut Scope,
    serial: &Serial,
    revision: u64,
    state: &KeyState,
) -> Result<bool, Failure> {
    let data_key = DataKey::generate(&scope.kek()?)?;
    let sealed = data_key.seal(key_place(serial.as_str()), state.expose())?;
    let done = scope.execute(
        SAVE,
        params![
            serial.as_str(),
            number(revision),
            sealed,
            data_key.kek().as_str(),
            data_key.wrapped().as_slice()
        ],
    )?;
    scope.wiped();
    Ok(done > 0)
}

/// The provider's own keys, and their revision.
pub(super) async fn load_provider(
    connection: &mut SqliteConnection,
    keyring: &Keyring,
) -> Result<Option<(ProviderState, u64)>, Failure> {
    let row = sqlx::query("SELECT * FROM provider WHERE id = 1")
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let data_key = row.data_key(keyring, "kek", "data_key")?;
        let state = data_key.open(PROVIDER, row.value("state")?)?;
        Ok((ProviderState::new(state), row.unsigned("revision")?))
    })
    .transpose()
}

/// Keeps the provider's own keys, if they still have this revision, or are not
/// there where none is given; gives whether it did.
pub(super) fn save_provider(
    scope: &mut Scope,
    revision: Option<u64>,
    state: &ProviderState,
) -> Result<bool, Failure> {
    let data_key = DataKey::generate(&scope.kek()?)?;
    let sealed = data_key.seal(PROVIDER, state.expose())?;
    let kek = data_key.kek().as_str();
    let wrapped = data_key.wrapped().as_slice();
    let done = match revision {
        None => scope.execute(INSERT_PROVIDER, params![sealed, kek, wrapped]),
        Some(revision) => {
            let parameters = params![sealed, kek, wrapped, number(revision)];
            scope.execute(SAVE_PROVIDER, parameters)
        }
    }?;
    scope.wiped();
    Ok(done > 0)
}

fn record(row: &SqliteRow) -> Result<KeyRecord, Failure> {
    Ok(KeyRecord {
        serial: row.parsed("serial", Serial::parse)?,
        model: KeyModel {
            name: row.value("model")?,
            product_id: row.unsigned("product_id")?,
            firmware: row.parsed("firmware", FirmwareVersion::parse)?,
        },
        shipment: row.parsed("shipment", ShipmentId::parse)?,
        position: row.unsigned("position")?,
        shipment_state: ShipmentState::new(row.unsigned("shipment_state")?),
    })
}

const PROVIDER: Place<'static> = Place {
    table: "provider",
    column: "state",
    row: "1",
};

const fn key_place(row: &str) -> Place<'_> {
    Place {
        table: "simulated_keys",
        column: "state",
        row,
    }
}
