//! `prereg client`: OAuth 2 clients with `private_key_jwt`.

mod create;
mod list;
mod revoke;

use clap::Subcommand;

use super::Outcome;

/// OAuth 2 clients that sign with a private key: create, list, revoke.
#[derive(Subcommand)]
pub(crate) enum Command {
    Create(create::Args),
    List(list::Args),
    Revoke(revoke::Args),
}

impl Command {
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Create(args) => args.json,
            Self::List(args) => args.json,
            Self::Revoke(args) => args.json,
        }
    }

    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::Create(args) => args.run(),
            Self::List(args) => args.run(),
            Self::Revoke(args) => args.run(),
        }
    }
}
