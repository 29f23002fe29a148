//! Where the key-encryption keys come from: a file that only its owner can read,
//! or the environment.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jose_core::base64url;
use zeroize::Zeroizing;

use super::data_key::{KEY_BYTES, random};
use super::{KeyEncryptionKey, Keyring, SealError};
use crate::store::DATABASE_FILE;

/// The environment variable that holds keys.
const KEY_VARIABLE: &str = "PREREG_SECRET_KEY";
/// The environment variable that names a file of keys.
const FILE_VARIABLE: &str = "PREREG_SECRET_KEY_FILE";
/// The file of keys in a data directory.
const KEY_FILE: &str = "secret.key";
/// More than anybody's keys and remarks need.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Where the keys come from. Each is 32 bytes in base64url; the first one seals,
/// the others only open what was sealed with them before.
#[derive(Clone)]
pub(crate) enum KeySource {
    /// A file of one key a line; lines that begin with `#` are remarks.
    File(PathBuf),
    /// The text of an environment variable, keys separated by commas or spaces.
    Environment(Arc<Zeroizing<String>>),
    /// Keys that were given and cannot be read again.
    #[cfg_attr(not(test), expect(dead_code, reason = "for tests"))]
    Fixed,
}

/// Why there is no key to work with; says what to do. Never with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyError(String);

impl Keyring {
    /// The keys for a data directory: from the environment variable
    /// `PREREG_SECRET_KEY`, from the file that `PREREG_SECRET_KEY_FILE` names, or
    /// from `secret.key` in the directory. That file is made on the very first
    /// start, when there is no database yet.
    ///
    /// # Errors
    /// [`KeyError`] where a key is missing, of the wrong length, or in a file
    /// that others can read.
    pub(crate) fn of_directory(data: &Path) -> Result<Self, KeyError> {
        Self::load(KeySource::of_directory(data, |name| {
            std::env::var_os(name)
        })?)
    }
}

impl KeySource {
    /// As [`Keyring::of_directory`], with an environment to look into.
    ///
    /// # Errors
    /// [`KeyError`] where both variables are set, where the database is there
    /// and its key is not, and where a new key cannot be kept.
    pub(crate) fn of_directory(
        data: &Path,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, KeyError> {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        match (set(KEY_VARIABLE), set(FILE_VARIABLE)) {
            (Some(_), Some(_)) => Err(KeyError(format!(
                "both {KEY_VARIABLE} and {FILE_VARIABLE} are set; set one of them"
            ))),
            (Some(keys), None) => {
                let keys = keys.into_string().map_err(|_| not_a_key(KEY_VARIABLE))?;
                Ok(Self::Environment(Arc::new(Zeroizing::new(keys))))
            }
            (None, Some(path)) => Ok(Self::File(path.into())),
            (None, None) => Self::own_file(data),
        }
    }

    /// `secret.key`, made where neither it nor the database is there.
    fn own_file(data: &Path) -> Result<Self, KeyError> {
        let path = data.join(KEY_FILE);
        let database = data.join(DATABASE_FILE);
        // In this order: whoever makes both makes the key first.
        let has_database = database.exists();
        if !path.exists() {
            if has_database {
                return Err(KeyError(format!(
                    "the database {} is there, but its secret key {} is not; restore the key \
                     from a backup, or name it by {FILE_VARIABLE} or {KEY_VARIABLE} (without it \
                     nothing that is sealed in the database can be read)",
                    database.display(),
                    path.display()
                )));
            }
            let key = KeyEncryptionKey::generate()?;
            // Two processes may start for the first time at once: one key wins.
            write_file(&path, &file_text(&[key]), Existing::Keep)?;
        }
        Ok(Self::File(path))
    }

    /// Reads the keys, the one to seal with first.
    ///
    /// # Errors
    /// [`KeyError`] where the file cannot be read or others can read it, and for
    /// anything that is not a key.
    pub(super) fn read(&self) -> Result<Vec<KeyEncryptionKey>, KeyError> {
        let (place, keys) = match self {
            Self::File(path) => {
                let place = path.display().to_string();
                let text = read_file(path)?;
                let lines = text.lines().map(str::trim);
                let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
                let keys: Result<_, _> = keys.map(|key| parse(key, &place)).collect();
                (place, keys?)
            }
            Self::Environment(text) => {
                let keys = text.split([',', ' ', '\n']).map(str::trim);
                let keys = keys.filter(|key| !key.is_empty());
                let keys: Result<_, _> = keys.map(|key| parse(key, KEY_VARIABLE)).collect();
                (KEY_VARIABLE.to_owned(), keys?)
            }
            Self::Fixed => (String::new(), Vec::new()),
        };
        if keys.is_empty() {
            return Err(not_a_key(&place));
        }
        Ok(keys)
    }

    /// Keeps other keys in the place of those that are there.
    ///
    /// # Errors
    /// [`KeyError`] where the file cannot be written, and for the environment.
    pub(super) fn write(&self, keys: &[KeyEncryptionKey]) -> Result<(), KeyError> {
        match self {
            Self::File(path) => write_file(path, &file_text(keys), Existing::Replace),
            Self::Environment(_) => Err(KeyError(format!(
                "the keys come from {KEY_VARIABLE}, which this program cannot change: put a new \
                 key in front of the one in use ({KEY_VARIABLE}=NEW,OLD; `prereg secrets \
                 generate` draws one), restart the server with both, and rotate again"
            ))),
            Self::Fixed => Ok(()),
        }
    }

    /// Whether [`Self::write`] can do anything.
    pub(super) const fn is_writable(&self) -> bool {
        !matches!(self, Self::Environment(_))
    }

    /// Keeps other rotations out until it is dropped: two of them would each
    /// throw the other's new key away.
    ///
    /// # Errors
    /// [`KeyError`] where another one runs.
    pub(crate) fn lock(&self) -> Result<Option<File>, KeyError> {
        let Self::File(path) = self else {
            return Ok(None);
        };
        // The folder: the file itself is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.clone());
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        let lock = File::open(folder).map_err(|error| unreadable(folder, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Err(KeyError(
                "another rotation is under way; wait for its end".to_owned(),
            )),
            Err(TryLockError::Error(error)) => Err(unreadable(folder, &error)),
        }
    }
}

/// What becomes of a file that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Existing {
    Keep,
    Replace,
}

fn parse(text: &str, place: &str) -> Result<KeyEncryptionKey, KeyError> {
    let text = text.trim_end_matches('=').as_bytes();
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    if base64url::decoded_len(text.len()) != Ok(KEY_BYTES) {
        return Err(not_a_key(place));
    }
    base64url::decode_to(text, &mut *key).map_err(|_| not_a_key(place))?;
    Ok(KeyEncryptionKey::new(key))
}

fn not_a_key(place: &str) -> KeyError {
    KeyError(format!(
        "{place} holds something that is no secret key: one is 32 bytes, written as 43 \
         characters of base64url"
    ))
}

fn file_text(keys: &[KeyEncryptionKey]) -> Zeroizing<String> {
    let remark = "# Opens what prereg seals in its database. Keep it secret, and keep a backup.\n";
    let mut text = Zeroizing::new(String::with_capacity(remark.len() + keys.len() * 48));
    text.push_str(remark);
    for key in keys {
        text.push_str(&key.to_base64url());
        text.push('\n');
    }
    text
}

fn read_file(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    refuse_if_shared(&file, path)?;
    let room = usize::try_from(MAX_FILE_BYTES).unwrap_or_default();
    let mut text = Zeroizing::new(String::with_capacity(room));
    let mut bounded = file.take(MAX_FILE_BYTES);
    bounded
        .read_to_string(&mut text)
        .map_err(|error| unreadable(path, &error))?;
    Ok(text)
}

fn unreadable(path: &Path, error: &io::Error) -> KeyError {
    KeyError(format!(
        "the secret key {} cannot be read: {error}",
        path.display()
    ))
}

/// Refuses a file that others than its owner can read or change.
#[cfg(unix)]
fn refuse_if_shared(file: &File, path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
    let mode = metadata.mode() & 0o777;
    let of_others = mode & 0o077;
    if of_others == 0 {
        return Ok(());
    }
    Err(KeyError(format!(
        "others than its owner can get at the secret key {path} (mode {mode:03o}); close it: \
         chmod 600 {path}",
        path = path.display()
    )))
}

#[cfg(not(unix))]
fn refuse_if_shared(_: &File, _: &Path) -> Result<(), KeyError> {
    Ok(())
}

/// Writes a file that only its owner can read, whole or not at all.
fn write_file(path: &Path, text: &str, existing: Existing) -> Result<(), KeyError> {
    write_file_io(path, text, existing).map_err(|error| {
        KeyError(format!(
            "the secret key {} cannot be written: {error}",
            path.display()
        ))
    })
}

fn write_file_io(path: &Path, text: &str, existing: Existing) -> io::Result<()> {
    // A link stays one: what it points to is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut name = [0; 8];
    random(&mut name).map_err(io::Error::other)?;
    let draft = path.with_extension(format!("new-{:016x}", u64::from_be_bytes(name)));
    let written = write_draft(&draft, text).and_then(|()| match existing {
        Existing::Replace => fs::rename(&draft, &path),
        Existing::Keep => match fs::hard_link(&draft, &path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        },
    });
    // After a rename nothing is left of it.
    let _ = fs::remove_file(&draft);
    written?;
    File::open(folder)?.sync_all()
}

fn write_draft(path: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Environment(_) => f.write_str(KEY_VARIABLE),
            Self::Fixed => f.write_str("this process"),
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for KeyError {}

impl From<SealError> for KeyError {
    fn from(error: SealError) -> Self {
        Self(error.to_string())
    }
}

#[cfg(test)]
mod tests;
