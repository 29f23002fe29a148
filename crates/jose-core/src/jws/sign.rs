//! Signing (RFC 7515 §5.1).

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::fmt;

use zeroize::{Zeroize as _, Zeroizing};

use crate::alg::SignatureAlgorithm;
use crate::base64url;
use crate::curve::Backend;
use crate::error::Error;
use crate::es384::{self, DigestSigner, MessageDigest, Signature, SigningKey};
use crate::json;
use crate::jwk::{KeyOperation, PrivateJwk, PublicJwk};

/// A private key prepared for signing tokens; cheap to clone, `Send + Sync`.
#[derive(Clone)]
pub struct Signer {
    key: Private,
    kid: Option<Arc<str>>,
}

#[derive(Clone)]
enum Private {
    Software(SigningKey),
    External(Arc<dyn DigestSigner>),
}

/// What a signer puts into the header beside `alg` and its `kid`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignHeader {
    typ: Option<String>,
    cty: Option<String>,
}

/// A token that lacks its signature: the split form of signing, for a key that
/// answers later. Wiped when dropped, since a payload may be secret.
pub struct SigningInput(Zeroizing<String>);

impl SignHeader {
    /// A header with `alg` and `kid` only.
    pub const fn new() -> Self {
        Self {
            typ: None,
            cty: None,
        }
    }

    /// Adds the token's media type (`typ`, RFC 8725 §3.11).
    #[must_use]
    pub fn with_typ(mut self, typ: &str) -> Self {
        self.typ = Some(typ.to_string());
        self
    }

    /// Adds the payload's media type (`cty`).
    #[must_use]
    pub fn with_cty(mut self, cty: &str) -> Self {
        self.cty = Some(cty.to_string());
        self
    }

    fn write_json(&self, kid: Option<&str>, out: &mut String) {
        out.push('{');
        json::write_member("alg", SignatureAlgorithm::Es384.name(), out);
        for (name, value) in [
            ("kid", kid),
            ("typ", self.typ.as_deref()),
            ("cty", self.cty.as_deref()),
        ] {
            if let Some(value) = value {
                json::write_member(name, value, out);
            }
        }
        out.push('}');
    }
}

impl SigningInput {
    /// The signing input of a payload under a header (RFC 7515 §5.1 step 5).
    pub fn new(payload: &[u8], header: &SignHeader, kid: Option<&str>) -> Self {
        let mut text = Zeroizing::new(room_for(payload));
        write_input(payload, header, kid, &mut text);
        Self(text)
    }

    /// The SHA-384 digest to be signed.
    pub fn digest(&self) -> MessageDigest {
        es384::digest(self.as_bytes())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The complete token.
    pub fn attach(mut self, signature: &Signature) -> String {
        append_signature(&mut self.0, signature);
        core::mem::take(&mut *self.0)
    }
}

/// A string with room for an ordinary token, so that a buffer with a payload
/// never moves.
fn room_for(payload: &[u8]) -> String {
    String::with_capacity(base64url::encoded_len(payload.len()) + 256 + SIGNATURE_CHARACTERS)
}

/// Writes the signing input in place of what `out` holds.
fn write_input(payload: &[u8], header: &SignHeader, kid: Option<&str>, out: &mut String) {
    out.clear();
    header.write_json(kid, out);
    let length = base64url::encoded_len(out.len()) + base64url::encoded_len(payload.len());
    out.reserve_exact((length + 1 + SIGNATURE_CHARACTERS).saturating_sub(out.len()));
    let mut bytes = core::mem::take(out).into_bytes();
    base64url::encode_tail(&mut bytes, 0);
    bytes.push(b'.');
    base64url::append(payload, &mut bytes);
    // Base64url and a dot.
    *out = String::from_utf8(bytes).unwrap_or_default();
}

fn append_signature(token: &mut String, signature: &Signature) {
    token.push('.');
    base64url::encode_to(signature.as_bytes(), token);
}

/// 96 bytes in base64url and a dot.
const SIGNATURE_CHARACTERS: usize = 129;

impl Signer {
    /// A signer with a private key in memory.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] where `use`, `key_ops` or `alg` is not for signing.
    pub fn prepare(key: &PrivateJwk, backend: Backend) -> Result<Self, Error> {
        key.permits(KeyOperation::Sign)?;
        let signing = SigningKey::prepare(key.scalar(), backend);
        Ok(Self::of(key.public(), Private::Software(signing)))
    }

    /// A signer with a key held elsewhere, with the metadata of its public half.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] where the public half is not for verification.
    pub fn external(key: &PublicJwk, signer: Arc<dyn DigestSigner>) -> Result<Self, Error> {
        key.permits(KeyOperation::Verify)?;
        Ok(Self::of(key, Private::External(signer)))
    }

    /// The key id that goes into the headers.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Signs a payload into a compact token.
    ///
    /// # Errors
    /// [`Error::KeyOperationFailed`] where a key held elsewhere does not answer.
    pub fn sign(&self, payload: &[u8], header: &SignHeader) -> Result<String, Error> {
        self.finish(self.signing_input(payload, header))
    }

    /// As [`Self::sign`], in place of what `token` holds. Allocates nothing where
    /// `token` has room for the token, and the key is in memory.
    ///
    /// # Errors
    /// As [`Self::sign`]; then `token` is empty.
    pub fn sign_into(
        &self,
        payload: &[u8],
        header: &SignHeader,
        token: &mut String,
    ) -> Result<(), Error> {
        write_input(payload, header, self.kid(), token);
        match self.sign_digest(&es384::digest(token.as_bytes())) {
            Ok(signature) => {
                append_signature(token, &signature);
                Ok(())
            }
            Err(error) => {
                token.zeroize();
                Err(error)
            }
        }
    }

    fn sign_digest(&self, digest: &MessageDigest) -> Result<Signature, Error> {
        match &self.key {
            Private::Software(key) => Ok(key.sign_digest(digest)),
            Private::External(key) => key.sign_digest(digest),
        }
    }

    /// The key, if it is in memory.
    pub(super) fn in_memory(&self) -> Option<&SigningKey> {
        match &self.key {
            Private::Software(key) => Some(key),
            Private::External(_) => None,
        }
    }

    /// The signature that ends a token, by a key held elsewhere or here.
    pub(super) fn finish(&self, input: SigningInput) -> Result<String, Error> {
        let signature = self.sign_digest(&input.digest())?;
        Ok(input.attach(&signature))
    }

    /// The first half of [`Self::sign`].
    pub fn signing_input(&self, payload: &[u8], header: &SignHeader) -> SigningInput {
        SigningInput::new(payload, header, self.kid())
    }

    fn of(key: &PublicJwk, private: Private) -> Self {
        Self {
            key: private,
            kid: key.kid().map(Arc::from),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer(private key redacted, kid {:?})", self.kid)
    }
}

impl fmt::Debug for SigningInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningInput({} characters)", self.0.len())
    }
}
