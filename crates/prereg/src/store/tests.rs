//! What the store promises, on SQLite.

mod audit;
mod concurrency;
mod crash;
mod folder;
mod journey;
mod provider;
mod rotation;
mod round_trip;
mod samples;
mod sealing;
mod semantics;
mod service;
mod views;
mod workers;

pub(crate) use folder::Folder;

use super::{DATABASE_FILE, Database};
use crate::seal::Keyring;

/// Keys that several openings share.
struct Keys(Keyring);

impl Keys {
    fn new() -> Self {
        Self(Keyring::ephemeral())
    }

    async fn open(&self, folder: &Folder) -> Database {
        let path = folder.path().join(DATABASE_FILE);
        Database::open(&path, self.0.clone()).await.unwrap()
    }
}
