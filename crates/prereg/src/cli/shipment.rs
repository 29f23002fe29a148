//! `prereg shipment`: the provider's shipments, looked at and moved.

mod advance;
mod chosen;
mod fail;
mod list;
mod pause;
mod resume;
mod show;
mod view;

use clap::Subcommand;

use super::Outcome;

/// Shipments of the simulated provider: list, show, advance, fail, pause, resume.
#[derive(Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Show(show::Args),
    Advance(advance::Args),
    Fail(fail::Args),
    Pause(pause::Args),
    Resume(resume::Args),
}

impl Command {
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::List(args) => args.json,
            Self::Show(args) => args.json,
            Self::Advance(args) => args.chosen.json,
            Self::Fail(args) => args.chosen.json,
            Self::Pause(args) => args.chosen.json,
            Self::Resume(args) => args.chosen.json,
        }
    }

    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::List(args) => args.run(),
            Self::Show(args) => args.run(),
            Self::Advance(args) => args.run(),
            Self::Fail(args) => args.run(),
            Self::Pause(args) => args.run(),
            Self::Resume(args) => args.run(),
        }
    }
}
