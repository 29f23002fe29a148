//! The built program as a server: `prereg serve`, started and stopped as an
//! operator does it, called as clients call it.

mod client;
mod health;
mod journey;
mod keys;
mod limits;
mod restart;
mod secrecy;
mod server;
mod start;
mod stop;
