//! What was done so far, in a file: real parcels take days, and nobody keeps a
//! terminal open for days. No secret is in it: the requests are encrypted to the
//! provider.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jose_core::json::Object;
use prereg_types::api::EnrollmentInitializationResponse;
use prereg_types::read::{self, Invalid};
use prereg_types::{RpId, ShipmentId, UserId};
use serde_json::json;

use super::error::Stop;

/// How far an order has come.
#[derive(Debug, Default)]
pub(crate) struct Saved {
    file: Option<PathBuf>,
    ends: Ends,
    pub(super) progress: Progress,
}

/// Between whom, so that a file is not gone on with elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    /// The relying party's base URL.
    pub(crate) okta: String,
    /// The provider's base URL.
    pub(crate) yubico: String,
}

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) user: Option<UserId>,
    pub(super) rp_ids: Vec<RpId>,
    pub(super) initiated: bool,
    /// The answer of enroll, as text.
    pub(super) enrollment: Option<String>,
    pub(super) shipment: Option<ShipmentId>,
    pub(super) activated: bool,
    pub(super) pin_sent: bool,
}

impl Saved {
    /// Reads the file where there is one, and will write it.
    ///
    /// # Errors
    /// [`Stop::Saved`] for a file of another kind or of another order.
    pub(crate) fn open(file: Option<&Path>, ends: Ends) -> Result<Self, Stop> {
        let mut saved = Self {
            file: file.map(Path::to_owned),
            ends,
            progress: Progress::default(),
        };
        let Some(path) = file else {
            return Ok(saved);
        };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(saved),
            Err(error) => return Err(wrong(path, &error.to_string())),
        };
        let read = read::body(&text, |body| Ok((ends_of(body)?, progress(body)?)));
        let (ends, progress) = read.map_err(|invalid| wrong(path, &invalid.to_string()))?;
        if ends != saved.ends {
            let told = format!(
                "it belongs to an order between {} and {}",
                ends.okta, ends.yubico
            );
            return Err(wrong(path, &told));
        }
        saved.progress = progress;
        Ok(saved)
    }

    /// Writes the file, whole or not at all.
    pub(super) fn save(&self) -> Result<(), Stop> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let written = write(path, self.to_json().as_bytes());
        written.map_err(|error| wrong(path, &error.to_string()))
    }

    /// The answer of enroll, where it was asked already.
    pub(super) fn requests(&self) -> Result<Option<EnrollmentInitializationResponse>, Stop> {
        let Some(text) = &self.progress.enrollment else {
            return Ok(None);
        };
        let read = EnrollmentInitializationResponse::from_json(text.as_bytes());
        let told = |invalid: Invalid| Stop::Saved(format!("state file: enrollment: {invalid}"));
        read.map(Some).map_err(told)
    }

    fn to_json(&self) -> String {
        let (ends, progress) = (&self.ends, &self.progress);
        let saved = json!({
            "okta_url": ends.okta, "yubico_url": ends.yubico, "user": progress.user,
            "rp_ids": progress.rp_ids, "initiated": progress.initiated,
            "enrollment": progress.enrollment, "shipment": progress.shipment,
            "activated": progress.activated, "pin_sent": progress.pin_sent,
        });
        format!("{saved}\n")
    }
}

fn ends_of(body: &Object<'_>) -> Result<Ends, Invalid> {
    Ok(Ends {
        okta: read::required(body, "okta_url", read::owned)?,
        yubico: read::required(body, "yubico_url", read::owned)?,
    })
}

fn progress(body: &Object<'_>) -> Result<Progress, Invalid> {
    let flag = |name: &'static str| read::required(body, name, read::boolean);
    Ok(Progress {
        user: read::optional(body, "user", UserId::from_value)?,
        rp_ids: read::required(body, "rp_ids", |value| read::list(value, RpId::from_value))?,
        initiated: flag("initiated")?,
        enrollment: read::optional(body, "enrollment", read::owned)?,
        shipment: read::optional(body, "shipment", ShipmentId::from_value)?,
        activated: flag("activated")?,
        pin_sent: flag("pin_sent")?,
    })
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(new, path)
}

fn wrong(path: &Path, what: &str) -> Stop {
    Stop::Saved(format!("state file {}: {what}", path.display()))
}
