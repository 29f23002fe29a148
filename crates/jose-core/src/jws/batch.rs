//! Many tokens at once: one result per item, in order; items may mix keys.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::sign::{SignHeader, Signer, SigningInput};
use super::verify::{Claim, Verified, Verifier};
use crate::error::Error;
use crate::es384::{self, MessageDigest, SigningKey};
use crate::policy::VerifyPolicy;

/// One payload of a batch.
#[derive(Clone, Copy)]
pub struct SignItem<'a> {
    /// The key that signs it.
    pub signer: &'a Signer,
    /// What is to be signed.
    pub payload: &'a [u8],
    /// The header beside `alg` and `kid`.
    pub header: &'a SignHeader,
}

/// Signs every item; see [`Signer::sign`].
pub fn sign_batch(items: &[SignItem<'_>]) -> Vec<Result<String, Error>> {
    let inputs: Vec<SigningInput> = items
        .iter()
        .map(|item| item.signer.signing_input(item.payload, item.header))
        .collect();
    let texts: Vec<&[u8]> = inputs.iter().map(SigningInput::as_bytes).collect();
    let digests = es384::digest_batch(&texts);
    let in_memory: Vec<(&SigningKey, &MessageDigest)> = items
        .iter()
        .zip(&digests)
        .filter_map(|(item, digest)| Some((item.signer.in_memory()?, digest)))
        .collect();
    let mut signatures = es384::sign_batch(&in_memory).into_iter();
    let one = |(item, input): (&SignItem<'_>, SigningInput)| {
        // There is one for each key in memory.
        let signature = item.signer.in_memory().and_then(|_| signatures.next());
        match signature {
            Some(signature) => Ok(input.attach(&signature)),
            None => item.signer.finish(input),
        }
    };
    items.iter().zip(inputs).map(one).collect()
}

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
    decide_batch(claims.collect())
}

/// Verifies the signatures of tokens that are right in all else.
pub(crate) fn decide_batch(claims: Vec<Result<Claim<'_>, Error>>) -> Vec<Result<Verified, Error>> {
    let well_formed = || claims.iter().flatten();
    let digests = es384::digest_batch(&well_formed().map(Claim::input).collect::<Vec<_>>());
    let items = well_formed().zip(&digests);
    let signatures: Vec<_> = items.map(|(claim, digest)| claim.item(digest)).collect();
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

/// A payload may be secret: only its size is printed.
impl fmt::Debug for SignItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SignItem({} bytes, {:?})",
            self.payload.len(),
            self.signer
        )
    }
}
