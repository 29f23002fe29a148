#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jose_core::fuzzing::jwe_compact(data));
