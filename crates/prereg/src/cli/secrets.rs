//! `prereg secrets`: the keys that seal what is secret in the database.

mod generate;
mod rotate;
mod status;

use clap::Subcommand;

use super::Outcome;

/// The secret key that seals the database: rotate it, see what is under it.
#[derive(Subcommand)]
pub(crate) enum Command {
    Rotate(rotate::Args),
    Status(status::Args),
    Generate(generate::Args),
}

impl Command {
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Rotate(args) => args.json,
            Self::Status(args) => args.json,
            Self::Generate(args) => args.json,
        }
    }

    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::Rotate(args) => args.run(),
            Self::Status(args) => args.run(),
            Self::Generate(args) => args.run(),
        }
    }
}
