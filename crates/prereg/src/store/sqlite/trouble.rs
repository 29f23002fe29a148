//! Disk full, database gone, busy, damaged or of another version: an error that
//! says so, nothing lost, and work goes on once it is over.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::task::JoinSet;

use super::Database;
use crate::seal::Keyring;
use crate::store::{DATABASE_FILE, Folder, StoreError};

struct Place {
    folder: Folder,
    keys: Keyring,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: Folder::new(),
            keys: Keyring::ephemeral(),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join(DATABASE_FILE)
    }

    async fn open(&self) -> Result<Database, StoreError> {
        Database::open(&self.file(), self.keys.clone()).await
    }

    /// Another process.
    async fn other(&self) -> SqliteConnection {
        SqliteConnection::connect(self.file().to_str().unwrap())
            .await
            .unwrap()
    }
}

/// Lets the file grow to so many pages; the writer is the one that notices.
async fn limit_pages(store: &Database, pages: i64) {
    let limited = store.write(move |scope| {
        let statement = format!("PRAGMA max_page_count = {pages}");
        let _: i64 = scope.value(&statement, [])?;
        Ok::<_, super::failure::Failed<StoreError>>(())
    });
    limited.await.unwrap();
}

async fn pages(place: &Place) -> i64 {
    let mut other = place.other().await;
    let pages = sqlx::query_scalar("PRAGMA page_count");
    pages.fetch_one(&mut other).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_that_was_acknowledged_and_is_recovered_from() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    store.insert_secret("first", b"value").await.unwrap();
    limit_pages(&store, pages(&place).await + 20).await;
    let mut writes = JoinSet::new();
    for number in 0..64 {
        let store = store.clone();
        writes.spawn(async move {
            let name = format!("large-{number}");
            (store.insert_secret(&name, &[7; 5000]).await, name)
        });
    }
    let written = writes.join_all().await;
    let (kept, refused): (Vec<_>, Vec<_>) = written.iter().partition(|(done, _)| done.is_ok());
    assert!(!refused.is_empty());
    for (done, _) in &refused {
        let StoreError(words) = done.as_ref().unwrap_err();
        assert!(words.contains("the disk is full; make room"), "{words}");
    }
    // What is small still fits, but who asks is told that there is trouble.
    for _ in 0..2 {
        limit_pages(&store, pages(&place).await + 20).await;
        store.insert_secret("small", b"value").await.unwrap();
        let StoreError(words) = store.ready().await.unwrap_err();
        assert!(words.contains("the disk is full; make room"), "{words}");
    }
    // Reading goes on, and so does writing once there is room.
    assert!(store.secret("first").await.unwrap().is_some());
    limit_pages(&store, 1_000_000).await;
    for (_, name) in &kept {
        assert_eq!(store.secret(name).await.unwrap().unwrap().len(), 5000);
    }
    for (_, name) in &refused {
        assert!(store.secret(name).await.unwrap().is_none());
        assert!(store.insert_secret(name, b"now").await.unwrap());
    }
    store.ready().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_database_that_is_gone_is_missed_and_found_again() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    store.insert_secret("first", b"value").await.unwrap();
    let aside = place.folder.path().join("aside.db");
    fs::rename(place.file(), &aside).unwrap();
    let is_gone = |error: StoreError| assert!(error.0.contains("is gone"), "{error}");
    is_gone(store.secret("first").await.unwrap_err());
    is_gone(store.insert_secret("second", b"").await.unwrap_err());
    is_gone(store.ready().await.unwrap_err());
    assert!(!place.file().exists(), "no empty one is made in its place");
    fs::rename(&aside, place.file()).unwrap();
    store.ready().await.unwrap();
    assert!(store.secret("first").await.unwrap().is_some());
    assert!(store.secret("second").await.unwrap().is_none());
    store.close().await;
}

#[tokio::test]
async fn a_restored_backup_is_taken_over() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    store.insert_secret("first", b"value").await.unwrap();
    let backup = place.folder.path().join("backup.db");
    let mut other = place.other().await;
    let statement = AssertSqlSafe(format!("VACUUM INTO '{}'", backup.display()));
    sqlx::query(statement).execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    store
        .insert_secret("after the backup", b"value")
        .await
        .unwrap();
    for companion in ["", "-wal", "-shm"] {
        let path = place
            .folder
            .path()
            .join(format!("{DATABASE_FILE}{companion}"));
        fs::remove_file(path).unwrap();
    }
    assert!(store.secret("first").await.is_err());
    fs::rename(&backup, place.file()).unwrap();
    assert!(store.secret("first").await.unwrap().is_some());
    assert!(store.secret("after the backup").await.unwrap().is_none());
    store.insert_secret("second", b"value").await.unwrap();
    store.close().await;
    let store = place.open().await.unwrap();
    assert!(store.secret("second").await.unwrap().is_some());
    store.close().await;
}

#[tokio::test]
async fn a_lock_of_another_process_is_waited_for() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let mut other = place.other().await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let begun = Instant::now();
    let held = Duration::from_millis(400);
    let release = async {
        tokio::time::sleep(held).await;
        lock.rollback().await.unwrap();
    };
    let (written, ()) = tokio::join!(store.insert_secret("first", b"value"), release);
    assert!(written.unwrap());
    assert!(begun.elapsed() >= held);
    // Readers do not wait for writers at all.
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    assert!(store.secret("first").await.unwrap().is_some());
    lock.rollback().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_as_it_is() {
    let place = Place::new();
    let text = "This is not a database, but somebody's notes. ".repeat(100);
    fs::write(place.file(), &text).unwrap();
    let StoreError(words) = place.open().await.unwrap_err();
    assert!(
        words.contains("damaged") || words.contains("not a database"),
        "{words}"
    );
    assert_eq!(fs::read_to_string(place.file()).unwrap(), text);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let place = Place::new();
    place.open().await.unwrap().close().await;
    let mut other = place.other().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (99, 'the future', TRUE, x'00', 0)",
    )
    .execute(&mut other)
    .await
    .unwrap();
    other.close().await.unwrap();
    let StoreError(words) = place.open().await.unwrap_err();
    assert!(words.contains("newer prereg"), "{words}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let place = Place::new();
    let path = place.folder.path().join("nowhere").join(DATABASE_FILE);
    let StoreError(words) = Database::open(&path, place.keys.clone()).await.unwrap_err();
    assert!(words.contains("nowhere"), "{words}");
}

/// What is set on a connection is what durability hangs on.
#[tokio::test]
async fn every_connection_is_set_up_to_keep_its_promises() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let settings = store.write(|scope| {
        let mut settings = Vec::new();
        for pragma in [
            "synchronous",
            "secure_delete",
            "foreign_keys",
            "busy_timeout",
            "trusted_schema",
        ] {
            let statement = format!("SELECT * FROM pragma_{pragma}");
            let value: i64 = scope.value(&statement, [])?;
            settings.push(value);
        }
        Ok::<_, super::failure::Failed<StoreError>>(settings)
    });
    assert_eq!(settings.await.unwrap(), [2, 1, 1, 10_000, 0]);
    let mut reader = store.reader().await.unwrap();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *reader)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
    let write = sqlx::query("DELETE FROM users").execute(&mut *reader).await;
    assert!(write.is_err(), "readers only read");
    drop(reader);
    store.close().await;
}
