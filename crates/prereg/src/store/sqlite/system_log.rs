//! The system log: appended to with the change it tells of, never cut.

use prereg_types::Timestamp;
use prereg_types::api::{Actor, Client, LogEvent, Outcome, Target};
use rusqlite::params;
use serde::Deserialize;
use serde_json::Map;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::Database;
use super::columns::{Columns, count, millis, number};
use super::failure::{Failed, Failure};
use super::writer::Scope;
use crate::store::{LogQuery, StoreError, StoredEvent};

/// How much later than it was published, in milliseconds, an entry may be
/// committed: requests are cut off long before. Within it the order of numbers
/// and the order of times may differ.
const LATENESS: i64 = 10 * 60 * 1000;

impl Database {
    /// Entries of the system log, in the order of their numbers.
    pub(crate) async fn log_events(
        &self,
        query: &LogQuery,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        Ok(find(&mut *self.reader().await?, query).await?)
    }
}

const APPEND: &str = "INSERT INTO log_events (uuid, published, event_type, actor_id, body) \
     VALUES (?1, ?2, ?3, ?4, ?5)";

/// What an entry is found by. A target may be named twice.
const ADD_TARGET: &str = "INSERT INTO log_targets (target_id, seq) VALUES (?1, ?2) \
     ON CONFLICT (target_id, seq) DO NOTHING";

const QUEUE: &str = "INSERT INTO event_outbox (seq) VALUES (?1)";

/// Appends an entry and queues it for whoever listens.
pub(super) fn append<E>(scope: &mut Scope, event: &LogEvent) -> Result<(), Failed<E>> {
    let body = serde_json::to_string(event).map_err(|_| Failure::Damaged("event"))?;
    scope.execute(
        APPEND,
        params![
            event.uuid,
            millis(event.published),
            event.event_type,
            event.actor.id,
            body,
        ],
    )?;
    let seq = scope.last_row();
    for target in &event.target {
        scope.execute(ADD_TARGET, params![target.id, seq])?;
    }
    scope.execute(QUEUE, [seq])?;
    scope.queued_event();
    Ok(())
}

async fn find(
    connection: &mut SqliteConnection,
    query: &LogQuery,
) -> Result<Vec<StoredEvent>, Failure> {
    let rows = statement(query).build().fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(StoredEvent {
                seq: row.unsigned("seq")?,
                json: row.value("body")?,
            })
        })
        .collect()
}

/// The query for a page: the rarest of target, actor and type leads, through its
/// index; times bound the numbers, so that no page reads from the beginning.
pub(super) fn statement(query: &LogQuery) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new("SELECT l.seq, l.body FROM ");
    match &query.target {
        Some(target) => {
            sql.push("log_targets AS t JOIN log_events AS l ON l.seq = t.seq WHERE t.target_id = ");
            sql.push_bind(target.clone());
        }
        None => {
            sql.push("log_events AS l WHERE 1 = 1");
        }
    }
    // The number stands in both tables; the one that leads has to be bounded.
    let seq = if query.target.is_some() {
        "t.seq"
    } else {
        "l.seq"
    };
    bound_by_time(&mut sql, query, seq);
    if let Some(after) = query.after_seq {
        let comparison = if query.descending { " < " } else { " > " };
        sql.push(" AND ").push(seq).push(comparison);
        sql.push_bind(number(after));
    }
    let equal = [
        (" AND l.event_type = ", &query.event_type),
        (" AND l.actor_id = ", &query.actor),
        (" AND l.uuid = ", &query.uuid),
    ];
    for (condition, value) in equal {
        if let Some(value) = value {
            sql.push(condition).push_bind(value.clone());
        }
    }
    sql.push(" ORDER BY ").push(seq);
    sql.push(if query.descending { " DESC" } else { " ASC" });
    sql.push(" LIMIT ").push_bind(count(query.limit));
    sql
}

/// What was published long before `since` was committed before everything that
/// was published since, and has a lower number; likewise with `until`. The plus
/// keeps the database from reading in the order of times, and sorting then.
fn bound_by_time(sql: &mut QueryBuilder<Sqlite>, query: &LogQuery, seq: &str) {
    if let Some(since) = query.since.map(millis) {
        sql.push(" AND +l.published >= ").push_bind(since);
        sql.push(" AND ").push(seq);
        sql.push(" > COALESCE((SELECT seq FROM log_events WHERE published < ")
            .push_bind(since.saturating_sub(LATENESS))
            .push(" ORDER BY published DESC, seq DESC LIMIT 1), 0)");
    }
    if let Some(until) = query.until.map(millis) {
        sql.push(" AND +l.published < ").push_bind(until);
        sql.push(" AND ").push(seq);
        sql.push(" < COALESCE((SELECT seq FROM log_events WHERE published >= ")
            .push_bind(until.saturating_add(LATENESS))
            .push(" ORDER BY published, seq LIMIT 1), ")
            .push_bind(i64::MAX)
            .push(")");
    }
}

/// The entry of a row that has `published` and `body`.
pub(super) fn event(row: &SqliteRow) -> Result<LogEvent, Failure> {
    let damaged = |_| Failure::Damaged("body");
    let kept: Kept = serde_json::from_str(row.value("body")?).map_err(damaged)?;
    let published = row.moment("published")?;
    kept.into_event(published).ok_or(Failure::Damaged("body"))
}

/// A `LogEvent` as it was written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    actor: KeptActor,
    client: KeptClient,
    display_message: String,
    event_type: String,
    outcome: KeptOutcome,
    severity: String,
    target: Vec<KeptTarget>,
    uuid: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptActor {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    alternate_id: String,
    display_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptClient {
    ip_address: Option<String>,
}

#[derive(Deserialize)]
struct KeptOutcome {
    result: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptTarget {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    alternate_id: String,
    display_name: String,
    #[serde(default)]
    detail_entry: Map<String, serde_json::Value>,
}

impl Kept {
    fn into_event(self, published: Timestamp) -> Option<LogEvent> {
        let actor = self.actor;
        Some(LogEvent {
            actor: Actor {
                id: actor.id,
                kind: actor.kind,
                alternate_id: actor.alternate_id,
                display_name: actor.display_name,
            },
            client: Client {
                ip_address: self.client.ip_address,
            },
            display_message: self.display_message,
            event_type: self.event_type,
            outcome: Outcome {
                result: one_of(&["SUCCESS", "FAILURE"], &self.outcome.result)?,
                reason: self.outcome.reason,
            },
            published,
            severity: one_of(&["INFO", "WARN", "ERROR", "DEBUG"], &self.severity)?,
            target: self
                .target
                .into_iter()
                .map(KeptTarget::into_target)
                .collect(),
            uuid: self.uuid,
            version: one_of(&["0"], &self.version)?,
        })
    }
}

impl KeptTarget {
    fn into_target(self) -> Target {
        Target {
            id: self.id,
            kind: self.kind,
            alternate_id: self.alternate_id,
            display_name: self.display_name,
            detail_entry: self.detail_entry,
        }
    }
}

fn one_of(names: &[&'static str], name: &str) -> Option<&'static str> {
    names.iter().find(|known| **known == name).copied()
}
