//! Shipments.

use prereg_types::shipment::{ProductData, ShipmentState};
use prereg_types::{FirmwareVersion, Serial, ShipmentId, Timestamp};
use rusqlite::params;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection as _, QueryBuilder, Sqlite, SqliteConnection};
use yubico_sim::progress::TIMED_STATES;
use yubico_sim::store::{ShipmentSummary, StoredShipment};
use yubico_sim::{Fault, Progress};

use crate::store::sqlite::columns::{Columns, count, json_array, millis, number};
use crate::store::sqlite::failure::Failure;
use crate::store::sqlite::writer::Scope;

const INSERT: &str = "INSERT INTO shipments \
     (id, revision, created, state, since, paused, fault, items, keys) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const INSERT_PRODUCT: &str = "INSERT INTO product_data \
     (shipment, item, position, serial, firmware, pin_response, credential_responses) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(in crate::store::sqlite) const BY_ID: &str = "SELECT * FROM shipments WHERE id = ?1";

const PRODUCTS: &str = "SELECT * FROM product_data WHERE shipment = ?1 ORDER BY item, position";

pub(in crate::store::sqlite) const PAGE: &str =
    "SELECT * FROM shipments ORDER BY seq DESC LIMIT ?1 OFFSET ?2";

const SET_PROGRESS: &str = "UPDATE shipments \
     SET revision = revision + 1, state = ?3, since = ?4, paused = ?5 \
     WHERE id = ?1 AND revision = ?2";

/// Only those that still have something are looked at.
pub(in crate::store::sqlite) const DELIVERED: &str = "SELECT DISTINCT p.shipment FROM product_data AS p \
     JOIN shipments AS s ON s.id = p.shipment WHERE s.state = ?1 AND s.since <= ?2";

/// Adds a shipment without what is in it.
pub(super) fn insert(
    scope: &mut Scope,
    shipment: &StoredShipment,
    keys: i64,
) -> Result<usize, rusqlite::Error> {
    let progress = &shipment.progress;
    scope.execute(
        INSERT,
        params![
            shipment.id.as_str(),
            number(shipment.revision),
            millis(shipment.created),
            i64::from(progress.state.id()),
            millis(progress.since),
            progress.paused,
            shipment.fault.map(Fault::name),
            count(shipment.items.len()),
            keys
        ],
    )
}

/// Adds what is in a shipment.
pub(super) fn insert_products(scope: &mut Scope, shipment: &StoredShipment) -> Result<(), Failure> {
    for (item, products) in (0_i64..).zip(&shipment.items) {
        for (position, product) in (0_i64..).zip(products) {
            scope.execute(
                INSERT_PRODUCT,
                params![
                    shipment.id.as_str(),
                    item,
                    position,
                    product.serial_number.as_str(),
                    product.firmware_version.to_string(),
                    product.fido_pin_response.as_str(),
                    json_array(&product.fido_credential_responses)
                ],
            )?;
        }
    }
    Ok(())
}

/// A shipment with what is in it.
pub(super) async fn load(
    connection: &mut SqliteConnection,
    id: &ShipmentId,
) -> Result<Option<StoredShipment>, Failure> {
    // One view of both tables: it may be purged meanwhile.
    let mut view = connection.begin().await?;
    let row = sqlx::query(BY_ID)
        .bind(id.as_str())
        .fetch_optional(&mut *view)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let products = sqlx::query(PRODUCTS)
        .bind(id.as_str())
        .fetch_all(&mut *view)
        .await?;
    view.commit().await?;
    Ok(Some(stored(&row, &products)?))
}

/// Summaries, the newest first, and how many shipments there are.
pub(super) async fn page(
    connection: &mut SqliteConnection,
    offset: usize,
    limit: usize,
) -> Result<(Vec<ShipmentSummary>, usize), Failure> {
    let mut view = connection.begin().await?;
    let rows = sqlx::query(PAGE)
        .bind(count(limit))
        .bind(count(offset))
        .fetch_all(&mut *view)
        .await?;
    let all: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM shipments")
        .fetch_one(&mut *view)
        .await?;
    view.commit().await?;
    let page: Result<_, _> = rows.iter().map(summary).collect();
    Ok((page?, usize::try_from(all).unwrap_or_default()))
}

/// Moves a shipment on, if it still has this revision; gives whether it did.
pub(super) fn set_progress(
    scope: &mut Scope,
    id: &ShipmentId,
    revision: u64,
    progress: &Progress,
) -> Result<bool, Failure> {
    let done = scope.execute(
        SET_PROGRESS,
        params![
            id.as_str(),
            number(revision),
            i64::from(progress.state.id()),
            millis(progress.since),
            progress.paused
        ],
    )?;
    Ok(done > 0)
}

/// Shipments that the clock moves on and that are where they are since `before`
/// or earlier, the earliest first.
pub(super) async fn due(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<ShipmentId>, Failure> {
    let rows = due_statement(before, limit)
        .build()
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| row.parsed("id", ShipmentId::parse))
        .collect()
}

pub(in crate::store::sqlite) fn due_statement(
    before: Timestamp,
    limit: usize,
) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new("SELECT id FROM shipments WHERE state IN (");
    let mut states = sql.separated(", ");
    for state in TIMED_STATES {
        states.push_bind(i64::from(state.id()));
    }
    sql.push(") AND paused = 0 AND since <= ");
    sql.push_bind(millis(before));
    sql.push(" ORDER BY since LIMIT ").push_bind(count(limit));
    sql
}

/// Empties a shipment; gives whether there is one.
pub(super) fn purge(scope: &mut Scope, id: &ShipmentId) -> Result<bool, Failure> {
    empty(scope, id.as_str())?;
    let exists = scope.value(
        "SELECT EXISTS (SELECT 1 FROM shipments WHERE id = ?1)",
        params![id.as_str()],
    )?;
    Ok(exists)
}

/// Empties what was delivered at `before` or earlier; gives how many were not
/// empty yet.
pub(super) fn purge_delivered(scope: &mut Scope, before: Timestamp) -> Result<usize, Failure> {
    let shipments: Vec<String> = scope.rows(
        DELIVERED,
        params![i64::from(ShipmentState::DELIVERED.id()), millis(before)],
        |row| row.get(0),
    )?;
    for shipment in &shipments {
        empty(scope, shipment)?;
    }
    Ok(shipments.len())
}

fn empty(scope: &mut Scope, shipment: &str) -> Result<(), Failure> {
    scope.execute(
        "DELETE FROM product_data WHERE shipment = ?1",
        params![shipment],
    )?;
    scope.wiped();
    Ok(())
}

fn stored(row: &SqliteRow, products: &[SqliteRow]) -> Result<StoredShipment, Failure> {
    let items: usize =
        usize::try_from(row.unsigned::<u64>("items")?).map_err(|_| Failure::Damaged("items"))?;
    let mut shipment = StoredShipment {
        id: row.parsed("id", ShipmentId::parse)?,
        created: row.moment("created")?,
        progress: progress(row)?,
        fault: fault(row)?,
        items: vec![Vec::new(); items],
        revision: row.unsigned("revision")?,
    };
    for product in products {
        let item: usize = usize::try_from(product.unsigned::<u64>("item")?)
            .map_err(|_| Failure::Damaged("item"))?;
        let item = shipment.items.get_mut(item);
        item.ok_or(Failure::Damaged("item"))?
            .push(product_data(product)?);
    }
    Ok(shipment)
}

fn summary(row: &SqliteRow) -> Result<ShipmentSummary, Failure> {
    let keys = usize::try_from(row.unsigned::<u64>("keys")?);
    Ok(ShipmentSummary {
        id: row.parsed("id", ShipmentId::parse)?,
        created: row.moment("created")?,
        progress: progress(row)?,
        fault: fault(row)?,
        keys: keys.map_err(|_| Failure::Damaged("keys"))?,
    })
}

fn progress(row: &SqliteRow) -> Result<Progress, Failure> {
    Ok(Progress {
        state: ShipmentState::new(row.unsigned("state")?),
        since: row.moment("since")?,
        paused: row.value("paused")?,
    })
}

fn fault(row: &SqliteRow) -> Result<Option<Fault>, Failure> {
    row.parsed_if_set("fault", |name| Fault::from_name(name).ok_or(()))
}

fn product_data(row: &SqliteRow) -> Result<ProductData, Failure> {
    Ok(ProductData {
        serial_number: row.parsed("serial", Serial::parse)?,
        firmware_version: row.parsed("firmware", FirmwareVersion::parse)?,
        fido_pin_response: row.value("pin_response")?,
        fido_credential_responses: row.texts("credential_responses")?,
    })
}
