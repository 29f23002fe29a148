//! `prereg secrets generate`

use std::io::{self, Write as _};

use serde_json::json;

use crate::cli::{Failure, Outcome};
use crate::seal::KeyEncryptionKey;

/// Draw a secret key, for `PREREG_SECRET_KEY` or a file that it is read from.
///
/// Without either, the server draws its own into secret.key.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg secrets generate > new.key")]
pub(crate) struct Args {
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let key = KeyEncryptionKey::generate().map_err(|error| Failure::Refused {
            code: "randomness",
            message: error.to_string(),
        })?;
        let text = key.to_base64url();
        let mut out = io::stdout();
        if self.json {
            let answer = json!({"key": text.as_str(), "id": key.id().as_str()});
            return Ok(writeln!(out, "{answer}")?);
        }
        Ok(writeln!(out, "{}", text.as_str())?)
    }
}
