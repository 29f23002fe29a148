//! WebAuthn pre-registration, both ends: the program.
#![forbid(unsafe_code)]

mod admin;
mod auth;
mod cli;
mod clock;
mod config;
mod demo;
mod directory;
mod hook;
mod http;
mod mail;
mod next_fault;
mod okta;
mod orchestrate;
mod seal;
mod service;
mod store;
mod telemetry;
mod tls;
mod trust;
mod yubico;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
