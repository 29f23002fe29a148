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
use zeroize::Zeroizing;

use crate::state::{StateError, StateReader, StateWriter};
use crate::{Quirk, Quirks, Status};

/// The longest credential id of an honest key (WebAuthn §7.1 step 25).
const MAX_CREDENTIAL_ID_BYTES: usize = 1023;

/// What a key tells about a resident credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResidentCredential<'a> {
    /// The credential id.
    pub id: &'a [u8],
    /// The RP ID it is for.
    pub rp_id: &'a str,
    /// The user handle that the relying party gave.
    pub user_id: &'a [u8],
}

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
    Es384(SecretScalar),
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
                .map(Self::Es384)
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
            Self::Es384(scalar) => {
                let (x, y) = scalar.point().coordinates();
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
            Self::Es384(scalar) => es384::SigningKey::prepare(scalar, Backend::default())
                .sign_digest(&es384::digest(message))
                .to_der()
                .map_err(|_| Status::Other),
        }
    }
}

impl Credential {
    /// Writes it into a state. The public key is not written: it follows from
    /// the private one.
    pub(crate) fn write(&self, writer: &mut StateWriter) {
        writer.bytes(&self.id);
        writer.text(&self.rp_id);
        writer.bytes(&self.user_id);
        match &self.key {
            CredentialKey::Es256(key) => {
                writer.u8(ES256);
                write_p256(key, writer);
            }
            CredentialKey::Es384(scalar) => {
                writer.u8(ES384);
                writer.raw(&*scalar.to_bytes());
            }
        }
    }

    pub(crate) fn read(reader: &mut StateReader<'_>, quirks: &Quirks) -> Result<Self, StateError> {
        let longest = MAX_CREDENTIAL_ID_BYTES + usize::from(quirks.has(Quirk::CredentialIdTooLong));
        let id = reader.bytes()?;
        let rp_id = reader.text()?;
        let user_id = reader.bytes()?;
        if !(1..=longest).contains(&id.len()) {
            return Err(StateError::Part("credential id"));
        }
        if rp_id.is_empty() || !(1..=64).contains(&user_id.len()) {
            return Err(StateError::Part("credential"));
        }
        Ok(Self {
            id: id.to_vec(),
            rp_id: rp_id.to_owned(),
            user_id: user_id.to_vec(),
            key: CredentialKey::read(reader)?,
        })
    }
}

impl CredentialKey {
    fn read(reader: &mut StateReader<'_>) -> Result<Self, StateError> {
        match reader.u8()? {
            ES256 => read_p256(reader).map(Self::Es256),
            ES384 => SecretScalar::from_bytes(&*reader.secret::<48>()?)
                .map(Self::Es384)
                .map_err(|_| StateError::Part("private key")),
            _ => Err(StateError::Part("algorithm")),
        }
    }
}

/// How a state tells the algorithms apart.
const ES256: u8 = 1;
const ES384: u8 = 2;

/// Writes a P-256 private key.
pub(crate) fn write_p256(key: &p256::ecdsa::SigningKey, writer: &mut StateWriter) {
    writer.raw(&*Zeroizing::new(<[u8; 32]>::from(key.to_bytes())));
}

/// Reads a P-256 private key: a number in 1…n−1.
pub(crate) fn read_p256(
    reader: &mut StateReader<'_>,
) -> Result<p256::ecdsa::SigningKey, StateError> {
    p256::ecdsa::SigningKey::from_slice(&*reader.secret::<32>()?)
        .map_err(|_| StateError::Part("private key"))
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
