//! A token read but not yet decrypted: the form for keys that are chosen by
//! `kid`, or held by a service that answers later.

use alloc::vec::Vec;

use super::content::{self, IV_BYTES, TAG_BYTES};
use super::decrypt::{Decrypted, DecryptionKey};
use super::key_wrap::{self, OVERHEAD};
use crate::base64url;
use crate::compact;
use crate::curve::Point;
use crate::error::{Error, Malformed};
use crate::header::JweHeader;
use crate::kdf;
use crate::policy::DecryptPolicy;
use crate::secret::{SecretBytes, SharedSecret};

/// A well-formed token that the policy allows. The split form of decryption:
/// agree on Z with [`Self::ephemeral`] wherever the key lives, then [`Self::finish`].
#[derive(Clone, Debug)]
pub struct Pending {
    header: JweHeader,
    /// The header segment as received: the additional authenticated data.
    aad: Vec<u8>,
    wrapped: Vec<u8>,
    iv: [u8; IV_BYTES],
    text: SecretBytes,
    tag: [u8; TAG_BYTES],
}

/// Reads a compact token under a policy, without a key.
///
/// # Errors
/// [`Error::Malformed`] and [`Error::NotAllowed`]; [`Error::DecryptFailed`]
/// where `epk` is not a valid public key.
pub fn begin_decrypt(token: &[u8], policy: &DecryptPolicy) -> Result<Pending, Error> {
    let [header_segment, key, iv, text, tag] = compact::split(token, policy.limits.token_bytes)?;
    let header = JweHeader::read(header_segment, policy)?;
    let expected = match header.alg {
        // Direct agreement has no encrypted key (RFC 7516 §5.2 step 10).
        alg if alg.wrapping_key_bytes().is_none() => 0,
        _ => header.enc.key_bytes() + OVERHEAD,
    };
    Ok(Pending {
        aad: header_segment.to_vec(),
        wrapped: decode_exactly(key, expected, Malformed::EncryptedKeyLength)?,
        iv: decode_array(iv, Malformed::IvLength)?,
        text: SecretBytes::new(base64url::decode(text)?),
        tag: decode_array(tag, Malformed::TagLength)?,
        header,
    })
}

impl Pending {
    /// The header; its `kid` names the key that is needed.
    pub const fn header(&self) -> &JweHeader {
        &self.header
    }

    /// The sender's ephemeral public key: agree on Z with it.
    pub const fn ephemeral(&self) -> &Point {
        &self.header.epk
    }

    /// Decrypts with a key; its `kid` and `alg`, where it has them, must be the token's.
    ///
    /// # Errors
    /// [`Error::DecryptFailed`], whatever the cause;
    /// [`Error::UnusableKey`] or [`Error::KeyOperationFailed`] for the key.
    pub fn finish_with(self, key: &DecryptionKey) -> Result<Decrypted, Error> {
        key.serves(&self.header)?;
        let z = key.agree(self.ephemeral())?;
        self.finish(&z)
    }

    /// Decrypts with the Z agreed elsewhere.
    ///
    /// # Errors
    /// [`Error::DecryptFailed`], whatever the cause.
    pub fn finish(mut self, z: &SharedSecret) -> Result<Decrypted, Error> {
        let JweHeader { alg, enc, .. } = self.header;
        let agreed = kdf::derive(z, alg, enc, &self.header.apu, &self.header.apv);
        let cek = match alg.wrapping_key_bytes() {
            None => agreed,
            Some(_) => key_wrap::unwrap(agreed.expose(), &self.wrapped)?,
        };
        // On failure the buffer is wiped as `self` is dropped.
        content::open(
            enc,
            cek.expose(),
            &self.iv,
            &self.aad,
            self.text.expose_mut(),
            &self.tag,
        )?;
        Ok(Decrypted::new(self.header, self.text))
    }
}

fn decode_exactly(segment: &[u8], bytes: usize, fault: Malformed) -> Result<Vec<u8>, Error> {
    if base64url::decoded_len(segment.len())? != bytes {
        return Err(fault.into());
    }
    base64url::decode(segment)
}

fn decode_array<const N: usize>(segment: &[u8], fault: Malformed) -> Result<[u8; N], Error> {
    let mut out = [0u8; N];
    if base64url::decoded_len(segment.len())? != N {
        return Err(fault.into());
    }
    base64url::decode_to(segment, &mut out)?;
    Ok(out)
}
