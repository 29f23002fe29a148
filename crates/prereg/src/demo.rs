//! The demonstration: complete pre-registrations in memory, real envelopes and
//! a simulated key.

mod fault;
mod journey;
mod lab;
mod story;
mod terminal;
mod throughput;
mod timing;

use std::fmt;
use std::io;
use std::time::Duration;

use prereg_types::RpId;
use serde::Serialize;
use yubico_sim::{Fault, Seed};

use self::lab::Lab;

/// What to play.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) keys: u64,
    pub(crate) rp_ids: Vec<RpId>,
    pub(crate) threads: usize,
    pub(crate) seed: Seed,
    pub(crate) fault: Option<Fault>,
    pub(crate) show_pin: bool,
    pub(crate) json: bool,
}

/// Why a journey ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The relying party refused.
    Refused(relying_party::Error),
    /// Something that no fault explains.
    Broken(String),
    /// The terminal is gone.
    Output(io::Error),
}

/// The last line of `--json`.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Summary {
    keys: u64,
    activated: u64,
    pins_mailed: u64,
    authenticated: u64,
    refused: u64,
    seconds: f64,
    keys_per_second: f64,
}

/// Plays it: one key as a story, many as a measurement, a fault to its refusal.
/// Gives whether everything went as it should.
pub(crate) fn run(settings: &Settings) -> Result<bool, Stop> {
    let lab = Lab::found(settings.seed.child("lab", 0), settings.fault)?;
    match settings.fault {
        Some(fault) => fault::run(&lab, settings, fault),
        None if settings.keys == 1 && !settings.json => story::run(&lab, settings),
        None => throughput::run(&lab, settings),
    }
}

impl Summary {
    fn with_time(mut self, took: Duration) -> Self {
        let seconds = took.as_secs_f64();
        // Three decimals are as much as a clock on a shared machine is good for.
        let rounded = |number: f64| (number * 1000.0).round() / 1000.0;
        // No demonstration comes near 2^52 keys.
        #[expect(clippy::cast_precision_loss, reason = "a count of keys")]
        let keys = self.keys as f64;
        self.seconds = rounded(seconds);
        self.keys_per_second = rounded(keys / seconds.max(f64::MIN_POSITIVE));
        self
    }

    const fn add(&mut self, other: &Self) {
        self.keys += other.keys;
        self.activated += other.activated;
        self.pins_mailed += other.pins_mailed;
        self.authenticated += other.authenticated;
        self.refused += other.refused;
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "refused: {error}"),
            Self::Broken(what) => f.write_str(what),
            Self::Output(error) => write!(f, "cannot write: {error}"),
        }
    }
}

impl From<relying_party::Error> for Stop {
    fn from(error: relying_party::Error) -> Self {
        Self::Refused(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Errors that no fault of the table explains.
macro_rules! broken {
    ($($error:ty),+) => {
        $(impl From<$error> for Stop {
            fn from(error: $error) -> Self {
                Self::Broken(error.to_string())
            }
        })+
    };
}

broken!(
    authenticator::Status,
    jose_core::Error,
    prereg_types::Invalid,
    serde_json::Error,
    yubico_sim::Error
);
