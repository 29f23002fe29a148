#![doc = env!("CARGO_PKG_DESCRIPTION")]
#![forbid(unsafe_code)]
