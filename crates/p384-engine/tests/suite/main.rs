//! The public interface on every backend, judged by `p384` and Wycheproof.

mod ecdh;
mod ecdsa;
mod exceptional;
mod subject;
mod wycheproof;
