//! The audit chain.

use rusqlite::params;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection as _, SqliteConnection};

use super::Database;
use super::columns::{Columns, count, millis, number};
use super::failure::{Failed, Failure};
use super::secrets::keep_new;
use super::writer::Scope;
use crate::store::audit::{AuditKey, Deed, Made, Walk};
use crate::store::{AuditEntry, AuditHead, AuditRecord, AuditVerdict, StoreError};

/// The secret that makes the codes.
const KEY_NAME: &str = "audit-chain";
/// Records that are checked at a time.
const STEP: usize = 1000;

pub(super) const PAGE: &str = "SELECT * FROM audit_log WHERE seq > ?1 ORDER BY seq LIMIT ?2";

pub(super) const HEAD: &str = "SELECT seq, code FROM audit_log ORDER BY seq DESC LIMIT 1";

const SET_END: &str = "INSERT INTO audit_end (id, seq, code) VALUES (1, ?1, ?2) \
     ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, code = excluded.code";

const APPEND: &str = "INSERT INTO audit_log \
     (seq, at, actor, action, target, outcome, request_id, code) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// The end behind a record moves on only where it was that of the record before: a
/// log whose last records were taken away does not become whole again by the next
/// one.
const MOVE_END: &str = "UPDATE audit_end SET seq = ?1, code = ?2 WHERE id = 1 AND code = ?3";

impl Database {
    /// Makes a change of `target`, durably, and within the same transaction writes
    /// down the deed that it is part of.
    pub(super) async fn change<T, E, F>(&self, target: &str, work: F) -> Result<T, E>
    where
        T: Made + Send + 'static,
        E: From<Failure> + Send + 'static,
        F: FnOnce(&mut Scope) -> Result<T, Failed<E>> + Send + 'static,
    {
        let Some(deed) = Deed::under_way() else {
            return self.write(work).await;
        };
        let key = self.audit_key().await;
        let key = key.map_err(|StoreError(words)| Failure::Words(words))?;
        let entry = deed.entry(target);
        let done = self.write(move |scope| {
            let value = work(&mut *scope)?;
            if value.is_made() {
                append(scope, &key, &entry)?;
            }
            Ok(value)
        });
        let value: T = done.await?;
        if value.is_made() {
            deed.written();
        }
        Ok(value)
    }

    /// From now on the log takes no entry, or takes them again.
    #[cfg(test)]
    pub(crate) async fn refuse_audit(&self, refuse: bool) {
        let statement = if refuse {
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_log \
             BEGIN SELECT RAISE(ABORT, 'no room for the log'); END"
        } else {
            "DROP TRIGGER refuse"
        };
        let done = self.write(move |scope| {
            scope.execute(statement, [])?;
            Ok::<_, Failed<StoreError>>(())
        });
        done.await.unwrap();
    }

    /// Adds an entry to the chain; gives its number.
    pub(crate) async fn append_audit(&self, entry: AuditEntry) -> Result<u64, StoreError> {
        let key = self.audit_key().await?;
        self.write(move |scope| append(scope, &key, &entry)).await
    }

    /// Up to `limit` records after that number, in order; from the first after 0.
    pub(crate) async fn audit_entries(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        Ok(records(&mut *self.reader().await?, after, limit).await?)
    }

    /// The last link of the chain.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for tests: `audit verify` reads the chain itself")
    )]
    pub(crate) async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        self.write(|scope| Ok(head(scope)?)).await
    }

    /// Walks over the whole chain. With a head written down before, it must be
    /// part of the chain.
    pub(crate) async fn verify_audit(
        &self,
        known: Option<AuditHead>,
    ) -> Result<AuditVerdict, StoreError> {
        let Some(key) = self.kept_audit_key().await? else {
            return self.verify_unfounded(known).await;
        };
        let mut connection = self.reader().await?;
        // One view of the chain, whatever is added meanwhile.
        let mut view = connection.begin().await.map_err(Failure::from)?;
        let end = end(&mut view).await?;
        let mut walk = Walk::new(&key, known);
        loop {
            let found = records(&mut view, walk.head().seq, STEP).await?;
            for record in &found {
                if let Err(broken) = walk.step(record) {
                    return Ok(broken);
                }
            }
            if found.len() < STEP {
                return Ok(walk.finish(end));
            }
        }
    }

    /// The key of the chain, drawn when it is needed first.
    async fn audit_key(&self) -> Result<AuditKey, StoreError> {
        let key = self.0.audit_key.get_or_try_init(|| async {
            if let Some(kept) = self.kept_audit_key().await? {
                return Ok(kept);
            }
            let drawn = AuditKey::generate().map_err(Failure::from)?;
            self.write(move |scope| found(scope, &drawn)).await?;
            let kept = self.kept_audit_key().await?;
            kept.ok_or_else(|| Failure::Damaged(KEY_NAME).into())
        });
        key.await.cloned()
    }

    /// Without a key there has never been an entry.
    async fn verify_unfounded(&self, known: Option<AuditHead>) -> Result<AuditVerdict, StoreError> {
        let mut connection = self.reader().await?;
        let nothing = records(&mut connection, 0, 1).await?.is_empty()
            && end(&mut connection).await?.is_none()
            && known.is_none_or(|known| known == AuditHead::EMPTY);
        if nothing {
            return Ok(AuditVerdict::Intact(AuditHead::EMPTY));
        }
        let why = "the key of the log is gone";
        Ok(AuditVerdict::Broken { seq: 1, why })
    }

    async fn kept_audit_key(&self) -> Result<Option<AuditKey>, StoreError> {
        let kept = self.secret(KEY_NAME).await?;
        let key = kept.map(|kept| AuditKey::from_bytes(&kept).ok_or(Failure::Damaged(KEY_NAME)));
        Ok(key.transpose()?)
    }
}

/// Keeps the key of the chain and the chain's end, which from then on is never
/// without a code. Another process may have been faster; its key stays.
fn found(scope: &mut Scope, key: &AuditKey) -> Result<(), Failed<StoreError>> {
    if !keep_new(scope, KEY_NAME, key.expose())? {
        return Ok(());
    }
    let end = AuditHead::EMPTY;
    scope.execute(SET_END, params![number(end.seq), key.end_code(&end)])?;
    Ok(())
}

fn append<E>(scope: &mut Scope, key: &AuditKey, entry: &AuditEntry) -> Result<u64, Failed<E>> {
    let before = match scope.audit_head() {
        Some(known) => known,
        None => head(scope)?,
    };
    let code = key.code(&before, entry);
    let seq = before.seq.saturating_add(1);
    let after = AuditHead { seq, code };
    scope.execute(
        APPEND,
        params![
            number(seq),
            millis(entry.at),
            entry.actor,
            entry.action,
            entry.target,
            entry.outcome,
            entry.request_id,
            after.code,
        ],
    )?;
    let ends = params![number(seq), key.end_code(&after), key.end_code(&before)];
    scope.execute(MOVE_END, ends)?;
    scope.remember_audit_head(after);
    Ok(seq)
}

fn head(scope: &Scope) -> Result<AuditHead, Failure> {
    let found = scope.one(HEAD, [], |row| {
        Ok(AuditHead {
            seq: row.unsigned("seq")?,
            code: row.bytes("code")?,
        })
    })?;
    Ok(found.unwrap_or(AuditHead::EMPTY))
}

async fn end(connection: &mut SqliteConnection) -> Result<Option<[u8; 32]>, Failure> {
    let row = sqlx::query("SELECT code FROM audit_end WHERE id = 1")
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.bytes("code")).transpose()
}

async fn records(
    connection: &mut SqliteConnection,
    after: u64,
    limit: usize,
) -> Result<Vec<AuditRecord>, Failure> {
    let rows = sqlx::query(PAGE)
        .bind(number(after))
        .bind(count(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(record).collect()
}

fn record(row: &SqliteRow) -> Result<AuditRecord, Failure> {
    Ok(AuditRecord {
        seq: row.unsigned("seq")?,
        entry: AuditEntry {
            at: row.moment("at")?,
            actor: row.value("actor")?,
            action: row.value("action")?,
            target: row.value("target")?,
            outcome: row.value("outcome")?,
            request_id: row.value("request_id")?,
        },
        code: row.bytes("code")?,
    })
}
