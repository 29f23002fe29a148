//! `prereg faults`

use super::Outcome;

/// List the faults that the simulated provider can be given.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  $ prereg faults")]
pub(crate) struct Args {
    /// Write JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        Ok(())
    }
}
