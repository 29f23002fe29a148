//! `prereg audit`: who changed what.

mod list;
mod verify;

use clap::Subcommand;

use super::Outcome;

/// The audit log: list it, verify that nobody altered it.
#[derive(Subcommand)]
pub(crate) enum Command {
    Verify(verify::Args),
    List(list::Args),
}

impl Command {
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Verify(args) => args.json,
            Self::List(args) => args.json,
        }
    }

    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::Verify(args) => args.run(),
            Self::List(args) => args.run(),
        }
    }
}
