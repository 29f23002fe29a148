//! How a command ends.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use serde::Serialize;

/// The result of a command.
pub(crate) type Outcome = Result<(), Failure>;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input was refused: exit 1.
    Refused {
        /// A stable code for programs.
        code: &'static str,
        /// What was wrong, where, and what to do.
        message: String,
    },
    /// The command was used wrongly, or a file cannot be read or written: exit 2.
    Usage(String),
    /// The other end of the output was closed, as by `head`: not an error.
    OutputClosed,
}

/// An error as one JSON object: `{"ok":false,"error":"<code>"}`, perhaps with a
/// message for people.
#[derive(Serialize)]
pub(crate) struct ErrorLine<'a> {
    ok: bool,
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

impl<'a> ErrorLine<'a> {
    pub(crate) const fn new(error: &'a str, message: Option<&'a str>) -> Self {
        Self {
            ok: false,
            error,
            message,
        }
    }
}

impl fmt::Display for ErrorLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Failure {
    /// A refusal by jose-core, with the place it concerns.
    pub(crate) fn refused(place: &str, error: jose_core::Error) -> Self {
        Self::Refused {
            code: error.code(),
            message: format!("{place}: {error}"),
        }
    }

    /// Tells the user and gives the exit code.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        let (code, message, exit) = match self {
            Self::Refused { code, message } => (*code, message.as_str(), 1),
            Self::Usage(message) => ("usage", message.as_str(), 2),
            Self::OutputClosed => return ExitCode::SUCCESS,
        };
        // Nobody is left to tell where these cannot be written.
        let _ = if json {
            let body = ErrorLine::new(code, Some(message));
            writeln!(io::stdout(), "{body}")
        } else {
            writeln!(io::stderr(), "error: {message}")
        };
        ExitCode::from(exit)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::OutputClosed;
        }
        Self::Usage(format!("input or output failed: {error}"))
    }
}
