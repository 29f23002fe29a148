//! `prereg secrets`: the key that seals what is secret in the database, and the
//! one that signs access tokens.

mod generate;
mod rotate;
mod rotate_oauth;
mod status;

use clap::Subcommand;

use super::Outcome;

/// The keys of the server itself: the one that seals the database, the one that signs access tokens.
#[derive(Subcommand)]
pub(crate) enum Command {
    Rotate(rotate::Args),
    RotateOauth(rotate_oauth::Args),
    Status(status::Args),
    Generate(generate::Args),
}

impl Command {
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Rotate(args) => args.json,
            Self::RotateOauth(args) => args.json,
            Self::Status(args) => args.json,
            Self::Generate(args) => args.json,
        }
    }

    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::Rotate(args) => args.run(),
            Self::RotateOauth(args) => args.run(),
            Self::Status(args) => args.run(),
            Self::Generate(args) => args.run(),
        }
    }
}
