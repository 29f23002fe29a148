//! Secrets: wiped when dropped, never printed.

use alloc::vec::Vec;
use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, optimization_barrier};

/// The 48-byte x-coordinate Z of a Diffie–Hellman agreement (SP 800-56A §5.7.1.2).
#[derive(Clone)]
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
#[derive(Clone)]
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
#[derive(Clone, Default)]
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

/// Overwrites bytes with zeros, in few instructions: `zeroize` writes one byte after
/// the other, which for a whole token would take as long as its cipher.
pub(crate) fn wipe(bytes: &mut [u8]) {
    // The library's `memset` is slow with nothing to do at an address of nothing.
    if !bytes.is_empty() {
        bytes.fill(0);
        optimization_barrier(bytes);
    }
}

/// Overwrites all that a vector has room for, and empties it.
pub(crate) fn wipe_all(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.resize(buffer.capacity(), 0);
    optimization_barrier(buffer.as_slice());
    buffer.clear();
}

/// Wiped when dropped, and by hand.
macro_rules! wiped {
    ($secret:ident, $this:ident => $wipe:expr) => {
        impl Zeroize for $secret {
            fn zeroize(&mut self) {
                let $this = self;
                $wipe;
            }
        }

        impl Drop for $secret {
            fn drop(&mut self) {
                self.zeroize();
            }
        }

        impl ZeroizeOnDrop for $secret {}
    };
}

wiped!(SharedSecret, this => wipe(&mut this.0));
wiped!(SymmetricKey, this => wipe(&mut this.bytes));
wiped!(SecretBytes, this => wipe_all(&mut this.0));

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
