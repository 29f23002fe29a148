//! Secrets: wiped when dropped, never printed.

use alloc::vec::Vec;
use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The 48-byte x-coordinate Z of a Diffie–Hellman agreement (SP 800-56A §5.7.1.2).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SharedSecret([u8; 48]);

impl SharedSecret {
    /// Takes Z as computed by a key held elsewhere, leading zeros kept.
    pub const fn from_bytes(z: [u8; 48]) -> Self {
        Self(z)
    }

    /// The bytes of Z.
    pub const fn expose(&self) -> &[u8; 48] {
        &self.0
    }
}

/// Secret bytes of any length, such as a decrypted plaintext.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Takes the bytes over; the vector's spare capacity is wiped as well.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(redacted)")
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({} bytes, redacted)", self.0.len())
    }
}
