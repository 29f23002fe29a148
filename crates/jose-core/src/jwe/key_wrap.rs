//! AES Key Wrap of the content encryption key (RFC 3394, RFC 7518 §4.4).

use aes_kw::{AesKw, KeyInit, KwAes128, KwAes192, KwAes256};
use zeroize::Zeroizing;

use crate::error::Error;

/// What wrapping adds to the key.
pub(super) const OVERHEAD: usize = 8;

/// A content encryption key and its length.
pub(super) type Cek = Zeroizing<[u8; 32]>;

/// The longest wrapped key: 32 + 8 bytes.
pub(super) type Wrapped = [u8; 32 + OVERHEAD];

/// Wraps `cek`; the first `cek.len() + 8` bytes of the result count.
pub(super) fn wrap(kek: &[u8], cek: &[u8]) -> Result<Wrapped, Error> {
    let mut wrapped = [0u8; 32 + OVERHEAD];
    let out = wrapped
        .get_mut(..cek.len() + OVERHEAD)
        .ok_or(Error::KeyOperationFailed)?;
    let done = match kek.len() {
        16 => wrap_with::<KwAes128>(kek, cek, out),
        24 => wrap_with::<KwAes192>(kek, cek, out),
        _ => wrap_with::<KwAes256>(kek, cek, out),
    };
    done.map(|()| wrapped).ok_or(Error::KeyOperationFailed)
}

/// Unwraps; the first `wrapped.len() - 8` bytes of the result count.
pub(super) fn unwrap(kek: &[u8], wrapped: &[u8]) -> Result<Cek, Error> {
    let mut cek = Zeroizing::new([0u8; 32]);
    let bytes = wrapped
        .len()
        .checked_sub(OVERHEAD)
        .ok_or(Error::DecryptFailed)?;
    let out = cek.get_mut(..bytes).ok_or(Error::DecryptFailed)?;
    let done = match kek.len() {
        16 => unwrap_with::<KwAes128>(kek, wrapped, out),
        24 => unwrap_with::<KwAes192>(kek, wrapped, out),
        _ => unwrap_with::<KwAes256>(kek, wrapped, out),
    };
    done.map(|()| cek).ok_or(Error::DecryptFailed)
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
