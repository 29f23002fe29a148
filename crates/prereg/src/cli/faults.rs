//! `prereg faults`

use std::io::{self, Write as _};

use serde_json::json;
use yubico_sim::Fault;

use super::Outcome;

/// List the faults that the simulator can commit, and the refusal each must meet.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg faults
  $ prereg demo --fault wrong-origin")]
pub(crate) struct Args {
    /// Write JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let mut out = io::stdout().lock();
        if !self.json {
            writeln!(
                out,
                "{:<32} {:<34} what goes wrong",
                "fault", "refusal it must meet"
            )?;
        }
        for fault in Fault::ALL {
            let (name, refusal, what) = (fault.name(), fault.refusal(), fault.description());
            if self.json {
                let by = fault.culprit().name();
                let row = json!({"name": name, "refusal": refusal, "by": by, "description": what});
                writeln!(out, "{row}")?;
            } else {
                writeln!(out, "{name:<32} {refusal:<34} {what}")?;
            }
        }
        Ok(())
    }
}
