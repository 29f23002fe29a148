//! `prereg jwk public`

use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::cli::Outcome;
use crate::cli::key_file::{self, Keys};

/// Write the public half of a key, or of every key of a set.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate --use sig > key.jwk
  $ prereg jwk public --key key.jwk > public.jwk")]
pub(crate) struct Args {
    /// The key: JWK, JWK Set or PEM; "-" is standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    key: PathBuf,
    /// Report errors as a JSON object (the key itself is JSON anyway).
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let text = key_file::load(&self.key)?;
        let keys =
            key_file::public_part(&text).map_err(|error| key_file::refusal(&self.key, error))?;
        let json = match keys {
            Keys::One(key) => key.to_json(),
            Keys::Set(keys) => keys.to_json(),
        };
        Ok(writeln!(io::stdout(), "{json}")?)
    }
}
