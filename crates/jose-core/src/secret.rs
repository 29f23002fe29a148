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

/// A symmetric key of at most 32 bytes; lives without the heap.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SymmetricKey {
    bytes: [u8; 32],
    length: usize,
}

impl SymmetricKey {
    /// A key of so many zero bytes, to be filled; more than 32 are cut.
    pub(crate) const fn zeroed(length: usize) -> Self {
        let length = if length < 32 { length } else { 32 };
        Self {
            bytes: [0; 32],
            length,
        }
    }

    /// The bytes of the key.
    pub fn expose(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(crate) fn expose_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.length).unwrap_or_default()
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

    /// The vector itself; what it outgrows is not wiped.
    pub(crate) const fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(redacted)")
    }
}

impl fmt::Debug for SymmetricKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SymmetricKey(redacted)")
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({} bytes, redacted)", self.0.len())
    }
}
