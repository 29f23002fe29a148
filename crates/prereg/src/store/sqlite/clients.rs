//! OAuth 2 clients, and the assertions they have used up.

use prereg_types::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::Database;
use super::columns::{Columns, json_array, millis};
use super::failure::Failure;
use crate::store::{NewClient, StoreError, StoredClient};

pub(super) const BY_ID: &str = "SELECT * FROM clients WHERE id = $1";

pub(super) const FORGET: &str = "DELETE FROM used_assertions WHERE expires < $1";

const INSERT: &str = "INSERT INTO clients (id, name, jwks, scopes, created) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";

const USE_ASSERTION: &str = "INSERT INTO used_assertions (client, jti, expires) \
     VALUES ($1, $2, $3) ON CONFLICT (client, jti) DO NOTHING";

impl Database {
    /// Adds a client; false where its id is taken.
    pub(crate) async fn insert_client(&self, client: &NewClient) -> Result<bool, StoreError> {
        let (id, client) = (client.id.clone(), client.clone());
        self.change(&id, move |scope| {
            Box::pin(async move {
                let done = sqlx::query(INSERT)
                    .bind(client.id)
                    .bind(client.name)
                    .bind(client.jwks)
                    .bind(json_array(&client.scopes))
                    .bind(millis(client.created))
                    .execute(scope.connection())
                    .await?;
                Ok(done.rows_affected() > 0)
            })
        })
        .await
    }

    /// The client of that id.
    pub(crate) async fn client(&self, id: &str) -> Result<Option<StoredClient>, StoreError> {
        let mut connection = self.reader().await?;
        let row = sqlx::query(BY_ID)
            .bind(id)
            .fetch_optional(&mut *connection)
            .await;
        let row = row.map_err(Failure::from)?;
        Ok(row.as_ref().map(client).transpose()?)
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
            "UPDATE clients SET revoked = $2 WHERE id = $1 AND revoked IS NULL",
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
            Box::pin(async move {
                sqlx::query(FORGET)
                    .bind(millis(now))
                    .execute(scope.connection())
                    .await?;
                let done = sqlx::query(USE_ASSERTION)
                    .bind(client)
                    .bind(jti)
                    .bind(millis(expires))
                    .execute(scope.connection())
                    .await?;
                Ok(done.rows_affected() > 0)
            })
        })
        .await
    }
}

fn client(row: &SqliteRow) -> Result<StoredClient, Failure> {
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
