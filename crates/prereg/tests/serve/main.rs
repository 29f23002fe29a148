//! The built program as a server: `prereg serve`, started and stopped as an
//! operator does it, called as clients call it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod client;
mod faults;
mod health;
mod journey;
mod keys;
mod limits;
mod orchestrate;
mod restart;
mod secrecy;
mod server;
mod start;
mod stop;
mod tokens;
