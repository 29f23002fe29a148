#![no_main]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a difference ends the run"
)]

#[path = "../../crates/p384-engine/tests/suite/differential.rs"]
mod differential;

libfuzzer_sys::fuzz_target!(|data: &[u8]| differential::differential(data));
