//! The page, by requests to its router.

mod actions;
mod guarding;
mod shown;
mod world;
