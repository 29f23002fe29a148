//! ECDSA on digests of SHA-384 (FIPS 186-5 §6.4).

mod equation;
mod rfc6979;
mod sign;
mod verify;

pub(crate) use equation::Equation;
pub use sign::{SigningKey, sign_batch};
pub use verify::{VerifyItem, verify_batch_vartime, verify_unprepared_vartime, verify_vartime};

/// Bytes of a signature: r ‖ s, big-endian.
pub const SIGNATURE_BYTES: usize = 96;
/// Bytes of a digest.
pub const DIGEST_BYTES: usize = 48;
