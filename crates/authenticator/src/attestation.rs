//! The attestation builder: who vouches for a simulated key, and how
//! (WebAuthn §6.5, §8.2).
//!
//! An [`AttestationIssuer`] is the make-believe vendor: a root and an
//! intermediate CA. It issues an [`AttestationBatch`], one key and certificate
//! that many security keys share, as WebAuthn §14.4.1 wants it for privacy.
//! Every subject says SIMULATED; none imitates a vendor.
//!
//! The certificates depend on nothing but the random number generator and the
//! time that are passed in, so a seeded run reproduces them.

mod certificate;

use core::fmt;

use p256::{
    ecdsa::{DerSignature, SigningKey, signature::Signer},
    elliptic_curve::Generate,
};
use prereg_types::webauthn::{
    AttestationObject, AttestationStatement, CoseAlgorithm, PackedStatement,
};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::state::{StateError, StateReader, StateWriter};
use crate::{Model, Quirk, Quirks, Status, credential, credential::CredentialKey};
use certificate::{Authority, Subject};

/// What the exported states begin with.
const ISSUER_KIND: [u8; 4] = *b"PRAI";
const BATCH_KIND: [u8; 4] = *b"PRAB";
const VERSION: u8 = 1;

/// Why an attestation certificate could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The random number generator failed.
    RandomnessFailed,
    /// X.509 cannot express it, such as a time beyond the year 9999.
    Certificate,
}

/// The simulated vendor: a root CA and an intermediate CA, both on P-256.
pub struct AttestationIssuer {
    root: Vec<u8>,
    intermediate: Authority,
}

/// The attestation key and certificates of one production batch.
pub struct AttestationBatch {
    key: SigningKey,
    x5c: Vec<Vec<u8>>,
}

impl AttestationIssuer {
    /// Makes the two CAs, valid from `now` (seconds since 1970) for 30 years.
    ///
    /// # Errors
    /// Those of [`Error`].
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R, now: u64) -> Result<Self, Error> {
        let root = Authority::self_signed(&Subject::Root, rng, now)?;
        let intermediate = root.authority(&Subject::Intermediate, rng, now)?;
        Ok(Self {
            root: root.into_certificate(),
            intermediate,
        })
    }

    /// The root certificate in DER: the trust anchor for a relying party.
    pub fn trust_anchor(&self) -> &[u8] {
        &self.root
    }

    /// Issues the attestation key and certificate of a batch of keys of one
    /// model, valid from `now` for 20 years.
    ///
    /// # Errors
    /// Those of [`Error`].
    pub fn issue_batch<R: TryCryptoRng + ?Sized>(
        &self,
        model: &Model,
        quirks: &Quirks,
        rng: &mut R,
        now: u64,
    ) -> Result<AttestationBatch, Error> {
        let foreign;
        let intermediate = if quirks.has(Quirk::ChainOfForeignRoot) {
            foreign = Self::generate(rng, now)?;
            &foreign.intermediate
        } else {
            &self.intermediate
        };
        let key = generate_key(rng)?;
        let leaf = intermediate.attestation_certificate(&key, model, quirks, rng, now)?;
        let mut x5c = vec![leaf, intermediate.certificate().to_vec()];
        if quirks.has(Quirk::ChainReversed) {
            x5c.reverse();
        }
        Ok(AttestationBatch { key, x5c })
    }

    /// The issuer with its private key, to be kept for [`Self::import`]. The
    /// root's private key is not among it: it is gone since the issuer was made.
    pub fn export(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = StateWriter::new(ISSUER_KIND, VERSION);
        writer.bytes(&self.root);
        self.intermediate.write(&mut writer);
        writer.finish()
    }

    /// The issuer of an [`export`](Self::export).
    ///
    /// # Errors
    /// Those of [`StateError`]; also where the root has not signed the
    /// intermediate CA, or that is not of the private key.
    pub fn import(state: &[u8]) -> Result<Self, StateError> {
        let mut reader = StateReader::open(state, ISSUER_KIND, VERSION)?;
        let root = reader.bytes()?.to_vec();
        let intermediate = Authority::read(&mut reader)?;
        reader.end()?;
        if !certificate::has_signed(&root, intermediate.certificate()) {
            return Err(StateError::Part("root certificate"));
        }
        Ok(Self { root, intermediate })
    }
}

impl AttestationBatch {
    /// The certificates in DER as they go into `x5c`: the attestation
    /// certificate, then the intermediate. The root is not among them.
    pub fn x5c(&self) -> &[Vec<u8>] {
        &self.x5c
    }

    /// The batch with its private key, to be kept for [`Self::import`].
    pub fn export(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = StateWriter::new(BATCH_KIND, VERSION);
        self.write(&mut writer);
        writer.finish()
    }

    /// The batch of an [`export`](Self::export).
    ///
    /// # Errors
    /// Those of [`StateError`]; also where no certificate is of the private key.
    pub fn import(state: &[u8]) -> Result<Self, StateError> {
        let mut reader = StateReader::open(state, BATCH_KIND, VERSION)?;
        let batch = Self::read(&mut reader)?;
        reader.end()?;
        Ok(batch)
    }

    pub(crate) fn write(&self, writer: &mut StateWriter) {
        credential::write_p256(&self.key, writer);
        writer.count(self.x5c.len());
        self.x5c
            .iter()
            .for_each(|certificate| writer.bytes(certificate));
    }

    pub(crate) fn read(reader: &mut StateReader<'_>) -> Result<Self, StateError> {
        let key = credential::read_p256(reader)?;
        let x5c: Vec<Vec<u8>> = (0..reader.count()?)
            .map(|_| reader.bytes().map(<[u8]>::to_vec))
            .collect::<Result<_, _>>()?;
        // A quirk may have the chain the wrong way round.
        let is_leaf = |der: &Vec<u8>| certificate::is_of(der, &key);
        if x5c.len() != 2 || !x5c.iter().any(is_leaf) {
            return Err(StateError::PairMismatch("attestation certificate"));
        }
        Ok(Self { key, x5c })
    }

    /// Builds the attestation object around authenticator data: format `packed`
    /// with `x5c` (WebAuthn §8.2), unless a quirk says otherwise.
    pub(crate) fn attest(
        &self,
        authenticator_data: &[u8],
        client_data_hash: &[u8; 32],
        credential: &CredentialKey,
        quirks: &Quirks,
    ) -> Result<Vec<u8>, Status> {
        let signed = [authenticator_data, client_data_hash].concat();
        let self_attested = quirks.has(Quirk::AttestationSelf);
        let mut sig = if self_attested {
            credential.sign(&signed)?
        } else {
            self.sign(&signed)?
        };
        if let (true, Some(last)) = (
            quirks.has(Quirk::AttestationSignatureInvalid),
            sig.last_mut(),
        ) {
            *last ^= 1;
        }
        let statement = PackedStatement {
            alg: statement_algorithm(credential, quirks).id(),
            sig: &sig,
            x5c: (!self_attested).then(|| self.x5c.iter().map(Vec::as_slice).collect()),
        };
        let object = AttestationObject {
            statement: if quirks.has(Quirk::AttestationNone) {
                AttestationStatement::None
            } else {
                AttestationStatement::Packed(statement)
            },
            auth_data: authenticator_data,
        };
        Ok(encode(&object, quirks))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Status> {
        let signature: DerSignature = self.key.try_sign(message).map_err(|_| Status::Other)?;
        Ok(signature.as_bytes().to_vec())
    }
}

/// The algorithm of the key that signs the statement.
fn statement_algorithm(credential: &CredentialKey, quirks: &Quirks) -> CoseAlgorithm {
    if quirks.has(Quirk::AttestationAlgorithmMismatch) {
        CoseAlgorithm::Es384
    } else if quirks.has(Quirk::AttestationSelf) {
        credential.algorithm()
    } else {
        CoseAlgorithm::Es256
    }
}

fn encode(object: &AttestationObject<'_>, quirks: &Quirks) -> Vec<u8> {
    let mut bytes = object.encode();
    if quirks.has(Quirk::CborNotCanonical) {
        // The head of the map of three, in two bytes instead of one.
        bytes.splice(..1, [0xb8, 3]);
    }
    bytes
}

fn generate_key<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<SigningKey, Error> {
    SigningKey::try_generate_from_rng(rng).map_err(|_| Error::RandomnessFailed)
}

/// Shows that there is an issuer, never its keys.
impl fmt::Debug for AttestationIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttestationIssuer").finish_non_exhaustive()
    }
}

/// Shows that there is a batch, never its key.
impl fmt::Debug for AttestationBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttestationBatch").finish_non_exhaustive()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RandomnessFailed => "the random number generator failed",
            Self::Certificate => "the attestation certificate cannot be expressed in X.509",
        })
    }
}

impl core::error::Error for Error {}
