//! The body of the fuzz target. It lives here so that the corpus replays as a
//! plain test; nothing else calls it, and nothing here is stable.

use crate::SecurityKey;
use crate::attestation::{AttestationBatch, AttestationIssuer};

/// States: no bytes make a reader panic, and what is accepted is what would be
/// written again.
pub fn states(data: &[u8]) {
    if let Ok(key) = SecurityKey::import(data) {
        assert_eq!(*key.export(), data);
    }
    if let Ok(batch) = AttestationBatch::import(data) {
        assert_eq!(*batch.export(), data);
    }
    if let Ok(issuer) = AttestationIssuer::import(data) {
        assert_eq!(*issuer.export(), data);
    }
}
