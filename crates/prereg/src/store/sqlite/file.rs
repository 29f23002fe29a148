//! The file: opening it, noticing that it is gone, and finding it again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rusqlite::{Connection, OpenFlags};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool};
use tokio::sync::Mutex;

use super::direct::Direct;
use super::failure::Failure;
use super::migrations;
use crate::seal::Keyring;

/// How long to wait for a lock that another process holds.
pub(super) const BUSY: Duration = Duration::from_secs(10);
/// Connections that read at the same time.
const READERS: u32 = 4;
/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS: usize = 128;

/// What every connection is set to. `synchronous` full: a commit is on the disk
/// before it is acknowledged. `secure_delete` overwrites what is deleted with
/// zeros; `trusted_schema` off keeps a doctored file from running functions.
const SETTINGS: [(&str, &str); 5] = [
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    ("secure_delete", "ON"),
    ("temp_store", "MEMORY"),
    ("trusted_schema", "OFF"),
];

/// The way to the database, which may go and come back.
#[derive(Debug)]
pub(super) struct Link {
    path: PathBuf,
    opened: ArcSwap<Opened>,
    reopening: Mutex<()>,
}

/// The database while it stays where it is.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) identity: Identity,
    /// For statements that only read, and may take long.
    pub(super) readers: SqlitePool,
    /// For those that find a row by its key.
    pub(super) direct: Direct,
}

/// Which file a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Link {
    /// Opens a file, makes it where it is not there, and brings its tables up to
    /// date.
    pub(super) async fn open(path: &Path, keyring: &Keyring) -> Result<Self, Failure> {
        create(path)?;
        let opened = Opened::at(path, keyring).await?;
        Ok(Self {
            path: path.to_path_buf(),
            opened: ArcSwap::from_pointee(opened),
            reopening: Mutex::new(()),
        })
    }

    /// The database, if it is still there: the open file would take writes after
    /// it was deleted or moved, and they would be lost. Where another file has
    /// come in its place, a restored backup, that one is opened.
    pub(super) async fn opened(&self, keyring: &Keyring) -> Result<Arc<Opened>, Failure> {
        let path = &self.path;
        let opened = self.opened.load_full();
        if identity(path)? == opened.identity {
            return Ok(opened);
        }
        let _reopening = self.reopening.lock().await;
        let opened = self.opened.load_full();
        if identity(path)? == opened.identity {
            return Ok(opened);
        }
        let opened = Arc::new(Opened::at(path, keyring).await?);
        self.opened.store(opened.clone());
        Ok(opened)
    }

    /// The file.
    #[cfg(test)]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A connection that writes; there is one at a time.
    pub(super) fn writer(&self) -> Result<Connection, Failure> {
        connect(&self.path)
    }

    /// Closes every connection that reads.
    pub(super) async fn close(&self) {
        let opened = self.opened.load_full();
        opened.direct.close();
        opened.readers.close().await;
    }
}

impl Opened {
    async fn at(path: &Path, keyring: &Keyring) -> Result<Self, Failure> {
        let options = options().filename(path);
        let mut connection = options.connect().await?;
        use_write_ahead_log(&mut connection).await?;
        migrations::run(&mut connection).await?;
        check_keys(&mut connection, &path.display().to_string(), keyring).await?;
        connection.close().await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            // SQLite's connections are files: they do not break off.
            .test_before_acquire(false)
            .acquire_timeout(BUSY);
        Ok(Self {
            identity: identity(path)?,
            readers: readers.connect_lazy_with(options.pragma("query_only", "ON")),
            direct: Direct::new(path),
        })
    }
}

fn options() -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .create_if_missing(false)
        .busy_timeout(BUSY)
        .disable_statement_logging();
    SETTINGS
        .into_iter()
        .fold(options, |options, (name, value)| {
            options.pragma(name, value)
        })
}

/// A connection whose statements run on the thread that calls them.
pub(super) fn connect(path: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    for (name, value) in SETTINGS {
        connection.pragma_update(None, name, value)?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Makes the file, readable by its owner alone. SQLite gives its companions
/// (`-wal`, `-shm`) the same mode.
fn create(path: &Path) -> Result<(), Failure> {
    let mut open = fs::File::options();
    open.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    match open.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Failure::File(path.to_path_buf(), error))
        }
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Result<Identity, Failure> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::metadata(path).map_err(|_| Failure::Gone(path.to_path_buf()))?;
    Ok(Identity(metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Result<Identity, Failure> {
    fs::metadata(path).map_err(|_| Failure::Gone(path.to_path_buf()))?;
    Ok(Identity(0, 0))
}

/// Turns the write-ahead log on; the file remembers it. The lock for that cannot
/// be waited for, so two processes that start at once have to try again.
async fn use_write_ahead_log(connection: &mut SqliteConnection) -> Result<(), Failure> {
    const STEP: Duration = Duration::from_millis(50);
    let mut left = BUSY.as_millis() / STEP.as_millis();
    loop {
        let mode: Result<String, _> = sqlx::query_scalar("PRAGMA journal_mode = WAL")
            .fetch_one(&mut *connection)
            .await;
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                let words = format!("the disk does not support a write-ahead log (mode {mode})");
                return Err(Failure::Words(words));
            }
            Err(error) if left == 0 => return Err(error.into()),
            Err(_) => {
                left -= 1;
                tokio::time::sleep(STEP).await;
            }
        }
    }
}

/// A new database takes the first key of the ring; an old one must find its own.
async fn check_keys(
    connection: &mut SqliteConnection,
    place: &str,
    keyring: &Keyring,
) -> Result<(), Failure> {
    let first = keyring.keys().first().map(|key| key.id().clone());
    let first = first.ok_or_else(|| Failure::Words("there is no secret key".to_owned()))?;
    let kek: Option<String> = sqlx::query_scalar("SELECT kek FROM sealing WHERE id = 1")
        .fetch_optional(&mut *connection)
        .await?;
    let kek = match kek {
        Some(kek) => kek,
        None => {
            sqlx::query_scalar(
                "INSERT INTO sealing (id, kek) VALUES (1, ?1) \
                 ON CONFLICT (id) DO UPDATE SET kek = sealing.kek RETURNING kek",
            )
            .bind(first.as_str())
            .fetch_one(connection)
            .await?
        }
    };
    keyring.key(&kek).map(drop).map_err(|_| {
        Failure::Words(format!(
            "the database {place} is sealed with the secret key {kek}, but {} holds {first}; \
             give it the key that belongs to it",
            keyring.source()
        ))
    })
}
