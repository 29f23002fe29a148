//! OAuth 2 clients, and the assertions they have used up.

use prereg_types::Timestamp;
use rusqlite::params;

use super::Database;
use super::columns::{Columns, json_array, millis};
use super::failure::Failure;
use crate::store::{NewClient, StoreError, StoredClient};

pub(super) const BY_ID: &str = "SELECT * FROM clients WHERE id = ?1";

pub(super) const FORGET: &str = "DELETE FROM used_assertions WHERE expires < ?1";

const INSERT: &str = "INSERT INTO clients (id, name, jwks, scopes, created) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING";

const USE_ASSERTION: &str = "INSERT INTO used_assertions (client, jti, expires) \
     VALUES (?1, ?2, ?3) ON CONFLICT (client, jti) DO NOTHING";

impl Database {
    /// Adds a client; false where its id is taken.
    pub(crate) async fn insert_client(&self, client: &NewClient) -> Result<bool, StoreError> {
        let (id, client) = (client.id.clone(), client.clone());
        self.change(&id, move |scope| {
            let done = scope.execute(
                INSERT,
                params![
                    client.id,
                    client.name,
                    client.jwks,
                    json_array(&client.scopes),
                    millis(client.created)
                ],
            )?;
            Ok(done > 0)
        })
        .await
    }

    /// The client of that id.
    pub(crate) async fn client(&self, id: &str) -> Result<Option<StoredClient>, StoreError> {
        Ok(self
            .opened()
            .await?
            .direct
            .one(BY_ID, [id], |row| client(row))?)
    }

    /// Every client, the oldest first.
    pub(crate) async fn clients(&self) -> Result<Vec<StoredClient>, StoreError> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query("SELECT * FROM clients ORDER BY created, id")
            .fetch_all(&mut *connection)
            .await;
        let rows = rows.map_err(Failure::from)?;
        Ok(rows.iter().map(client).collect::<Result<_, _>>()?)
    }

    /// Revokes a client; false where there is none, or it was revoked before.
    pub(crate) async fn revoke_client(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.revoke(
            "UPDATE clients SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL",
            id,
            now,
        )
        .await
    }

    /// Uses up the `jti` of a client's assertion; false where it was seen. It is
    /// remembered until `expires`; those that ran out before `now` are forgotten.
    pub(crate) async fn use_jti(
        &self,
        client: &str,
        jti: &str,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (client, jti) = (client.to_owned(), jti.to_owned());
        self.write(move |scope| {
            scope.execute(FORGET, params![millis(now)])?;
            let done = scope.execute(USE_ASSERTION, params![client, jti, millis(expires)])?;
            Ok(done > 0)
        })
        .await
    }
}

fn client<R: Columns>(row: &R) -> Result<StoredClient, Failure> {
    Ok(StoredClient {
        client: NewClient {
            id: row.value("id")?,
            name: row.value("name")?,
            jwks: row.value("jwks")?,
            scopes: row.texts("scopes")?,
            created: row.moment("created")?,
        },
        revoked: row.moment_if_set("revoked")?,
    })
}
