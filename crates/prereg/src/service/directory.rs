//! The data directory: made for its owner alone, used by one server at a time.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::ServiceError;

/// What a running server tells other commands of itself. Never a token.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Running {
    pub(crate) okta_url: String,
    pub(crate) yubico_url: String,
    pub(crate) admin_url: String,
    /// The process.
    pub(crate) pid: u32,
}

/// A data directory in use by this server, until it is dropped.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    announced: bool,
    /// Its lock goes with the process, however that ends.
    _lock: File,
}

impl Directory {
    /// Makes the directory where it is not there, and takes it.
    ///
    /// # Errors
    /// [`ServiceError::Directory`], and [`ServiceError::InUse`] where another
    /// server runs in it.
    pub(crate) fn take(path: &Path) -> Result<Self, ServiceError> {
        let cannot = |error| ServiceError::Directory {
            path: path.to_owned(),
            error,
        };
        make(path).map_err(cannot)?;
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        let lock = options.open(path.join("serve.lock")).map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ServiceError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        let directory = Self {
            path: path.to_owned(),
            announced: false,
            _lock: lock,
        };
        // A server that was killed has left its addresses behind.
        directory.withdraw();
        Ok(directory)
    }

    /// Writes `serve.json`, whole or not at all.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn announce(&mut self, running: &Running) -> io::Result<()> {
        let new = self.path.join("serve.json.new");
        let mut file = File::create(&new)?;
        serde_json::to_writer(&mut file, running)?;
        file.write_all(b"\n")?;
        fs::rename(new, self.addresses())?;
        self.announced = true;
        Ok(())
    }

    fn withdraw(&self) {
        // Not there is what it should be.
        let _ = fs::remove_file(self.addresses());
    }

    fn addresses(&self) -> PathBuf {
        self.path.join("serve.json")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.announced {
            self.withdraw();
        }
    }
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
