//! Commands about the simulated provider of a data directory.

use prereg_types::{Serial, ShipmentId};

use super::Failure;
use super::local::{Directory, with_database};
use crate::config;
use crate::store::Database;
use crate::yubico::{self, Simulator};

/// Runs a command on the provider of the data directory, whether a server runs
/// there or not: both read everything about shipments and keys from the database.
pub(crate) fn with_provider<T>(
    settings: &config::Args,
    work: impl AsyncFnOnce(&Simulator, &Database) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let of_provider = settings.settings()?.provider;
    with_database(settings, Directory::Exists, async |db| {
        let provider = yubico::open(db, &of_provider).await?;
        work(&provider, db).await
    })
}

/// For clap.
pub(crate) fn shipment_id(text: &str) -> Result<ShipmentId, &'static str> {
    ShipmentId::parse(text).map_err(|_| "write an id as `prereg shipment list` shows it")
}

/// For clap.
pub(crate) fn serial(text: &str) -> Result<Serial, &'static str> {
    Serial::parse(text).map_err(|_| "write a serial number as `prereg key list` shows it")
}

impl From<yubico_sim::Error> for Failure {
    fn from(error: yubico_sim::Error) -> Self {
        Self::Refused {
            code: error.code(),
            message: error.to_string(),
        }
    }
}
