//! `prereg user`: the small directory of those who get keys.

mod add;
mod import;
mod list;

use clap::Subcommand;

use super::Outcome;

/// Users: import from CSV or JSON, add, list.
#[derive(Subcommand)]
pub(crate) enum Command {
    Import(import::Args),
    Add(add::Args),
    List(list::Args),
}

impl Command {
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Import(args) => args.json,
            Self::Add(args) => args.json,
            Self::List(args) => args.json,
        }
    }

    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::Import(args) => args.run(),
            Self::Add(args) => args.run(),
            Self::List(args) => args.run(),
        }
    }
}
