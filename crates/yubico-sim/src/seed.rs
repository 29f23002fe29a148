//! Reproducible randomness.
//!
//! A run that starts from one [`Seed`] draws every value from a stream of its
//! own, named by purpose and index. Streams do not disturb one another, so the
//! order in which threads come to draw does not matter, and a fault that needs
//! one more random value leaves all others as they were.

use core::convert::Infallible;
use core::fmt;

use chacha20::ChaCha20Rng;
use jose_core::Error;
use rand_core::{SeedableRng, TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 32 bytes from which streams are derived; wiped when dropped, never printed.
///
/// ```
/// use yubico_sim::Seed;
/// use rand_core::Rng;
/// let seed = Seed::from_text("demo");
/// let mut one = seed.stream("pin", 7);
/// let mut again = Seed::from_text("demo").stream("pin", 7);
/// assert_eq!(one.next_u64(), again.next_u64());
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

/// One stream of a seed: `ChaCha20` (RFC 8439 §2.4) with a derived key. It
/// never fails, and wipes its state when dropped.
pub struct Stream(ChaCha20Rng);

impl Seed {
    /// The seed that a text names, such as the value of `--seed`.
    pub fn from_text(text: &str) -> Self {
        Self(derive(&[0; 32], "text", text.as_bytes()))
    }

    /// A seed of 32 bytes drawn elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Draws a seed: one draw from `rng`, whatever is made of the seed later.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        let mut seed = Self([0; 32]);
        rng.try_fill_bytes(&mut seed.0)
            .map_err(|_| Error::RandomnessFailed)?;
        Ok(seed)
    }

    /// The bytes, to be kept.
    pub(crate) const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The stream for one purpose, of which there may be many by index.
    pub fn stream(&self, purpose: &str, index: u64) -> Stream {
        let mut key = derive(&self.0, purpose, &index.to_be_bytes());
        let stream = Stream(ChaCha20Rng::from_seed(key));
        key.zeroize();
        stream
    }

    /// A seed below this one, for a part of the run that names its own streams.
    #[must_use]
    pub fn child(&self, purpose: &str, index: u64) -> Self {
        let mut stream = self.stream(purpose, index);
        let mut child = Self([0; 32]);
        let Ok(()) = stream.try_fill_bytes(&mut child.0);
        child
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for Stream {}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(redacted)")
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream(redacted)")
    }
}

/// SHA-256 over parts of stated length, so that no two inputs run together.
fn derive(parent: &[u8; 32], purpose: &str, detail: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"prereg provider seed v1");
    hash.update(parent);
    for part in [purpose.as_bytes(), detail] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_bytes(mut stream: Stream) -> [u8; 32] {
        let mut bytes = [0; 32];
        stream.try_fill_bytes(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn one_seed_gives_one_run() {
        let draw = || first_bytes(Seed::from_text("s").child("a", 3).stream("b", 4));
        assert_eq!(draw(), draw());
    }

    #[test]
    fn purpose_index_and_seed_separate_streams() {
        let seed = Seed::from_text("s");
        let streams = [
            seed.stream("pin", 0),
            seed.stream("pin", 1),
            seed.stream("pin1", 0),
            seed.stream("serial", 0),
            Seed::from_text("S").stream("pin", 0),
            seed.child("pin", 0).stream("pin", 0),
        ];
        let mut drawn: Vec<_> = streams.into_iter().map(first_bytes).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 6);
    }

    #[test]
    fn nothing_is_printed() {
        let seed = Seed::from_bytes([0xab; 32]);
        let stream = seed.stream("pin", 0);
        assert_eq!(
            format!("{seed:?} {stream:?}"),
            "Seed(redacted) Stream(redacted)"
        );
    }
}
