//! Sets of signing keys: read and compared.

use jose_core::jwk::{JwkSet, PublicJwk};

/// The most bytes of a JWK Set: some hundred keys, with certificates.
pub(super) const MOST_BYTES: u64 = 256 * 1024;

/// Reads a JWK Set. Keys of other types and curves are passed over (RFC 7517
/// §5); without a P-384 key it is none.
///
/// # Errors
/// What is wrong.
pub(super) fn parse(text: &[u8]) -> Result<JwkSet<PublicJwk>, String> {
    let keys = JwkSet::<PublicJwk>::from_json(text).map_err(|error| error.to_string())?;
    if keys.keys().is_empty() {
        return Err("it holds no P-384 key".to_owned());
    }
    Ok(keys)
}

/// Whether two sets hold the same keys, in whatever order.
pub(super) fn are_same(one: &JwkSet<PublicJwk>, other: &JwkSet<PublicJwk>) -> bool {
    sorted(one) == sorted(other)
}

fn sorted(keys: &JwkSet<PublicJwk>) -> Vec<String> {
    let mut texts: Vec<String> = keys.keys().iter().map(PublicJwk::to_json).collect();
    texts.sort_unstable();
    texts
}
