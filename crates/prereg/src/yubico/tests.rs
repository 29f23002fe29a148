//! The facade, by requests to its router.

mod key_sets;
mod refusals;
mod shipments;
mod world;
