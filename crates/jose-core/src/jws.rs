//! JWS in compact form: ES384 (RFC 7515, RFC 7518 §3.4).

mod batch;
mod sign;
mod verify;

pub(crate) use batch::decide_batch;
pub use batch::{SignItem, VerifyItem, sign_batch, verify_batch};
pub use sign::{SignHeader, Signer, SigningInput};
pub use verify::{Verified, Verifier, VerifierSet};

pub use crate::header::JwsHeader;
pub use crate::policy::VerifyPolicy;
