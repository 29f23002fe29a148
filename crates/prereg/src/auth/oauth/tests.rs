//! Assertions as clients make them, and as attackers would.

mod access_tokens;
mod assertions;
mod endpoint;
mod registration;
mod signing;
