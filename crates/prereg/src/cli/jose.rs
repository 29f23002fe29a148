//! `prereg jose`: JOSE tokens on the command line.

mod answer;
mod decrypt;
mod encrypt;
mod inspect;
mod sign;
mod verify;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use zeroize::Zeroizing;

use super::{Failure, Outcome, input, key_file};

/// Encrypt, decrypt, sign, verify and inspect JOSE tokens.
#[derive(Subcommand)]
pub(crate) enum Command {
    Encrypt(encrypt::Args),
    Decrypt(decrypt::Args),
    Sign(sign::Args),
    Verify(verify::Args),
    Inspect(inspect::Args),
}

/// Where data comes from and how results are written.
#[derive(Args)]
pub(crate) struct Stream {
    /// The input; standard input where it is missing or "-".
    file: Option<PathBuf>,
    /// Read one item a line and write one JSON object a line, in order.
    ///
    /// A line that begins with a quote is a JSON string, so that an item may
    /// hold any character. Exits 0 when every line was answered.
    #[arg(long)]
    lines: bool,
    /// Write the result, or the error, as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Stream {
    /// Reads the key file, which cannot come from the same standard input as the data.
    fn load_key(&self, key: &PathBuf) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if input::is_stdin(Some(key)) && input::is_stdin(self.file.as_ref()) {
            let message = "--key - takes standard input, so name a file for the data";
            return Err(Failure::Usage(message.to_owned()));
        }
        key_file::load(key)
    }
}

impl Command {
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Encrypt(args) => args.stream.json,
            Self::Decrypt(args) => args.stream.json,
            Self::Sign(args) => args.stream.json,
            Self::Verify(args) => args.stream.json,
            Self::Inspect(args) => args.stream.json,
        }
    }

    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Encrypt(args) => args.run(),
            Self::Decrypt(args) => args.run(),
            Self::Sign(args) => args.run(),
            Self::Verify(args) => args.run(),
            Self::Inspect(args) => args.run(),
        }
    }
}
