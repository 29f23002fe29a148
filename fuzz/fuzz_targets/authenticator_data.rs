#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| prereg_types::fuzzing::authenticator_data(data));
