//! Many tokens at once: one result per item, in order; items may mix keys.

use alloc::vec::Vec;
use core::fmt;

use super::verify::{Claim, Verified, Verifier};
use crate::error::Error;
use crate::es384;
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
    let claims = items
        .iter()
        .map(|item| item.verifier.claim(item.token, item.policy));
    let claims: Vec<Result<Claim<'_>, Error>> = claims.collect();
    let signatures: Vec<_> = claims.iter().flatten().map(Claim::item).collect();
    let mut verdicts = es384::verify_batch(&signatures).into_iter();
    let result = |claim: Result<Claim<'_>, Error>| {
        let claim = claim?;
        // There is one for each claim.
        verdicts.next().ok_or(Error::SignatureInvalid)??;
        Ok(claim.verified())
    };
    claims.into_iter().map(result).collect()
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
