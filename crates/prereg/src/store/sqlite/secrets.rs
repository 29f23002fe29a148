//! Named secrets of the server, sealed.

use sqlx::SqliteConnection;
use zeroize::Zeroizing;

use super::Database;
use super::columns::Columns;
use super::failure::{Failed, Failure};
use super::writer::Scope;
use crate::seal::{DataKey, Keyring, Place};
use crate::store::StoreError;

const INSERT: &str = "INSERT INTO secrets (name, value, kek, data_key) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (name) DO NOTHING";

const REPLACE: &str = "INSERT INTO secrets (name, value, kek, data_key) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (name) DO UPDATE \
     SET value = excluded.value, kek = excluded.kek, data_key = excluded.data_key";

impl Database {
    /// The named secret.
    pub(crate) async fn secret(
        &self,
        name: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let mut connection = self.reader().await?;
        Ok(load(&mut connection, self.keyring(), name).await?)
    }

    /// Keeps a secret, sealed; false where there is one of that name already,
    /// which then stays. Never what an operator asked for, but its groundwork.
    pub(crate) async fn insert_secret(&self, name: &str, value: &[u8]) -> Result<bool, StoreError> {
        let (kept, value) = owned(name, value);
        self.write(move |scope| Box::pin(async move { keep(scope, INSERT, &kept, &value).await }))
            .await
    }

    /// Keeps a secret, sealed, in the place of the one of that name.
    pub(crate) async fn replace_secret(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let (kept, value) = owned(name, value);
        self.change(name, move |scope| {
            Box::pin(async move { keep(scope, REPLACE, &kept, &value).await.map(drop) })
        })
        .await
    }

    /// Keeps a secret in the place of this one of that name; false where another
    /// has taken its place meanwhile, which then stays.
    pub(crate) async fn exchange_secret(
        &self,
        name: &str,
        known: &[u8],
        value: &[u8],
    ) -> Result<bool, StoreError> {
        let (kept, value) = owned(name, value);
        let known = Zeroizing::new(known.to_vec());
        self.change(name, move |scope| {
            Box::pin(async move {
                let keyring = scope.keyring().clone();
                let found = load(scope.connection(), &keyring, &kept).await?;
                if found != Some(known) {
                    return Ok(false);
                }
                keep(scope, REPLACE, &kept, &value).await
            })
        })
        .await
    }
}

fn owned(name: &str, value: &[u8]) -> (String, Zeroizing<Vec<u8>>) {
    (name.to_owned(), Zeroizing::new(value.to_vec()))
}

/// The named secret.
pub(super) async fn load(
    connection: &mut SqliteConnection,
    keyring: &Keyring,
    name: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let row = sqlx::query("SELECT value, kek, data_key FROM secrets WHERE name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let data_key = row.data_key(keyring, "kek", "data_key")?;
        Ok(data_key.open(place(name), row.value("value")?)?)
    })
    .transpose()
}

/// Keeps a secret within a change; false where there is one of that name already.
pub(super) async fn keep_new<E>(
    scope: &mut Scope,
    name: &str,
    value: &[u8],
) -> Result<bool, Failed<E>> {
    keep(scope, INSERT, name, value).await
}

async fn keep<E>(
    scope: &mut Scope,
    statement: &'static str,
    name: &str,
    value: &[u8],
) -> Result<bool, Failed<E>> {
    let data_key = DataKey::generate(&scope.kek().await?)?;
    let sealed = data_key.seal(place(name), value)?;
    let done = sqlx::query(statement)
        .bind(name)
        .bind(sealed)
        .bind(data_key.kek().as_str())
        .bind(data_key.wrapped().as_slice())
        .execute(scope.connection())
        .await?;
    scope.wiped();
    Ok(done.rows_affected() > 0)
}

const fn place(row: &str) -> Place<'_> {
    Place {
        table: "secrets",
        column: "value",
        row,
    }
}
