//! Packed attestation with a certificate chain (WebAuthn §8.2), the only kind
//! that proves what this relying party wants to know: the model of the key.

mod certificate;
mod chain;

use prereg_types::Timestamp;
use prereg_types::webauthn::{Aaguid, AttestationStatement, CoseAlgorithm};

pub use chain::TrustAnchors;

use crate::refusal::Refusal;
use crate::signature::hash_of;
use certificate::Certificate;
use chain::MAX_CHAIN;

/// What the statement has to be true of.
pub(crate) struct Attested<'a> {
    /// The authenticator data, as signed.
    pub(crate) auth_data: &'a [u8],
    /// SHA-256 of the client data, as signed.
    pub(crate) client_data_hash: &'a [u8; 32],
    /// The AAGUID that the authenticator data claim.
    pub(crate) aaguid: Aaguid,
    /// When this is checked.
    pub(crate) now: Timestamp,
}

/// The verification procedure of §8.2 for a statement with `x5c`, and the path
/// to a trusted root (§7.1 steps 21 to 24).
///
/// # Errors
/// The rule that does not hold. `none`, self attestation and other formats are
/// [`Refusal::AttestationNotPackedX5c`].
pub(crate) fn verify(
    statement: &AttestationStatement<'_>,
    attested: &Attested<'_>,
    roots: &TrustAnchors,
) -> Result<(), Refusal> {
    let AttestationStatement::Packed(packed) = statement else {
        return Err(Refusal::AttestationNotPackedX5c);
    };
    let x5c = packed
        .x5c
        .as_deref()
        .ok_or(Refusal::AttestationNotPackedX5c)?;
    if x5c.len() > MAX_CHAIN {
        return Err(Refusal::CertificateChain);
    }
    let chain: Vec<Certificate> = x5c
        .iter()
        .map(|der| Certificate::parse(der))
        .collect::<Result<_, _>>()?;
    let leaf = chain.first().ok_or(Refusal::AttestationNotPackedX5c)?;

    // "Verify that attestnCert meets the requirements in §8.2.1." First of all,
    // so that no key is used that its certificate does not give to attestation.
    leaf.check_attestation_profile()?;
    // "Verify that sig is a valid signature over the concatenation of
    // authenticatorData and clientDataHash using the attestation public key in
    // attestnCert with the algorithm specified in alg."
    let algorithm =
        CoseAlgorithm::from_id(packed.alg).ok_or(Refusal::AttestationAlgorithmMismatch)?;
    if !leaf.key().serves(algorithm) {
        return Err(Refusal::AttestationAlgorithmMismatch);
    }
    let message = [attested.auth_data, attested.client_data_hash].concat();
    if !leaf
        .key()
        .verifies(hash_of(algorithm), &message, packed.sig)
    {
        return Err(Refusal::AttestationSignatureInvalid);
    }
    // "If attestnCert contains an extension with OID id-fido-gen-ce-aaguid,
    // verify that the value matches"; it must contain one here.
    if leaf.aaguid() != Some(attested.aaguid) {
        return Err(Refusal::AaguidMismatch);
    }
    roots.verify(&chain, attested.now)
}
