//! Signing (RFC 7515 §5.1).

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::fmt;

use zeroize::Zeroizing;

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

    fn to_json(&self, kid: Option<&str>) -> String {
        let mut out = String::from("{");
        json::write_member("alg", SignatureAlgorithm::Es384.name(), &mut out);
        for (name, value) in [
            ("kid", kid),
            ("typ", self.typ.as_deref()),
            ("cty", self.cty.as_deref()),
        ] {
            if let Some(value) = value {
                json::write_member(name, value, &mut out);
            }
        }
        out.push('}');
        out
    }
}

impl SigningInput {
    /// The signing input of a payload under a header (RFC 7515 §5.1 step 5).
    pub fn new(payload: &[u8], header: &SignHeader, kid: Option<&str>) -> Self {
        let json = header.to_json(kid);
        // Room for the signature too, so that the buffer never moves.
        let mut text = Zeroizing::new(String::with_capacity(
            (json.len() + payload.len()) * 4 / 3 + 8 + SIGNATURE_CHARACTERS,
        ));
        base64url::encode_to(json.as_bytes(), &mut text);
        text.push('.');
        base64url::encode_to(payload, &mut text);
        Self(text)
    }

    /// The SHA-384 digest to be signed.
    pub fn digest(&self) -> MessageDigest {
        es384::digest(self.0.as_bytes())
    }

    /// The complete token.
    pub fn attach(mut self, signature: &Signature) -> String {
        self.0.push('.');
        base64url::encode_to(signature.as_bytes(), &mut self.0);
        core::mem::take(&mut *self.0)
    }
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
        let input = self.signing_input(payload, header);
        let signature = match &self.key {
            Private::Software(key) => key.sign_digest(&input.digest()),
            Private::External(key) => key.sign_digest(&input.digest())?,
        };
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
