//! Many tokens at once: one result per item, in order; items may mix keys.

use alloc::vec::Vec;
use core::fmt;

use super::verify::{Verified, Verifier};
use crate::error::Error;
use crate::policy::VerifyPolicy;

/// One token of a batch.
#[derive(Clone, Copy)]
pub struct VerifyItem<'a> {
    /// The key that verifies it.
    pub verifier: &'a Verifier,
    /// The compact token.
    pub token: &'a [u8],
    /// What is allowed.
    pub policy: &'a VerifyPolicy,
}

/// Verifies every item; see [`Verifier::verify`].
pub fn verify_batch(items: &[VerifyItem<'_>]) -> Vec<Result<Verified, Error>> {
    items
        .iter()
        .map(|item| item.verifier.verify(item.token, item.policy))
        .collect()
}

/// A payload stands in the token readable to all and may be secret: only its
/// size is printed.
impl fmt::Debug for VerifyItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "VerifyItem({} bytes, {:?})",
            self.token.len(),
            self.verifier
        )
    }
}
