//! ECDSA on P-256 and P-384 as authenticators and certificates use it:
//! signatures in DER (WebAuthn §6.5.5), keys from COSE or from a certificate.

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::pkcs8::EncodePublicKey as _;
use prereg_types::webauthn::{CoseAlgorithm, CoseKey};
use sha2::{Digest as _, Sha256, Sha384};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// id-ecPublicKey (RFC 5480 §2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// secp256r1 (RFC 5480 §2.1.1.1).
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// secp384r1 (RFC 5480 §2.1.1.1).
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// A hash to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
}

/// A public key, a valid point of its curve.
#[derive(Clone, Debug)]
pub(crate) enum EcKey {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
}

impl EcKey {
    /// The key of a credential, unless it is no point.
    pub(crate) fn from_cose(key: &CoseKey) -> Option<Self> {
        match key.algorithm() {
            CoseAlgorithm::Es256 => Self::p256(&key.to_sec1()),
            CoseAlgorithm::Es384 => Self::p384(&key.to_sec1()),
        }
    }

    /// The key of a certificate, unless it is of another kind or no point.
    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Option<Self> {
        if spki.algorithm.oid != EC_PUBLIC_KEY {
            return None;
        }
        let curve: ObjectIdentifier = spki.algorithm.parameters.as_ref()?.decode_as().ok()?;
        let point = spki.subject_public_key.as_bytes()?;
        match curve {
            SECP256R1 => Self::p256(point),
            SECP384R1 => Self::p384(point),
            _ => None,
        }
    }

    /// Whether a COSE algorithm is for keys of this curve.
    pub(crate) const fn serves(&self, algorithm: CoseAlgorithm) -> bool {
        matches!(
            (self, algorithm),
            (Self::P256(_), CoseAlgorithm::Es256) | (Self::P384(_), CoseAlgorithm::Es384)
        )
    }

    /// The key as `SubjectPublicKeyInfo`, DER.
    pub(crate) fn to_spki_der(&self) -> Option<Vec<u8>> {
        let document = match self {
            Self::P256(key) => p256::PublicKey::from(key).to_public_key_der(),
            Self::P384(key) => p384::PublicKey::from(key).to_public_key_der(),
        };
        document.ok().map(p256::pkcs8::Document::into_vec)
    }

    /// Whether a DER signature over a message is this key's.
    pub(crate) fn verifies(&self, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        let digest = match hash {
            Hash::Sha256 => Sha256::digest(message).to_vec(),
            Hash::Sha384 => Sha384::digest(message).to_vec(),
        };
        match self {
            Self::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
            Self::P384(key) => p384::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
        }
    }

    fn p256(point: &[u8]) -> Option<Self> {
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(encoded(point)?);
        key.ok().map(Self::P256)
    }

    fn p384(point: &[u8]) -> Option<Self> {
        let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(encoded(point)?);
        key.ok().map(Self::P384)
    }
}

/// An uncompressed or compressed point; the libraries also take the "compact"
/// form, which RFC 5480 §2.2 refuses.
fn encoded(point: &[u8]) -> Option<&[u8]> {
    matches!(point.first(), Some(2..=4)).then_some(point)
}

/// The hash of a COSE algorithm (RFC 9053 §2.1).
pub(crate) const fn hash_of(algorithm: CoseAlgorithm) -> Hash {
    match algorithm {
        CoseAlgorithm::Es256 => Hash::Sha256,
        CoseAlgorithm::Es384 => Hash::Sha384,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compact_point_is_no_key() {
        let key = p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap();
        let compressed = key.verifying_key().to_sec1_point(true);
        let mut point = compressed.as_bytes().to_vec();
        assert!(EcKey::p384(&point).is_some());
        point[0] = 5;
        assert!(EcKey::p384(&point).is_none());
        let key = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
        let compressed = key.verifying_key().to_sec1_point(true);
        let mut point = compressed.as_bytes().to_vec();
        assert!(EcKey::p256(&point).is_some());
        point[0] = 5;
        assert!(EcKey::p256(&point).is_none());
    }
}
