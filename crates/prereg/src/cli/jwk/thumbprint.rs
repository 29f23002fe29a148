//! `prereg jwk thumbprint`

use std::io::{self, Write as _};
use std::path::PathBuf;

use jose_core::jwk::PublicJwk;
use serde_json::json;

use crate::cli::Outcome;
use crate::cli::key_file::{self, Keys};

/// Write the RFC 7638 thumbprint (SHA-256, base64url) of a key or of every key of a set.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate > key.jwk
  $ prereg jwk thumbprint --key key.jwk")]
pub(crate) struct Args {
    /// The key: JWK, JWK Set or PEM; "-" is standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    key: PathBuf,
    /// Write JSON objects with the key id, one a line.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let text = key_file::load(&self.key)?;
        let keys =
            key_file::public_part(&text).map_err(|error| key_file::refusal(&self.key, error))?;
        match keys {
            Keys::One(key) => self.write(&key),
            Keys::Set(keys) => keys.keys().iter().try_for_each(|key| self.write(key)),
        }
    }

    fn write(&self, key: &PublicJwk) -> Outcome {
        let thumbprint = key.thumbprint().to_base64url();
        let mut out = io::stdout();
        if self.json {
            writeln!(
                out,
                "{}",
                json!({"kid": key.kid(), "thumbprint": thumbprint})
            )?;
        } else {
            writeln!(out, "{thumbprint}")?;
        }
        Ok(())
    }
}
