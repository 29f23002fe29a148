//! What the benchmarks share: inputs, rivals, measuring sides in turns, and
//! saying what came out.

pub mod bare;
pub mod ends;
pub mod goals;
pub mod handles;
pub mod http;
pub mod interleave;
pub mod machine;
pub mod options;
pub mod plot;
pub mod report;
pub mod rivals;
pub mod tokens;
pub mod workload;
