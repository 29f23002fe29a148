//! Credentials: key pairs bound to an RP and a user (WebAuthn §4, "public key
//! credential source").

use core::fmt;

use jose_core::Backend;
use jose_core::{curve::SecretScalar, es384};
use p256::{
    ecdsa::{DerSignature, signature::Signer},
    elliptic_curve::Generate,
};
use prereg_types::webauthn::{CoseAlgorithm, CoseKey};
use rand_core::TryCryptoRng;

use crate::Status;

/// A resident credential.
pub(crate) struct Credential {
    pub(crate) id: Vec<u8>,
    pub(crate) rp_id: String,
    pub(crate) user_id: Vec<u8>,
    pub(crate) key: CredentialKey,
}

/// The private key of a credential; both forms are wiped on drop.
pub(crate) enum CredentialKey {
    Es256(p256::ecdsa::SigningKey),
    Es384(es384::SigningKey),
}

impl CredentialKey {
    pub(crate) fn generate<R: TryCryptoRng + ?Sized>(
        algorithm: CoseAlgorithm,
        rng: &mut R,
    ) -> Result<Self, Status> {
        match algorithm {
            CoseAlgorithm::Es256 => p256::ecdsa::SigningKey::try_generate_from_rng(rng)
                .map(Self::Es256)
                .map_err(|_| Status::Other),
            CoseAlgorithm::Es384 => SecretScalar::generate(rng)
                .map(|scalar| Self::Es384(es384::SigningKey::prepare(&scalar, Backend::default())))
                .map_err(|_| Status::Other),
        }
    }

    pub(crate) fn algorithm(&self) -> CoseAlgorithm {
        match self {
            Self::Es256(_) => CoseAlgorithm::Es256,
            Self::Es384(_) => CoseAlgorithm::Es384,
        }
    }

    pub(crate) fn public_key(&self) -> Result<CoseKey, Status> {
        match self {
            Self::Es256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let (Some(x), Some(y)) = (point.x(), point.y()) else {
                    return Err(Status::Other);
                };
                Ok(CoseKey::Es256 {
                    x: (*x).into(),
                    y: (*y).into(),
                })
            }
            Self::Es384(key) => {
                let (x, y) = key.point().coordinates();
                Ok(CoseKey::Es384 { x, y })
            }
        }
    }

    /// Signs as authenticators do: ECDSA in DER (WebAuthn §6.5.5).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Status> {
        match self {
            Self::Es256(key) => {
                let signature: DerSignature = key.try_sign(message).map_err(|_| Status::Other)?;
                Ok(signature.as_bytes().to_vec())
            }
            Self::Es384(key) => key
                .sign_digest(&es384::digest(message))
                .to_der()
                .map_err(|_| Status::Other),
        }
    }
}

/// Shows what the credential is for, never its key.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("rp_id", &self.rp_id)
            .field("algorithm", &self.key.algorithm())
            .finish_non_exhaustive()
    }
}
