//! Verification: every input is public, and the time depends on all of them.

use alloc::vec;
use alloc::vec::Vec;

use crate::backend::{Backend, serial};
use crate::ecdsa::equation::{Equation, Parsed};
use crate::ecdsa::{DIGEST_BYTES, SIGNATURE_BYTES};
use crate::error::Error;
use crate::point::PublicKey;
use crate::tables::{PreparedKey, Tables};

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
    verdict(match backend {
        Backend::Serial | Backend::Ifma(_) | Backend::Lanes => {
            serial::verify::holds_unprepared_vartime(key.coordinates(), &equation)
        }
    })
}

/// Verifies signatures, of one key or of many: a result for each, in order.
pub fn verify_batch_vartime(items: &[VerifyItem<'_>]) -> Vec<Result<(), Error>> {
    let mut results = vec![Err(Error::SignatureInvalid); items.len()];
    let parsed: Vec<(usize, Parsed)> = (0..)
        .zip(items)
        .filter_map(|(i, item)| Some((i, Parsed::new(item.digest, item.signature)?)))
        .collect();
    let only_parsed: Vec<Parsed> = parsed.iter().map(|(_, parsed)| *parsed).collect();
    for ((i, _), equation) in parsed.iter().zip(Parsed::equations(&only_parsed)) {
        if let (Some(result), Some(item)) = (results.get_mut(*i), items.get(*i)) {
            *result = verdict(holds(item.key, &equation));
        }
    }
    results
}

fn holds(key: &PreparedKey, equation: &Equation) -> bool {
    match &key.tables {
        Tables::Serial(table) => serial::verify::holds_vartime(table, equation),
    }
}

const fn verdict(holds: bool) -> Result<(), Error> {
    if holds {
        Ok(())
    } else {
        Err(Error::SignatureInvalid)
    }
}
