//! A token read but not yet decrypted: the form for keys that are chosen by
//! `kid`, or held by a service that answers later.

use alloc::vec::Vec;

use super::content::{self, IV_BYTES, TAG_BYTES};
use super::decrypt::{Decrypted, DecryptionKey};
use super::key_wrap::{self, OVERHEAD, Wrapped};
use crate::base64url;
use crate::compact;
use crate::curve::Point;
use crate::error::{Error, Malformed};
use crate::header::JweHeader;
use crate::kdf;
use crate::policy::DecryptPolicy;
use crate::secret::{SecretBytes, SharedSecret, wipe_all};

/// A well-formed token that the policy allows. The split form of decryption:
/// agree on Z with [`Self::ephemeral`] wherever the key lives, then [`Self::finish`].
#[derive(Clone, Debug)]
pub struct Pending {
    sealed: Sealed,
    /// The header segment as received: the additional authenticated data.
    aad: Vec<u8>,
    text: SecretBytes,
}

/// What a token carries beside its ciphertext.
#[derive(Clone, Debug)]
struct Sealed {
    header: JweHeader,
    wrapped: Wrapped,
    iv: [u8; IV_BYTES],
    tag: [u8; TAG_BYTES],
}

/// A token read where it stands.
pub(super) struct Envelope<'a> {
    sealed: Sealed,
    aad: &'a [u8],
}

/// Reads a compact token under a policy, without a key.
///
/// # Errors
/// [`Error::Malformed`] and [`Error::NotAllowed`]; [`Error::DecryptFailed`]
/// where `epk` is not a valid public key.
pub fn begin_decrypt(token: &[u8], policy: &DecryptPolicy) -> Result<Pending, Error> {
    let mut text = Vec::new();
    let envelope = Envelope::read(token, policy, &mut text)?;
    Ok(Pending {
        aad: envelope.aad.to_vec(),
        text: SecretBytes::new(text),
        sealed: envelope.sealed,
    })
}

impl<'a> Envelope<'a> {
    /// Reads a token; the decoded ciphertext takes the place of what `text` holds.
    pub(super) fn read(
        token: &'a [u8],
        policy: &DecryptPolicy,
        text: &mut Vec<u8>,
    ) -> Result<Self, Error> {
        let [aad, key, iv, ciphertext, tag] = compact::split(token, policy.limits.token_bytes)?;
        let header = JweHeader::read(aad, policy)?;
        let mut wrapped: Wrapped = [0; _];
        let place = wrapped
            .get_mut(..header.wrapped_bytes())
            .unwrap_or_default();
        decode_exactly(key, place, Malformed::EncryptedKeyLength)?;
        let mut sealed = Sealed {
            header,
            wrapped,
            iv: [0; _],
            tag: [0; _],
        };
        decode_exactly(iv, &mut sealed.iv, Malformed::IvLength)?;
        wipe_all(text);
        text.resize(base64url::decoded_len(ciphertext.len())?, 0);
        base64url::decode_to(ciphertext, text)?;
        decode_exactly(tag, &mut sealed.tag, Malformed::TagLength)?;
        Ok(Self { sealed, aad })
    }

    pub(super) const fn header(&self) -> &JweHeader {
        &self.sealed.header
    }

    /// Decrypts `text`, which is to be wiped on failure.
    pub(super) fn open(self, z: &SharedSecret, text: &mut [u8]) -> Result<JweHeader, Error> {
        self.sealed.open(z, self.aad, text)?;
        Ok(self.sealed.header)
    }
}

impl Sealed {
    fn open(&self, z: &SharedSecret, aad: &[u8], text: &mut [u8]) -> Result<(), Error> {
        let JweHeader { alg, enc, .. } = self.header;
        let agreed = kdf::derive(z, alg, enc, &self.header.apu, &self.header.apv);
        let wrapped = self.wrapped.get(..self.header.wrapped_bytes());
        let cek = match alg.wrapping_key_bytes() {
            None => agreed,
            Some(_) => key_wrap::unwrap(agreed.expose(), wrapped.unwrap_or_default())?,
        };
        content::open(enc, cek.expose(), &self.iv, aad, text, &self.tag)
    }
}

impl JweHeader {
    /// The bytes of the encrypted key: none for direct agreement (RFC 7516 §5.2
    /// step 10).
    const fn wrapped_bytes(&self) -> usize {
        match self.alg.wrapping_key_bytes() {
            Some(_) => self.enc.key_bytes() + OVERHEAD,
            None => 0,
        }
    }
}

impl Pending {
    /// The header; its `kid` names the key that is needed.
    pub const fn header(&self) -> &JweHeader {
        &self.sealed.header
    }

    /// The sender's ephemeral public key: agree on Z with it.
    pub const fn ephemeral(&self) -> &Point {
        &self.sealed.header.epk
    }

    /// Decrypts with a key; its `kid` and `alg`, where it has them, must be the token's.
    ///
    /// # Errors
    /// [`Error::DecryptFailed`], whatever the cause;
    /// [`Error::UnusableKey`] or [`Error::KeyOperationFailed`] for the key.
    pub fn finish_with(self, key: &DecryptionKey) -> Result<Decrypted, Error> {
        key.serves(self.header())?;
        let z = key.agree(self.ephemeral())?;
        self.finish(&z)
    }

    /// Decrypts with the Z agreed elsewhere.
    ///
    /// # Errors
    /// [`Error::DecryptFailed`], whatever the cause.
    pub fn finish(mut self, z: &SharedSecret) -> Result<Decrypted, Error> {
        // On failure the buffer is wiped as `self` is dropped.
        self.sealed.open(z, &self.aad, self.text.expose_mut())?;
        Ok(Decrypted::new(self.sealed.header, self.text))
    }
}

/// Decodes a segment that must have exactly the buffer's length.
fn decode_exactly(segment: &[u8], out: &mut [u8], fault: Malformed) -> Result<(), Error> {
    if base64url::decoded_len(segment.len())? != out.len() {
        return Err(fault.into());
    }
    base64url::decode_to(segment, out)
}
