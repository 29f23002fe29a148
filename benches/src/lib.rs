//! What the benchmarks share: inputs, rivals, and measuring two sides at once.

pub mod bare;
pub mod ends;
pub mod handles;
pub mod http;
pub mod interleave;
pub mod machine;
pub mod rivals;
pub mod tokens;
pub mod workload;
