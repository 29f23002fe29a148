//! Event hooks: what is on its way to them.

use prereg_types::Timestamp;
use rusqlite::params;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::Database;
use super::columns::{Columns, count, millis, number};
use super::failure::{Failed, Failure};
use super::writer::Scope;
use crate::store::{Delivery, DeliveryId, StoreError};

/// The hooks, and when the oldest delivery of each is due.
pub(super) const HEADS: &str = "SELECT h.id, (SELECT d.next_attempt FROM hook_deliveries AS d \
     WHERE d.hook = h.id ORDER BY d.id LIMIT 1) AS due FROM hooks AS h";

pub(super) const OF_HOOK: &str = "SELECT d.id, d.hook, d.queued, d.attempts, d.next_attempt, \
     d.last_error, l.uuid, l.body FROM hook_deliveries AS d \
     JOIN log_events AS l ON l.seq = d.seq WHERE d.hook = ?1 ORDER BY d.id LIMIT ?2";

const KNOW: &str = "INSERT INTO hooks (id) VALUES (?1) ON CONFLICT (id) DO NOTHING";

const QUEUE_FOR: &str = "INSERT INTO hook_deliveries (hook, seq, queued, next_attempt) \
     SELECT ?1, seq, ?2, ?2 FROM event_outbox ORDER BY seq";

const POSTPONE: &str = "UPDATE hook_deliveries \
     SET next_attempt = ?2, attempts = ?3, last_error = ?4 WHERE id = ?1";

impl Database {
    /// Empties the outbox of events into the queue of each hook, in one
    /// transaction: no event is queued twice, and none is lost.
    pub(crate) async fn fan_out(&self, hooks: &[&str], now: Timestamp) -> Result<(), StoreError> {
        if !self.has_events().await? {
            return Ok(());
        }
        let hooks: Vec<String> = hooks.iter().map(ToString::to_string).collect();
        self.write(move |scope| fan_out(scope, &hooks, millis(now)))
            .await
    }

    async fn has_events(&self) -> Result<bool, Failure> {
        let mut connection = self.reader().await?;
        let statement = "SELECT EXISTS (SELECT 1 FROM event_outbox)";
        let exists = sqlx::query_scalar(statement)
            .fetch_one(&mut *connection)
            .await;
        Ok(exists?)
    }

    /// Deliveries to try now: up to `limit` of each hook whose oldest one is due,
    /// in order. A hook gets its events in order, so none is due before that.
    pub(crate) async fn due_deliveries(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut connection = self.reader().await?;
        Ok(due(&mut connection, millis(now), limit).await?)
    }

    /// When the next delivery is due, if any waits.
    pub(crate) async fn next_delivery(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut connection = self.reader().await?;
        let heads = heads(&mut connection).await?;
        let next = heads.into_iter().map(|(_, due)| due).min();
        Ok(next.map(|due| Timestamp::from_millis(u64::try_from(due).unwrap_or_default())))
    }

    /// The hook took it.
    pub(crate) async fn delivered(&self, id: DeliveryId) -> Result<(), StoreError> {
        self.write(move |scope| {
            scope.execute(
                "DELETE FROM hook_deliveries WHERE id = ?1",
                params![number(id.0)],
            )?;
            Ok(())
        })
        .await
    }

    /// The hook did not take it; to be tried again.
    pub(crate) async fn postpone(
        &self,
        id: DeliveryId,
        next_attempt: Timestamp,
        attempts: u32,
        last_error: &str,
    ) -> Result<(), StoreError> {
        let last_error = last_error.to_owned();
        self.write(move |scope| {
            scope.execute(
                POSTPONE,
                params![
                    number(id.0),
                    millis(next_attempt),
                    i64::from(attempts),
                    last_error
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// The hook never took it, and will not be asked again. The event itself
    /// stays in the system log.
    pub(crate) async fn give_up(&self, id: DeliveryId) -> Result<(), StoreError> {
        self.delivered(id).await
    }

    /// Whether a hook has answered its verification challenge.
    pub(crate) async fn hook_verified(&self, hook: &str) -> Result<bool, StoreError> {
        let mut connection = self.reader().await?;
        let verified = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM hooks WHERE id = ?1 AND verified IS NOT NULL)",
        )
        .bind(hook)
        .fetch_one(&mut *connection)
        .await;
        Ok(verified.map_err(Failure::from)?)
    }

    /// A hook has answered its verification challenge.
    pub(crate) async fn record_hook_verified(
        &self,
        hook: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let hook = hook.to_owned();
        self.write(move |scope| {
            scope.execute(
                "INSERT INTO hooks (id, verified) VALUES (?1, ?2) \
                     ON CONFLICT (id) DO UPDATE SET verified = excluded.verified",
                params![hook, millis(now)],
            )?;
            Ok(())
        })
        .await
    }
}

fn fan_out(scope: &mut Scope, hooks: &[String], now: i64) -> Result<(), Failed<StoreError>> {
    for hook in hooks {
        scope.execute(KNOW, [hook])?;
        scope.execute(QUEUE_FOR, params![hook, now])?;
    }
    scope.execute("DELETE FROM event_outbox", [])?;
    Ok(())
}

/// The hooks that have something to be told, and from when on.
async fn heads(connection: &mut SqliteConnection) -> Result<Vec<(String, i64)>, Failure> {
    let rows = sqlx::query(HEADS).fetch_all(connection).await?;
    let mut heads = Vec::new();
    for row in &rows {
        if let Some(due) = row.value("due")? {
            heads.push((row.value("id")?, due));
        }
    }
    Ok(heads)
}

async fn due(
    connection: &mut SqliteConnection,
    now: i64,
    limit: usize,
) -> Result<Vec<Delivery>, Failure> {
    let mut found = Vec::new();
    for (hook, due) in heads(connection).await? {
        if due > now {
            continue;
        }
        let rows = sqlx::query(OF_HOOK)
            .bind(hook)
            .bind(count(limit))
            .fetch_all(&mut *connection)
            .await?;
        for row in &rows {
            found.push(delivery(row)?);
        }
    }
    Ok(found)
}

fn delivery(row: &SqliteRow) -> Result<Delivery, Failure> {
    Ok(Delivery {
        id: DeliveryId(row.unsigned("id")?),
        hook: row.value("hook")?,
        uuid: row.value("uuid")?,
        event: row.value("body")?,
        queued: row.moment("queued")?,
        attempts: row.unsigned("attempts")?,
        next_attempt: row.moment("next_attempt")?,
        last_error: row.value("last_error")?,
    })
}
