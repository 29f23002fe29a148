//! ECDSA on digests of SHA-384 (FIPS 186-5 §6.4).

mod equation;
mod rfc6979;
mod sign;
mod verify;

pub use crate::sha384::DIGEST_BYTES;
pub(crate) use equation::Equation;
pub use sign::{SigningKey, sign_batch};
pub use verify::{VerifyItem, verify_batch_vartime, verify_unprepared_vartime, verify_vartime};

/// Bytes of a signature: r ‖ s, big-endian.
pub const SIGNATURE_BYTES: usize = 96;
