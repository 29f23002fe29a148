//! What stops an orchestrator.

use std::fmt;
use std::time::Duration;

use prereg_types::ShipmentId;
use prereg_types::read::Invalid;
use prereg_types::shipment::ShipmentState;

/// Why a call did not give what was asked.
#[derive(Debug)]
pub(crate) struct CallError {
    /// Method and address.
    pub(crate) call: String,
    /// What happened.
    pub(crate) fault: Fault,
}

/// What happened to a call.
#[derive(Debug)]
pub(crate) enum Fault {
    /// There is no token for it.
    Token(String),
    /// Nobody answered.
    Unreachable(String),
    /// It was refused.
    Refused {
        /// The status.
        status: u16,
        /// What the server says, on one line.
        told: String,
        /// The server's name for the request, where it has one.
        request: Option<String>,
    },
    /// It was refused for now, over and over or for too long.
    Limited(Duration),
    /// The answer is none that this call has.
    Unreadable(Invalid),
    /// The answer is longer than any that this call has, or broke off.
    Body(String),
}

/// Why a key did not get to its PIN.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A call failed.
    Call(Box<CallError>),
    /// The shipment went wrong for good; its enrollments are marked.
    Failed(ShipmentId, ShipmentState),
    /// The shipment takes longer than anybody wants to wait here.
    TooSlow(ShipmentId, ShipmentState),
    /// Something does not fit; told in full.
    Mismatch(String),
    /// What was done so far could not be written down.
    Saved(String),
    /// Nobody reads any more.
    Output(std::io::Error),
}

impl Stop {
    /// A stable code for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Call(error) => error.fault.code(),
            Self::Failed(..) => "shipment_failed",
            Self::TooSlow(..) => "shipment_pending",
            Self::Mismatch(_) => "mismatch",
            Self::Saved(_) => "state_file",
            Self::Output(_) => "output",
        }
    }
}

impl Fault {
    const fn code(&self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::Unreachable(_) => "unreachable",
            Self::Refused { .. } => "refused",
            Self::Limited(_) => "rate_limited",
            Self::Unreadable(_) | Self::Body(_) => "unreadable",
        }
    }
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        Self::Call(Box::new(error))
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.call, self.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(why) => f.write_str(why),
            Self::Unreachable(why) => write!(f, "no answer: {why}"),
            Self::Refused {
                status,
                told,
                request,
            } => {
                write!(f, "{status} {told}")?;
                match request {
                    Some(request) => write!(f, " (request {request})"),
                    None => Ok(()),
                }
            }
            Self::Limited(wait) => {
                let seconds = wait.as_secs();
                write!(f, "too many requests; it may be tried again in {seconds} s")
            }
            Self::Unreadable(invalid) => write!(f, "unexpected answer: {invalid}"),
            Self::Body(why) => write!(f, "the answer cannot be read: {why}"),
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::Failed(id, state) => write!(
                f,
                "shipment {id} has failed in state {}; its enrollments are marked as errored",
                name(*state)
            ),
            Self::TooSlow(id, state) => write!(
                f,
                "shipment {id} is still in state {}; with --state FILE the same command goes on later",
                name(*state)
            ),
            Self::Mismatch(what) | Self::Saved(what) => f.write_str(what),
            Self::Output(error) => error.fmt(f),
        }
    }
}

/// A state by its number and, where the vendor has one, its name.
pub(super) fn name(state: ShipmentState) -> String {
    match state.name() {
        Some(name) => format!("{} ({name})", state.id()),
        None => state.id().to_string(),
    }
}
