//! The facade as a client meets it: whole requests against the whole router,
//! with a database in memory and a simulated provider.

mod admission;
mod documents;
mod errors;
mod leniency;
mod logs;
mod operations;
mod users;
mod world;
