//! Content encryption with AES-GCM: a 96-bit IV and a 128-bit tag (RFC 7518 §5.3).

use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::array::typenum::U12;
use aes_gcm::aes::Aes192;
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm, KeyInit};

use crate::alg::ContentEncryption;
use crate::error::Error;

pub(super) const IV_BYTES: usize = 12;
pub(super) const TAG_BYTES: usize = 16;

type Aes192Gcm = AesGcm<Aes192, U12>;

/// Encrypts in place and returns the tag. `key` has `enc.key_bytes()` bytes.
pub(super) fn seal(
    enc: ContentEncryption,
    key: &[u8],
    iv: &[u8; IV_BYTES],
    aad: &[u8],
    text: &mut [u8],
) -> Result<[u8; TAG_BYTES], Error> {
    match enc {
        ContentEncryption::A128Gcm => seal_with::<Aes128Gcm>(key, iv, aad, text),
        ContentEncryption::A192Gcm => seal_with::<Aes192Gcm>(key, iv, aad, text),
        ContentEncryption::A256Gcm => seal_with::<Aes256Gcm>(key, iv, aad, text),
    }
}

/// Decrypts in place; where the tag is wrong, `text` stays unreadable.
pub(super) fn open(
    enc: ContentEncryption,
    key: &[u8],
    iv: &[u8; IV_BYTES],
    aad: &[u8],
    text: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> Result<(), Error> {
    match enc {
        ContentEncryption::A128Gcm => open_with::<Aes128Gcm>(key, iv, aad, text, tag),
        ContentEncryption::A192Gcm => open_with::<Aes192Gcm>(key, iv, aad, text, tag),
        ContentEncryption::A256Gcm => open_with::<Aes256Gcm>(key, iv, aad, text, tag),
    }
}

trait Gcm: AeadInOut<NonceSize = U12, TagSize = aes_gcm::aead::array::typenum::U16> + KeyInit {}
impl Gcm for Aes128Gcm {}
impl Gcm for Aes192Gcm {}
impl Gcm for Aes256Gcm {}

fn seal_with<C: Gcm>(
    key: &[u8],
    iv: &[u8; IV_BYTES],
    aad: &[u8],
    text: &mut [u8],
) -> Result<[u8; TAG_BYTES], Error> {
    // A wrong key length or a text beyond GCM's 64 GiB cannot come this far.
    let cipher = C::new_from_slice(key).map_err(|_| Error::KeyOperationFailed)?;
    let tag = cipher.encrypt_inout_detached(iv.into(), aad, text.into());
    tag.map(Into::into).map_err(|_| Error::KeyOperationFailed)
}

fn open_with<C: Gcm>(
    key: &[u8],
    iv: &[u8; IV_BYTES],
    aad: &[u8],
    text: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> Result<(), Error> {
    let cipher = C::new_from_slice(key).map_err(|_| Error::DecryptFailed)?;
    let opened = cipher.decrypt_inout_detached(iv.into(), aad, text.into(), tag.into());
    opened.map_err(|_| Error::DecryptFailed)
}
