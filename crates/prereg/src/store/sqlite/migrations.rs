//! The tables, version by version. One that was released is never edited.

use std::borrow::Cow;

use sqlx::migrate::{AppliedMigration, Migrate as _, MigrateError, Migration, MigrationType};
use sqlx::{Connection as _, SqlSafeStr as _, SqliteConnection};

use super::failure::Failure;

/// Where sqlx notes which versions were applied.
const NOTES: &str = "_sqlx_migrations";

/// Number, name and text of each version.
const VERSIONS: [(i64, &str, &str); 4] = [
    (
        1,
        "relying party",
        include_str!("../migrations/0001_relying_party.sql"),
    ),
    (2, "service", include_str!("../migrations/0002_service.sql")),
    (
        3,
        "provider",
        include_str!("../migrations/0003_provider.sql"),
    ),
    (
        4,
        "write probe",
        include_str!("../migrations/0004_write_probe.sql"),
    ),
];

/// Brings the tables up to date. Of several processes that try at once, one does
/// it and the others wait.
pub(super) async fn run(connection: &mut SqliteConnection) -> Result<(), Failure> {
    let versions = VERSIONS.map(migration);
    // Where there is no such table yet, there is all to do.
    let applied = connection.list_applied_migrations(NOTES).await;
    if missing(&versions, &applied.unwrap_or_default())?.is_empty() {
        return Ok(());
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    transaction.ensure_migrations_table(NOTES).await?;
    let applied = transaction.list_applied_migrations(NOTES).await?;
    for version in missing(&versions, &applied)? {
        transaction.apply(NOTES, version).await?;
    }
    Ok(transaction.commit().await?)
}

fn migration((number, name, text): (i64, &'static str, &'static str)) -> Migration {
    let kind = MigrationType::Simple;
    Migration::new(
        number,
        Cow::Borrowed(name),
        kind,
        text.into_sql_str(),
        false,
    )
}

/// The versions to apply. One that is not known, or not as it is known, is an
/// error: the tables are not those that this program was written for.
fn missing<'v>(
    versions: &'v [Migration],
    applied: &[AppliedMigration],
) -> Result<Vec<&'v Migration>, MigrateError> {
    for done in applied {
        let known = versions.iter().find(|one| one.version == done.version);
        let known = known.ok_or(MigrateError::VersionMissing(done.version))?;
        if known.checksum != done.checksum {
            return Err(MigrateError::VersionMismatch(done.version));
        }
    }
    let is_missing = |one: &&Migration| applied.iter().all(|done| done.version != one.version);
    Ok(versions.iter().filter(is_missing).collect())
}
