//! The command line: one subcommand a file.

mod audit;
mod client;
mod config;
mod demo;
mod faults;
mod input;
mod jose;
mod jwk;
mod key;
mod key_file;
mod lifetime;
mod local;
mod orchestrate;
mod outcome;
mod provider;
mod scopes;
mod secrets;
mod serve;
mod shipment;
mod table;
mod token;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use outcome::{ErrorLine, Failure, Outcome};

/// WebAuthn pre-registration, both ends: relying party and fulfillment provider.
#[derive(Parser)]
#[command(
    name = "prereg",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Example:\n  $ prereg demo"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(subcommand)]
    Audit(audit::Command),
    #[command(subcommand)]
    Client(client::Command),
    #[command(subcommand)]
    Config(config::Command),
    Demo(demo::Args),
    Faults(faults::Args),
    #[command(subcommand)]
    Jose(jose::Command),
    #[command(subcommand)]
    Jwk(jwk::Command),
    Serve(serve::Args),
    Orchestrate(Box<orchestrate::Args>),
    #[command(subcommand)]
    Key(key::Command),
    #[command(subcommand)]
    Secrets(secrets::Command),
    #[command(subcommand)]
    Shipment(shipment::Command),
    #[command(subcommand)]
    Token(token::Command),
    #[command(subcommand)]
    User(user::Command),
}

/// Runs the program: exit 0, 1 where something was refused, 2 for wrong usage.
pub(crate) fn run() -> ExitCode {
    let command = Cli::parse().command;
    let json = command.wants_json();
    match command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

impl Command {
    const fn wants_json(&self) -> bool {
        match self {
            // The last line on standard output is the summary, also of a failure.
            Self::Demo(_) => false,
            Self::Audit(command) => command.wants_json(),
            Self::Client(command) => command.wants_json(),
            Self::Config(command) => command.wants_json(),
            Self::Faults(args) => args.json,
            Self::Jose(command) => command.wants_json(),
            Self::Jwk(command) => command.wants_json(),
            Self::Serve(args) => args.json,
            Self::Key(command) => command.wants_json(),
            Self::Orchestrate(args) => args.json,
            Self::Secrets(command) => command.wants_json(),
            Self::Shipment(command) => command.wants_json(),
            Self::Token(command) => command.wants_json(),
            Self::User(command) => command.wants_json(),
        }
    }

    fn run(self) -> Outcome {
        match self {
            Self::Audit(command) => command.run(),
            Self::Client(command) => command.run(),
            Self::Config(command) => command.run(),
            Self::Demo(args) => args.run(),
            Self::Faults(args) => args.run(),
            Self::Jose(command) => command.run(),
            Self::Jwk(command) => command.run(),
            Self::Serve(args) => args.run(),
            Self::Key(command) => command.run(),
            Self::Orchestrate(args) => args.run(),
            Self::Secrets(command) => command.run(),
            Self::Shipment(command) => command.run(),
            Self::Token(command) => command.run(),
            Self::User(command) => command.run(),
        }
    }
}
