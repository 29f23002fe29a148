//! Events that nobody has fetched yet: numbers of entries of the system log.

use relying_party::store::{OutboxId, QueuedEvent};
use rusqlite::params;
use sqlx::SqliteConnection;

use super::columns::{Columns, count, number};
use super::failure::{Failed, Failure};
use super::system_log;
use super::writer::Scope;

pub(super) const QUEUED: &str = "SELECT o.seq, l.published, l.body FROM event_outbox AS o \
     JOIN log_events AS l ON l.seq = o.seq ORDER BY o.seq LIMIT ?1";

/// The oldest ones.
pub(super) async fn queued(
    connection: &mut SqliteConnection,
    limit: usize,
) -> Result<Vec<QueuedEvent>, Failure> {
    let rows = sqlx::query(QUEUED)
        .bind(count(limit))
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(QueuedEvent {
                id: OutboxId(row.unsigned("seq")?),
                event: system_log::event(row)?,
            })
        })
        .collect()
}

/// Takes one out; one that is gone is no error.
pub(super) fn remove<E>(scope: &mut Scope, id: OutboxId) -> Result<(), Failed<E>> {
    scope.execute(
        "DELETE FROM event_outbox WHERE seq = ?1",
        params![number(id.0)],
    )?;
    Ok(())
}
