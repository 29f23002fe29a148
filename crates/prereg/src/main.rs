//! WebAuthn pre-registration, both ends: the program.
#![forbid(unsafe_code)]

mod cli;
mod demo;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
