//! `prereg demo`

use std::num::{NonZeroU64, NonZeroUsize};
use std::thread;

use getrandom::SysRng;
use prereg_types::RpId;
use yubico_sim::{Fault, Seed};

use super::{Failure, Outcome};
use crate::demo::{self, Settings, Stop};

/// Play complete pre-registrations in memory and tell the story.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  $ prereg demo
  $ prereg demo --rp-id login.example.com --rp-id vpn.example.com
  $ prereg demo --keys 20 --json
  $ prereg demo --fault tampered-tag")]
pub(crate) struct Args {
    /// How many keys. More than one are measured, not told.
    #[arg(long, value_name = "N", default_value = "1")]
    keys: NonZeroU64,
    /// A host name to register on each key; repeat for more.
    #[arg(long, value_name = "HOST", value_parser = rp_id)]
    rp_id: Vec<RpId>,
    /// How many threads; as many as there are processors when missing.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Any text; the same text gives the same keys, ids and PINs.
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,
    /// Break one step; ends well if it is refused as `prereg faults` says.
    #[arg(long, value_name = "NAME", value_parser = fault)]
    fault: Option<Fault>,
    /// Show PINs, which are masked otherwise.
    #[arg(long)]
    show_pin: bool,
    /// Write JSON; the last line is the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let settings = self.settings()?;
        match demo::run(&settings) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::Refused {
                code: "demo",
                message: "the demonstration did not end as it should".to_owned(),
            }),
            Err(Stop::Output(error)) => Err(error.into()),
            Err(stop) => Err(Failure::Refused {
                code: "demo",
                message: stop.to_string(),
            }),
        }
    }

    fn settings(self) -> Result<Settings, Failure> {
        let seed = match &self.seed {
            Some(text) => Seed::from_text(text),
            None => {
                Seed::generate(&mut SysRng).map_err(|error| Failure::refused("the seed", error))?
            }
        };
        let available = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Settings {
            keys: self.keys.get(),
            rp_ids: rp_ids(self.rp_id, self.fault)?,
            threads: self.threads.unwrap_or_else(available).get(),
            seed,
            fault: self.fault,
            show_pin: self.show_pin,
            json: self.json,
        })
    }
}

/// The hosts asked for, or as many as the fault needs to show.
fn rp_ids(asked: Vec<RpId>, fault: Option<Fault>) -> Result<Vec<RpId>, Failure> {
    let needed = if fault.is_some_and(Fault::needs_two_credentials) {
        2
    } else {
        1
    };
    if asked.is_empty() {
        let hosts = ["login.example.com", "vpn.example.com"]
            .into_iter()
            .take(needed);
        return hosts
            .map(|host| RpId::parse(host).map_err(|error| Failure::Usage(error.to_string())))
            .collect();
    }
    if asked.len() < needed {
        let message = "this fault shows with two credentials or more: give --rp-id twice";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(asked)
}

fn rp_id(text: &str) -> Result<RpId, String> {
    RpId::parse(text).map_err(|error| error.to_string())
}

fn fault(name: &str) -> Result<Fault, String> {
    Fault::from_name(name).ok_or_else(|| "no such fault; `prereg faults` lists them".to_owned())
}
