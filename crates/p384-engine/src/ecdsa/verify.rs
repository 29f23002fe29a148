//! Verification: every input is public, and the time depends on all of them.

use alloc::vec::Vec;

use crate::backend::serial::tables::Table;
use crate::backend::{Backend, dispatch, grouped};
use crate::ecdsa::equation::{Equation, Parsed};
use crate::ecdsa::{DIGEST_BYTES, SIGNATURE_BYTES};
use crate::error::Error;
use crate::point::PublicKey;
use crate::tables::PreparedKey;

/// One signature of a batch.
#[derive(Clone, Copy, Debug)]
pub struct VerifyItem<'a> {
    /// Whose signature it should be.
    pub key: &'a PreparedKey,
    /// What was signed.
    pub digest: &'a [u8; DIGEST_BYTES],
    /// r ‖ s.
    pub signature: &'a [u8; SIGNATURE_BYTES],
}

/// Verifies r ‖ s with a prepared key.
///
/// # Errors
/// [`Error::SignatureInvalid`].
pub fn verify_vartime(
    key: &PreparedKey,
    digest: &[u8; DIGEST_BYTES],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), Error> {
    let parsed = Parsed::new(digest, signature).ok_or(Error::SignatureInvalid)?;
    verdict(holds(key, &parsed.equation()))
}

/// Verifies r ‖ s with a key that is not worth preparing.
///
/// # Errors
/// [`Error::SignatureInvalid`].
pub fn verify_unprepared_vartime(
    key: &PublicKey,
    backend: Backend,
    digest: &[u8; DIGEST_BYTES],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), Error> {
    let parsed = Parsed::new(digest, signature).ok_or(Error::SignatureInvalid)?;
    let equation = parsed.equation();
    verdict(dispatch!(
        backend,
        verify::holds_unprepared_vartime(key.coordinates(), &equation)
    ))
}

/// Verifies signatures, of one key or of many: a result for each, in order.
pub fn verify_batch_vartime(items: &[VerifyItem<'_>]) -> Vec<Result<(), Error>> {
    let parsed = items
        .iter()
        .map(|item| Parsed::new(item.digest, item.signature));
    let parsed: Vec<Option<Parsed>> = parsed.collect();
    let equations = Parsed::equations(&parsed.iter().flatten().copied().collect::<Vec<_>>());
    let well_formed = items
        .iter()
        .zip(&parsed)
        .filter(|(_, parsed)| parsed.is_some());
    let claims: Vec<(&PreparedKey, Equation)> = well_formed
        .map(|(item, _)| item.key)
        .zip(equations)
        .collect();
    let mut holds = grouped(&claims, |(key, _)| key.backend(), hold).into_iter();
    let result = |parsed: &Option<Parsed>| verdict(parsed.is_some() && holds.next() == Some(true));
    parsed.iter().map(result).collect()
}

fn holds(key: &PreparedKey, equation: &Equation) -> bool {
    dispatch!(key.backend(), verify::holds_vartime(key.table(), equation))
}

/// The same for claims on one backend.
fn hold(backend: Backend, claims: &[(&PreparedKey, Equation)]) -> Vec<bool> {
    let claims = claims
        .iter()
        .map(|(key, equation)| (key.table(), *equation));
    let claims: Vec<(&Table, Equation)> = claims.collect();
    dispatch!(backend, verify::hold_vartime(&claims))
}

const fn verdict(holds: bool) -> Result<(), Error> {
    if holds {
        Ok(())
    } else {
        Err(Error::SignatureInvalid)
    }
}
