//! A folder of `.eml` files, which mail programs open as they are.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prereg_types::Timestamp;
use relying_party::clock::Clock as _;
use relying_party::mail::{Mail, MailError};
use tokio::task::spawn_blocking;

use super::Sender;
use super::message::Message;
use crate::clock::SystemClock;

/// A folder that mail is put into.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    directory: Arc<Path>,
    sender: Sender,
}

/// A file that is complete and on the disk, under a name that nobody looks at.
/// It goes unless it is shown.
pub(crate) struct Draft {
    hidden: PathBuf,
    shown: PathBuf,
    is_shown: bool,
}

/// A file that shows; its name may not be on the disk yet.
pub(crate) struct Shown(PathBuf);

/// How the names of drafts end, beside the dot at their beginning.
const DRAFT: &str = "-draft";

impl Folder {
    /// Opens a folder and makes it where it is not there, for its owner only.
    /// Drafts that a killed server left there are removed: they may hold PINs.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn open(directory: &Path, sender: Sender) -> io::Result<Self> {
        create_private(directory)?;
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if is_draft(&path) {
                fs::remove_file(path)?;
            }
        }
        Ok(Self {
            directory: directory.into(),
            sender,
        })
    }

    /// Writes a mail down, but does not show it yet.
    ///
    /// # Errors
    /// As [`Mailer::send`](relying_party::mail::Mailer::send).
    pub(crate) async fn draft(&self, mail: &Mail) -> Result<Draft, MailError> {
        let now = SystemClock.now();
        let message = Message::write(mail, &self.sender, now)?;
        let directory = Arc::clone(&self.directory);
        blocking(move || Draft::write(&directory, &message, now)).await
    }
}

impl Draft {
    fn write(directory: &Path, message: &Message, now: Timestamp) -> io::Result<Self> {
        let name = name(now)?;
        let draft = Self {
            hidden: directory.join(format!(".{name}{DRAFT}")),
            shown: directory.join(format!("{name}.eml")),
            is_shown: false,
        };
        let mut file = create_new(&draft.hidden)?;
        file.write_all(&message.bytes)?;
        file.sync_all()?;
        Ok(draft)
    }

    /// Shows the file; from then on the mail is handed over. Takes no longer than
    /// a file system needs to note a name.
    ///
    /// # Errors
    /// As [`Mailer::send`](relying_party::mail::Mailer::send).
    pub(crate) fn show(mut self) -> Result<Shown, MailError> {
        fs::rename(&self.hidden, &self.shown).map_err(|error| failed(&error))?;
        self.is_shown = true;
        Ok(Shown(std::mem::take(&mut self.shown)))
    }
}

impl Shown {
    /// Makes the name durable.
    ///
    /// # Errors
    /// As [`Mailer::send`](relying_party::mail::Mailer::send).
    pub(crate) async fn keep(self) -> Result<(), MailError> {
        blocking(move || sync_directory(&self.0)).await
    }
}

/// A mail that was withdrawn leaves nothing behind.
impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_shown
            && let Err(error) = fs::remove_file(&self.hidden)
        {
            tracing::warn!(%error, file = %self.hidden.display(), "a draft of a mail could not be removed; it may hold a PIN");
        }
    }
}

/// Runs what touches the disk where it holds up nobody. No failure of a disk is
/// for ever.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, MailError> {
    let done = spawn_blocking(work).await;
    let done = done.map_err(|_| MailError::Temporary("the write was interrupted".into()))?;
    done.map_err(|error| failed(&error))
}

fn failed(error: &io::Error) -> MailError {
    MailError::Temporary(format!("the mail folder: {error}"))
}

/// Files sort by time; random bits keep two of one moment apart.
fn name(now: Timestamp) -> io::Result<String> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let moment: String = now
        .to_string()
        .chars()
        .filter(|character| !matches!(character, ':' | '-' | '.'))
        .collect();
    Ok(format!("{moment}-{:08x}", u32::from_be_bytes(bytes)))
}

fn is_draft(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with('.') && name.ends_with(DRAFT))
}

fn create_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn sync_directory(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(directory) if cfg!(unix) => File::open(directory)?.sync_all(),
        _ => Ok(()),
    }
}
