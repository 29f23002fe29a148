//! A JWS inside a JWE: sign, then encrypt (RFC 7519 §5.2, §11.2).
//!
//! [`open`] gives an [`Opened`], a type that nothing else makes: whoever holds
//! one knows that the claims were encrypted to the own key and signed by the
//! key it names.

use alloc::string::String;
use alloc::vec::Vec;

use rand_core::TryCryptoRng;

use crate::curve::Point;
use crate::error::{Error, NotAllowed};
use crate::header::{JweHeader, JwsHeader};
use crate::json::{self, Object};
use crate::jwe::{self, DecryptPolicy, Decrypted, DecryptionKey, EncryptHeader, Recipient};
use crate::jwk::Thumbprint;
use crate::jws::{self, SignHeader, Signer, Verified, VerifierSet, VerifyPolicy};
use crate::policy::same_media_type;
use crate::secret::SecretBytes;

/// What is allowed outside and inside.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The encryption. `cty` must be `JWT` or `JOSE` whatever this says.
    pub jwe: DecryptPolicy,
    /// The signature.
    pub jws: VerifyPolicy,
}

/// Claims that were encrypted to us and signed by a known key.
#[derive(Clone, Debug)]
pub struct Opened {
    jwe_header: JweHeader,
    jws_header: JwsHeader,
    payload: SecretBytes,
    signer: Point,
}

/// A nested token read but not yet decrypted; its `kid` chooses the key.
#[derive(Clone, Debug)]
pub struct Pending<'p> {
    outer: jwe::Pending,
    policy: &'p VerifyPolicy,
}

/// One token of a batch.
#[derive(Clone, Copy, Debug)]
pub struct OpenItem<'a> {
    /// The compact token.
    pub token: &'a [u8],
    /// The key that decrypts it.
    pub key: &'a DecryptionKey,
    /// The keys of which one has signed it.
    pub signers: &'a VerifierSet,
    /// What is allowed.
    pub policy: &'a Policy,
}

/// Signs claims and encrypts the signed token; `cty` is set to `JWT` unless
/// the header has one.
///
/// # Errors
/// As [`Signer::sign`] and [`Recipient::encrypt`].
pub fn seal<R: TryCryptoRng + ?Sized>(
    claims: &[u8],
    signer: &Signer,
    sign_header: &SignHeader,
    recipient: &Recipient,
    encrypt_header: &EncryptHeader,
    rng: &mut R,
) -> Result<String, Error> {
    let token = SecretBytes::new(signer.sign(claims, sign_header)?.into_bytes());
    if encrypt_header.cty().is_some() {
        return recipient.encrypt(token.expose(), encrypt_header, rng);
    }
    let encrypt_header = encrypt_header.clone().with_cty("JWT");
    recipient.encrypt(token.expose(), &encrypt_header, rng)
}

/// Decrypts a nested token and verifies what is inside.
///
/// # Errors
/// As [`DecryptionKey::decrypt`] and [`VerifierSet::verify`].
pub fn open(
    token: &[u8],
    key: &DecryptionKey,
    signers: &VerifierSet,
    policy: &Policy,
) -> Result<Opened, Error> {
    begin_open(token, policy)?.finish_with(key, signers)
}

/// Opens many tokens: one result per item, in order; see [`open`].
pub fn open_batch(items: &[OpenItem<'_>]) -> Vec<Result<Opened, Error>> {
    let begun = items.iter().map(|item| {
        let pending = begin_open(item.token, item.policy)?;
        Ok((pending.outer, item.key))
    });
    let decrypted = jwe::finish_batch(begun.collect());
    let claims = items.iter().zip(&decrypted).map(|(item, decrypted)| {
        let decrypted = decrypted.as_ref().map_err(|error| *error)?;
        item.signers.claim(decrypted.plaintext(), &item.policy.jws)
    });
    let verified = jws::decide_batch(claims.collect());
    let opened = decrypted.into_iter().zip(verified);
    opened
        .map(|(decrypted, verified)| Ok(Opened::new(decrypted?, verified?)))
        .collect()
}

/// Reads the outside of a nested token, without a key.
///
/// # Errors
/// As [`jwe::begin_decrypt`]; [`NotAllowed::ContentType`] unless `cty` says
/// that a token is inside.
pub fn begin_open<'p>(token: &[u8], policy: &'p Policy) -> Result<Pending<'p>, Error> {
    let outer = jwe::begin_decrypt(token, &policy.jwe)?;
    let is_token = |cty: &str| same_media_type(cty, "JWT") || same_media_type(cty, "JOSE");
    if outer.header().cty().is_some_and(is_token) {
        Ok(Pending {
            outer,
            policy: &policy.jws,
        })
    } else {
        Err(NotAllowed::ContentType.into())
    }
}

impl Pending<'_> {
    /// The outer header; its `kid` names the recipient's key.
    pub const fn header(&self) -> &JweHeader {
        self.outer.header()
    }

    /// Decrypts and verifies.
    ///
    /// # Errors
    /// As [`open`].
    pub fn finish_with(self, key: &DecryptionKey, signers: &VerifierSet) -> Result<Opened, Error> {
        let decrypted = self.outer.finish_with(key)?;
        let verified = signers.verify(decrypted.plaintext(), self.policy)?;
        Ok(Opened::new(decrypted, verified))
    }
}

impl Opened {
    fn new(decrypted: Decrypted, verified: Verified) -> Self {
        let (jws_header, payload, signer) = verified.into_parts();
        Self {
            jwe_header: decrypted.into_header(),
            jws_header,
            payload,
            signer,
        }
    }

    /// The outer header.
    pub const fn jwe_header(&self) -> &JweHeader {
        &self.jwe_header
    }

    /// The inner header.
    pub const fn jws_header(&self) -> &JwsHeader {
        &self.jws_header
    }

    /// The signer's key id.
    pub fn kid(&self) -> Option<&str> {
        self.jws_header.kid()
    }

    /// The key that verified the signature.
    pub const fn signer(&self) -> &Point {
        &self.signer
    }

    /// The thumbprint of that key.
    pub fn signer_thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.signer)
    }

    /// The claims, parsed strictly: the only way to them.
    ///
    /// # Errors
    /// [`Error::Malformed`] where the payload is not a strict JSON object.
    pub fn claims(&self) -> Result<Object<'_>, Error> {
        json::parse_object(self.payload.expose())
    }
}
