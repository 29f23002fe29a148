//! `prereg jwk`: P-384 keys on the command line.

mod generate;
mod public;
mod thumbprint;

use clap::Subcommand;

use super::Outcome;

/// Make and read P-384 JSON Web Keys.
#[derive(Subcommand)]
pub(crate) enum Command {
    Generate(generate::Args),
    Public(public::Args),
    Thumbprint(thumbprint::Args),
}

impl Command {
    pub(crate) const fn wants_json(&self) -> bool {
        match self {
            Self::Generate(args) => args.json,
            Self::Public(args) => args.json,
            Self::Thumbprint(args) => args.json,
        }
    }

    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Generate(args) => args.run(),
            Self::Public(args) => args.run(),
            Self::Thumbprint(args) => args.run(),
        }
    }
}
