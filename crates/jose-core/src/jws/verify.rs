//! Verification (RFC 7515 §5.2).

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::base64url;
use crate::compact;
use crate::curve::{Backend, Level, Point};
use crate::error::{Error, Malformed, NotAllowed, UnusableKey};
use crate::es384::{self, MessageDigest, Signature, VerifyingKey};
use crate::header::JwsHeader;
use crate::jwk::{JwkSet, KeyOperation, PublicJwk, Thumbprint};
use crate::policy::VerifyPolicy;
use crate::secret::{SecretBytes, wipe_all};

/// A public key prepared for verifying tokens; cheap to clone, `Send + Sync`.
#[derive(Clone, Debug)]
pub struct Verifier {
    key: VerifyingKey,
    kid: Option<Arc<str>>,
}

/// Several prepared keys, of which each token's `kid` chooses one.
#[derive(Clone, Debug)]
pub struct VerifierSet {
    verifiers: Arc<[Verifier]>,
}

/// A payload whose signature was right.
#[derive(Clone, Debug)]
pub struct Verified {
    header: JwsHeader,
    payload: SecretBytes,
    signer: Point,
}

impl Verifier {
    /// Prepares a signer's public key; see [`Level`] for what to ask.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] where `use`, `key_ops` or `alg` is not for verification.
    pub fn prepare(key: &PublicJwk, level: Level, backend: Backend) -> Result<Self, Error> {
        key.permits(KeyOperation::Verify)?;
        Ok(Self {
            key: VerifyingKey::prepare(key.point(), level, backend),
            kid: key.kid().map(Arc::from),
        })
    }

    /// The key id.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The public point.
    pub fn point(&self) -> &Point {
        self.key.point()
    }

    /// Verifies a compact token.
    ///
    /// # Errors
    /// [`Error::Malformed`] and [`Error::NotAllowed`] before any arithmetic;
    /// [`UnusableKey::KeyIdMismatch`] where the token names another key;
    /// [`Error::SignatureInvalid`].
    pub fn verify(&self, token: &[u8], policy: &VerifyPolicy) -> Result<Verified, Error> {
        let mut payload = SecretBytes::default();
        let header = self.verify_into(token, policy, payload.buffer())?;
        Ok(Verified {
            header,
            payload,
            signer: *self.point(),
        })
    }

    /// As [`Self::verify`], with the payload in place of what `payload` holds,
    /// which is afterwards the caller's to wipe. Allocates nothing where `payload`
    /// has room and the header's members are of ordinary length.
    ///
    /// # Errors
    /// As [`Self::verify`]; then `payload` is empty.
    pub fn verify_into(
        &self,
        token: &[u8],
        policy: &VerifyPolicy,
        payload: &mut Vec<u8>,
    ) -> Result<JwsHeader, Error> {
        wipe_all(payload);
        let token = Unverified::read(token, policy)?;
        self.serves(&token)?;
        token.decide(self, payload)
    }

    /// Whether the token is of this key.
    fn serves(&self, token: &Unverified<'_>) -> Result<(), Error> {
        match (self.kid(), token.header.kid()) {
            (Some(own), Some(asked)) if own != asked => Err(UnusableKey::KeyIdMismatch.into()),
            _ => Ok(()),
        }
    }

    /// All of verification but the signature.
    pub(super) fn claim<'a>(
        &'a self,
        token: &'a [u8],
        policy: &VerifyPolicy,
    ) -> Result<Claim<'a>, Error> {
        let token = Unverified::read(token, policy)?;
        self.serves(&token)?;
        token.claim(self)
    }
}

impl VerifierSet {
    /// Prepares every key of a set that permits verification.
    ///
    /// # Errors
    /// [`UnusableKey::UnknownKeyId`] where no key of the set does.
    pub fn prepare(
        keys: &JwkSet<PublicJwk>,
        level: Level,
        backend: Backend,
    ) -> Result<Self, Error> {
        let verifiers: Arc<[Verifier]> = keys
            .keys()
            .iter()
            .filter_map(|key| Verifier::prepare(key, level, backend).ok())
            .collect();
        if verifiers.is_empty() {
            return Err(UnusableKey::UnknownKeyId.into());
        }
        Ok(Self { verifiers })
    }

    /// Verifies a compact token with the key that its `kid` names; a token
    /// without `kid` is verified only by a set of one key. Keys are never tried
    /// in turn.
    ///
    /// # Errors
    /// As [`Verifier::verify`]; [`UnusableKey::UnknownKeyId`] and
    /// [`UnusableKey::AmbiguousKey`].
    pub fn verify(&self, token: &[u8], policy: &VerifyPolicy) -> Result<Verified, Error> {
        let mut payload = SecretBytes::default();
        let (header, verifier) = self.verify_into(token, policy, payload.buffer())?;
        Ok(Verified {
            header,
            payload,
            signer: *verifier.point(),
        })
    }

    /// As [`Self::verify`] and [`Verifier::verify_into`]: the header, and the key
    /// that verified the token.
    ///
    /// # Errors
    /// As [`Self::verify`]; then `payload` is empty.
    pub fn verify_into(
        &self,
        token: &[u8],
        policy: &VerifyPolicy,
        payload: &mut Vec<u8>,
    ) -> Result<(JwsHeader, &Verifier), Error> {
        wipe_all(payload);
        let token = Unverified::read(token, policy)?;
        let verifier = self.select(token.header.kid())?;
        Ok((token.decide(verifier, payload)?, verifier))
    }

    /// All of verification but the signature.
    pub(crate) fn claim<'a>(
        &'a self,
        token: &'a [u8],
        policy: &VerifyPolicy,
    ) -> Result<Claim<'a>, Error> {
        let token = Unverified::read(token, policy)?;
        let verifier = self.select(token.header.kid())?;
        token.claim(verifier)
    }

    fn select(&self, kid: Option<&str>) -> Result<&Verifier, Error> {
        match (kid, &*self.verifiers) {
            (Some(kid), verifiers) => verifiers
                .iter()
                .find(|verifier| verifier.kid() == Some(kid))
                .ok_or(UnusableKey::UnknownKeyId.into()),
            (None, [only]) => Ok(only),
            (None, _) => Err(UnusableKey::AmbiguousKey.into()),
        }
    }
}

impl Verified {
    /// The header, covered by the signature.
    pub const fn header(&self) -> &JwsHeader {
        &self.header
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        self.payload.expose()
    }

    /// The key that verified the token.
    pub const fn signer(&self) -> &Point {
        &self.signer
    }

    /// The thumbprint of that key.
    pub fn signer_thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.signer)
    }

    pub(crate) fn into_parts(self) -> (JwsHeader, SecretBytes, Point) {
        (self.header, self.payload, self.signer)
    }
}

/// A token that is right but for its signature, which is still to be verified.
pub(crate) struct Claim<'a> {
    verifier: &'a Verifier,
    input: &'a [u8],
    signature: Signature,
    header: JwsHeader,
    payload: SecretBytes,
}

impl<'a> Claim<'a> {
    /// What was signed.
    pub(crate) const fn input(&self) -> &'a [u8] {
        self.input
    }

    pub(crate) const fn item<'d>(&'d self, digest: &'d MessageDigest) -> es384::VerifyItem<'d> {
        es384::VerifyItem {
            key: &self.verifier.key,
            digest,
            signature: &self.signature,
        }
    }

    /// For a claim whose signature was right.
    pub(crate) fn verified(self) -> Verified {
        Verified {
            header: self.header,
            payload: self.payload,
            signer: *self.verifier.point(),
        }
    }
}

/// A well-formed token that the policy allows.
struct Unverified<'a> {
    header: JwsHeader,
    input: &'a [u8],
    payload: &'a [u8],
    signature: Signature,
}

impl<'a> Unverified<'a> {
    fn read(token: &'a [u8], policy: &VerifyPolicy) -> Result<Self, Error> {
        let [header, payload, signature] = compact::split(token, policy.limits.token_bytes)?;
        let input_len = header.len() + 1 + payload.len();
        let input = token.get(..input_len).ok_or(Malformed::Segments)?;
        let header = JwsHeader::read(header, policy)?;
        let mut bytes = [0u8; 96];
        if base64url::decoded_len(signature.len())? != bytes.len() {
            return Err(Malformed::SignatureLength.into());
        }
        base64url::decode_to(signature, &mut bytes)?;
        let signature = Signature::from_bytes(&bytes)?;
        if policy.low_s() && !signature.has_low_s() {
            return Err(NotAllowed::HighS.into());
        }
        Ok(Self {
            header,
            input,
            payload,
            signature,
        })
    }

    /// Verifies the token, and decodes its payload into an empty buffer, which
    /// stays empty on failure.
    fn decide(self, verifier: &Verifier, payload: &mut Vec<u8>) -> Result<JwsHeader, Error> {
        payload.resize(base64url::decoded_len(self.payload.len())?, 0);
        let decoded = base64url::decode_to(self.payload, payload);
        let judged = decoded.and_then(|()| {
            let digest = es384::digest(self.input);
            verifier.key.verify_digest(&digest, &self.signature)
        });
        if judged.is_err() {
            wipe_all(payload);
        }
        judged.map(|()| self.header)
    }

    fn claim(self, verifier: &'a Verifier) -> Result<Claim<'a>, Error> {
        let payload = SecretBytes::new(base64url::decode(self.payload)?);
        Ok(Claim {
            verifier,
            input: self.input,
            signature: self.signature,
            header: self.header,
            payload,
        })
    }
}
