//! The recipient's side (RFC 7516 §5.2).

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::pending::Envelope;
use crate::alg::KeyManagement;
use crate::curve::{self, Backend, Level, Point, SecretScalar};
use crate::error::{Error, UnusableKey};
use crate::header::JweHeader;
use crate::jwk::{KeyOperation, PrivateJwk, PublicJwk};
use crate::policy::DecryptPolicy;
use crate::secret::{SecretBytes, SharedSecret, wipe_all};

/// Something that agrees on keys: a private key here, in an HSM or in another process.
pub trait KeyAgreement: Send + Sync {
    /// The x-coordinate of d·P for a valid point P, all 48 bytes of it.
    ///
    /// # Errors
    /// [`Error::KeyOperationFailed`] where the key cannot be reached.
    fn agree(&self, peer: &Point) -> Result<SharedSecret, Error>;
}

/// A private key prepared for decryption; cheap to clone, `Send + Sync`.
#[derive(Clone, Debug)]
pub struct DecryptionKey(Arc<Prepared>);

struct Prepared {
    private: Private,
    kid: Option<String>,
    alg: Option<KeyManagement>,
}

enum Private {
    Software(SecretScalar, Backend),
    External(Arc<dyn KeyAgreement>),
}

/// A plaintext whose tag was right. Who sent it is not known: a JWE under a
/// public key proves no origin.
#[derive(Clone, Debug)]
pub struct Decrypted {
    header: JweHeader,
    plaintext: SecretBytes,
}

impl KeyAgreement for SecretScalar {
    fn agree(&self, peer: &Point) -> Result<SharedSecret, Error> {
        self.agree_by(Backend::default(), peer)
    }
}

impl DecryptionKey {
    /// Prepares a private key. What there is to prepare is the same at every
    /// [`Level`]: the points that it meets are new each time.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] where `use`, `key_ops` or `alg` is not for key agreement.
    pub fn prepare(key: &PrivateJwk, _level: Level, backend: Backend) -> Result<Self, Error> {
        key.permits(KeyOperation::Decrypt)?;
        let private = Private::Software(key.scalar().clone(), backend);
        Ok(Self::of(key.public(), private))
    }

    /// A key held elsewhere, with the metadata of its public half.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] where the public half is not for encryption.
    pub fn external(key: &PublicJwk, agreement: Arc<dyn KeyAgreement>) -> Result<Self, Error> {
        key.permits(KeyOperation::Encrypt)?;
        Ok(Self::of(key, Private::External(agreement)))
    }

    /// The key id.
    pub fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// Decrypts a compact token.
    ///
    /// # Errors
    /// [`Error::Malformed`] and [`Error::NotAllowed`] before any key is used;
    /// [`UnusableKey::KeyIdMismatch`] and [`UnusableKey::Algorithm`] where the
    /// token asks for another key; [`Error::DecryptFailed`] for all the rest.
    pub fn decrypt(&self, token: &[u8], policy: &DecryptPolicy) -> Result<Decrypted, Error> {
        let mut plaintext = SecretBytes::default();
        let header = self.decrypt_into(token, policy, plaintext.buffer())?;
        Ok(Decrypted { header, plaintext })
    }

    /// As [`Self::decrypt`], in place of what `plaintext` holds, which is wiped on
    /// failure and afterwards the caller's to wipe. Allocates nothing where
    /// `plaintext` has room and the header's members are of ordinary length.
    ///
    /// # Errors
    /// As [`Self::decrypt`]; then `plaintext` is empty.
    pub fn decrypt_into(
        &self,
        token: &[u8],
        policy: &DecryptPolicy,
        plaintext: &mut Vec<u8>,
    ) -> Result<JweHeader, Error> {
        let opened = self.open_into(token, policy, plaintext);
        if opened.is_err() {
            wipe_all(plaintext);
        }
        opened
    }

    fn open_into(
        &self,
        token: &[u8],
        policy: &DecryptPolicy,
        text: &mut Vec<u8>,
    ) -> Result<JweHeader, Error> {
        let envelope = Envelope::read(token, policy, text)?;
        self.serves(envelope.header())?;
        let z = self.agree(envelope.header().epk())?;
        envelope.open(&z, text)
    }

    pub(super) fn agree(&self, peer: &Point) -> Result<SharedSecret, Error> {
        match &self.0.private {
            Private::Software(scalar, backend) => scalar.agree_by(*backend, peer),
            Private::External(key) => key.agree(peer),
        }
    }

    /// Whether the token is for this key.
    pub(super) fn serves(&self, header: &JweHeader) -> Result<(), Error> {
        if self.0.alg.is_some_and(|alg| alg != header.alg) {
            return Err(UnusableKey::Algorithm.into());
        }
        match (self.kid(), header.kid()) {
            (Some(own), Some(asked)) if own != asked => Err(UnusableKey::KeyIdMismatch.into()),
            _ => Ok(()),
        }
    }

    fn of(key: &PublicJwk, private: Private) -> Self {
        let kid = key.kid().map(ToString::to_string);
        Self(Arc::new(Prepared {
            private,
            kid,
            alg: key.key_management(),
        }))
    }
}

/// Agrees with each point, keys in memory together.
pub(super) fn agree_batch(items: &[(&DecryptionKey, &Point)]) -> Vec<Result<SharedSecret, Error>> {
    let in_memory = |(key, peer): &(&DecryptionKey, &Point)| match &key.0.private {
        Private::Software(scalar, backend) => Some((scalar.clone(), *backend, **peer)),
        Private::External(_) => None,
    };
    let software: Vec<_> = items.iter().filter_map(in_memory).collect();
    let agreed = curve::agree_batch(&software);
    let mut agreed = agreed.iter().cloned();
    let one = |(key, peer): &(&DecryptionKey, &Point)| match &key.0.private {
        Private::Software(..) => agreed.next().unwrap_or_else(|| key.agree(peer)),
        Private::External(external) => external.agree(peer),
    };
    items.iter().map(one).collect()
}

impl Decrypted {
    pub(super) const fn new(header: JweHeader, plaintext: SecretBytes) -> Self {
        Self { header, plaintext }
    }

    /// The header, covered by the tag.
    pub const fn header(&self) -> &JweHeader {
        &self.header
    }

    /// The plaintext.
    pub fn plaintext(&self) -> &[u8] {
        self.plaintext.expose()
    }

    pub(crate) fn into_header(self) -> JweHeader {
        self.header
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.private {
            Private::Software(..) => "software",
            Private::External(_) => "external",
        };
        write!(f, "private key ({place}, redacted), kid {:?}", self.kid)
    }
}
