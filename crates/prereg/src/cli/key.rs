//! `prereg key`: the simulated keys, looked at and used.

mod authenticate;
mod list;
mod power_cycle;
mod relying_party;
mod reset;
mod show;

use clap::Subcommand;

use super::Outcome;

/// Simulated keys: list, show, sign in with one, unplug it, reset it.
#[derive(Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Show(show::Args),
    Authenticate(authenticate::Args),
    PowerCycle(power_cycle::Args),
    Reset(reset::Args),
}

impl Command {
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::List(args) => args.json,
            Self::Show(args) => args.json,
            Self::Authenticate(args) => args.json,
            Self::PowerCycle(args) => args.json,
            Self::Reset(args) => args.json,
        }
    }

    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::List(args) => args.run(),
            Self::Show(args) => args.run(),
            Self::Authenticate(args) => args.run(),
            Self::PowerCycle(args) => args.run(),
            Self::Reset(args) => args.run(),
        }
    }
}
