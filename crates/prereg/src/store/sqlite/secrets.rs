//! Named secrets of the server, sealed.

use rusqlite::params;
use zeroize::Zeroizing;

use super::Database;
use super::columns::Columns;
use super::direct::Found;
use super::failure::{Failed, Failure};
use super::writer::Scope;
use crate::seal::{DataKey, Keyring, Place};
use crate::store::StoreError;

const FIND: &str = "SELECT value, kek, data_key FROM secrets WHERE name = ?1";

const INSERT: &str = "INSERT INTO secrets (name, value, kek, data_key) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (name) DO NOTHING";

const REPLACE: &str = "INSERT INTO secrets (name, value, kek, data_key) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (name) DO UPDATE \
     SET value = excluded.value, kek = excluded.kek, data_key = excluded.data_key";

impl Database {
    /// The named secret.
    pub(crate) async fn secret(
        &self,
        name: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let opened = self.opened().await?;
        let read = |row: &Found<'_>| secret(row, self.keyring(), name);
        Ok(opened.direct.one(FIND, [name], read)?)
    }

    /// Keeps a secret, sealed; false where there is one of that name already,
    /// which then stays. Never what an operator asked for, but its groundwork.
    pub(crate) async fn insert_secret(&self, name: &str, value: &[u8]) -> Result<bool, StoreError> {
        let (kept, value) = owned(name, value);
        self.write(move |scope| keep(scope, INSERT, &kept, &value))
            .await
    }

    /// Keeps a secret, sealed, in the place of the one of that name.
    pub(crate) async fn replace_secret(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let (kept, value) = owned(name, value);
        self.change(name, move |scope| {
            keep(scope, REPLACE, &kept, &value).map(drop)
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
            let read = |row: &Found<'_>| secret(row, scope.keyring(), &kept);
            if scope.one(FIND, [&kept], read)? != Some(known) {
                return Ok(false);
            }
            keep(scope, REPLACE, &kept, &value)
        })
        .await
    }
}

fn owned(name: &str, value: &[u8]) -> (String, Zeroizing<Vec<u8>>) {
    (name.to_owned(), Zeroizing::new(value.to_vec()))
}

fn secret(row: &Found<'_>, keyring: &Keyring, name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let data_key = row.data_key(keyring, "kek", "data_key")?;
    Ok(data_key.open(place(name), row.value("value")?)?)
}

/// Keeps a secret within a change; false where there is one of that name already.
pub(super) fn keep_new<E>(scope: &mut Scope, name: &str, value: &[u8]) -> Result<bool, Failed<E>> {
    keep(scope, INSERT, name, value)
}

fn keep<E>(
    scope: &mut Scope,
    statement: &'static str,
    name: &str,
    value: &[u8],
) -> Result<bool, Failed<E>> {
    let data_key = DataKey::generate(&scope.kek()?)?;
    let sealed = data_key.seal(place(name), value)?;
    let done = scope.execute(
        statement,
        params![
            name,
            sealed,
            data_key.kek().as_str(),
            data_key.wrapped().as_slice()
        ],
    )?;
    scope.wiped();
    Ok(done > 0)
}

const fn place(row: &str) -> Place<'_> {
    Place {
        table: "secrets",
        column: "value",
        row,
    }
}
