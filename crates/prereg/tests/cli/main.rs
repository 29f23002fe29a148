//! The program as its users call it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod audit;
mod config;
mod demo;
mod help;
mod jose;
mod program;
mod provider;
mod secrets;
mod users;
