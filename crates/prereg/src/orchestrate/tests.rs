//! An orchestrator between two servers that answer as they are told.

mod calls;
mod journeys;
mod script;
