//! Changing the key-encryption key: data keys are wrapped anew, secrets stay as
//! they are.
//!
//! First the database names the new key, and from then on every process seals
//! with it; then the rows follow, some in each transaction. Interrupted at any
//! point, everything can still be read with the old and the new key together,
//! and the next run goes on.

use std::collections::BTreeMap;

use rusqlite::{Row, params};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection as _, SqliteConnection};

use super::Database;
use super::columns::Columns;
use super::failure::{Failed, Failure};
use super::writer::Scope;
use crate::seal::{DataKey, KekId, KeyEncryptionKey, Keyring};
use crate::store::{SealingStatus, StoreError};

/// Rows of one transaction; others may write in between.
const STEP: i64 = if cfg!(test) { 16 } else { 256 };

/// The statements for a table with sealed columns.
struct Sealed {
    /// A row count for each key.
    count: &'static str,
    /// Rows that are under another key than `?1`.
    find: &'static str,
    /// Gives the row of the id `?1` the key `?2` and the data key `?3`.
    rewrap: &'static str,
}

/// `$id` names the rows of a table as text.
macro_rules! sealed {
    ($table:literal, $id:literal) => {
        Sealed {
            count: concat!(
                "SELECT kek, COUNT(*) AS rows FROM ",
                $table,
                " WHERE kek IS NOT NULL GROUP BY kek"
            ),
            find: concat!(
                "SELECT ",
                $id,
                " AS id, kek, data_key FROM ",
                $table,
                " WHERE kek < ?1 OR kek > ?1 LIMIT ?2"
            ),
            rewrap: concat!(
                "UPDATE ",
                $table,
                " SET kek = ?2, data_key = ?3 WHERE ",
                $id,
                " = ?1"
            ),
        }
    };
}

const CURRENT: &str = "SELECT kek FROM sealing WHERE id = 1";

/// Every table with sealed columns.
const TABLES: [Sealed; 6] = [
    sealed!("enrollment_sets", "id"),
    sealed!("enrollments", "id"),
    sealed!("mail_outbox", "row_id"),
    sealed!("secrets", "name"),
    sealed!("simulated_keys", "serial"),
    sealed!("provider", "CAST(id AS TEXT)"),
];

impl Database {
    /// Under which keys the sealed rows are.
    pub(crate) async fn sealing_status(&self) -> Result<SealingStatus, StoreError> {
        let mut connection = self.reader().await?;
        let mut view = connection.begin().await.map_err(Failure::from)?;
        Ok(status(&mut view, self.keyring()).await?)
    }

    /// Names the key that seals from now on; gives the one that did before. It
    /// must be on the ring, and at its source: other processes read it there.
    pub(in crate::store) async fn begin_rotation(&self, to: &KekId) -> Result<KekId, StoreError> {
        self.keyring().key(to.as_str()).map_err(Failure::from)?;
        let to = to.clone();
        self.write(move |scope| {
            let from: String = scope.value(CURRENT, [])?;
            let from = KekId::parse(&from).ok_or(Failure::Damaged("kek"))?;
            scope.execute(
                "UPDATE sealing SET kek = ?1 WHERE id = 1",
                params![to.as_str()],
            )?;
            scope.forget_kek();
            Ok::<_, Failed<StoreError>>(from)
        })
        .await
    }

    /// Wraps the data keys of some rows anew; gives how many, none at the end.
    pub(in crate::store) async fn rewrap_some(
        &self,
        key: &KeyEncryptionKey,
    ) -> Result<u64, StoreError> {
        let key = key.clone();
        self.write(move |scope| rewrap(scope, &key)).await
    }
}

async fn current(connection: &mut SqliteConnection) -> Result<KekId, Failure> {
    let row = sqlx::query(CURRENT).fetch_one(connection).await?;
    kek(&row)
}

fn kek(row: &SqliteRow) -> Result<KekId, Failure> {
    row.named("kek", KekId::parse)
}

async fn status(
    connection: &mut SqliteConnection,
    keyring: &Keyring,
) -> Result<SealingStatus, Failure> {
    let current = current(connection).await?;
    let mut rows = BTreeMap::new();
    for table in TABLES {
        for row in sqlx::query(table.count).fetch_all(&mut *connection).await? {
            *rows.entry(kek(&row)?).or_default() += row.unsigned::<u64>("rows")?;
        }
    }
    let ring = keyring.keys();
    Ok(SealingStatus {
        source: keyring.source().to_string(),
        ring: ring.iter().map(|key| key.id().clone()).collect(),
        current,
        rows: rows.into_iter().collect(),
    })
}

fn rewrap(scope: &mut Scope, key: &KeyEncryptionKey) -> Result<u64, Failed<StoreError>> {
    let keyring = scope.keyring().clone();
    for table in TABLES {
        let read = |row: &Row<'_>| Ok((row.get("id")?, row.get("kek")?, row.get("data_key")?));
        let rows: Vec<(String, String, Vec<u8>)> =
            scope.rows(table.find, params![key.id().as_str(), STEP], read)?;
        for (id, kek, data_key) in &rows {
            let data_key = DataKey::unwrap(&keyring.key(kek)?, data_key)?.rewrapped(key)?;
            let wrapped = data_key.wrapped().as_slice();
            scope.execute(table.rewrap, params![id, data_key.kek().as_str(), wrapped])?;
        }
        if !rows.is_empty() {
            // Older pages of the log hold data keys under the old key.
            scope.wiped();
            return Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        }
    }
    Ok(0)
}
