//! API tokens.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use prereg_types::Timestamp;
use rusqlite::params;

use super::Database;
use super::columns::{Columns, json_array, millis};
use super::failure::Failure;
use crate::store::{NewToken, StoreError, StoredToken, TokenKind};

/// Milliseconds between two notes of a token's use.
const NOTE_EVERY: u64 = 60_000;

pub(super) const BY_ID: &str = "SELECT * FROM tokens WHERE id = ?1";

pub(super) const ALL: &str = "SELECT * FROM tokens ORDER BY created, id";

const INSERT: &str = "INSERT INTO tokens (id, kind, name, digest, scopes, created, expires) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING";

const TOUCH: &str = "UPDATE tokens SET last_used = ?2 \
     WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2)";

/// When the use of each token was noted last.
#[derive(Debug, Default)]
pub(super) struct Touched(Mutex<HashMap<String, Timestamp>>);

impl Touched {
    /// Whether it is time for another note.
    fn is_due(&self, id: &str, now: Timestamp) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = noted.get_mut(id) {
            let due = now.millis() >= last.millis().saturating_add(NOTE_EVERY);
            if due {
                *last = now;
            }
            return due;
        }
        noted.insert(id.to_owned(), now);
        true
    }
}

impl Database {
    /// Adds a token; false where its id is taken.
    pub(crate) async fn insert_token(&self, token: &NewToken) -> Result<bool, StoreError> {
        let (id, token) = (token.id.clone(), token.clone());
        self.change(&id, move |scope| {
            let done = scope.execute(
                INSERT,
                params![
                    token.id,
                    token.kind.as_str(),
                    token.name,
                    token.digest.to_vec(),
                    json_array(&token.scopes),
                    millis(token.created),
                    token.expires.map(millis)
                ],
            )?;
            Ok(done > 0)
        })
        .await
    }

    /// The token of that id.
    pub(crate) async fn token(&self, id: &str) -> Result<Option<StoredToken>, StoreError> {
        Ok(self
            .opened()
            .await?
            .direct
            .one(BY_ID, [id], |row| token(row))?)
    }

    /// Every token, the oldest first.
    pub(crate) async fn tokens(&self) -> Result<Vec<StoredToken>, StoreError> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query(ALL).fetch_all(&mut *connection).await;
        let rows = rows.map_err(Failure::from)?;
        Ok(rows.iter().map(token).collect::<Result<_, _>>()?)
    }

    /// Revokes a token; false where there is none, or it was revoked before.
    pub(crate) async fn revoke_token(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.revoke(
            "UPDATE tokens SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL",
            id,
            now,
        )
        .await
    }

    /// Runs a statement that takes an id and the moment; false where it found
    /// nothing to change.
    pub(super) async fn revoke(
        &self,
        statement: &'static str,
        id: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let revoked = id.to_owned();
        self.change(id, move |scope| {
            let done = scope.execute(statement, params![revoked, millis(now)])?;
            Ok(done > 0)
        })
        .await
    }

    /// Notes that a token was used. Cheap enough for each request: written at
    /// most once a minute for a token, and lost if the process dies before.
    pub(crate) fn touch_token(&self, id: &str, now: Timestamp) {
        if !self.touched().is_due(id, now) {
            return;
        }
        let id = id.to_owned();
        self.write_later(move |scope| {
            scope.execute(TOUCH, params![id, millis(now)])?;
            Ok(())
        });
    }
}

fn token<R: Columns>(row: &R) -> Result<StoredToken, Failure> {
    Ok(StoredToken {
        token: NewToken {
            id: row.value("id")?,
            kind: row.named("kind", TokenKind::from_name)?,
            name: row.value("name")?,
            digest: row.bytes("digest")?,
            scopes: row.texts("scopes")?,
            created: row.moment("created")?,
            expires: row.moment_if_set("expires")?,
        },
        revoked: row.moment_if_set("revoked")?,
        last_used: row.moment_if_set("last_used")?,
    })
}
