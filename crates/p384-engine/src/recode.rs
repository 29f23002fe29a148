//! Odd signed digits: one recoding for public and for secret scalars.
//!
//! With windows of w bits, t = ⌈384/w⌉ of them and L = w·t, an odd u < 2^L is
//! a sum of odd digits d_i in ±{1, 3, …, 2^w − 1},
//!
//! > u = Σ d_i·2^(w·i),  0 ≤ i < t,
//!
//! and the digits are bit fields of C = (u >> 1) | 2^(L−1), without carries:
//! reading each bit c_j of C as the sign 2·c_j − 1 gives
//! Σ (2·c_j − 1)·2^j = 2·C − (2^L − 1) = (u − 1) + 2^L − 2^L + 1 = u, and the
//! digit of a window whose bits are f is d = 2·f − (2^w − 1). Its sign is the
//! window's top bit (negative where clear), and |d| = 2·j + 1 where j is the
//! remaining w − 1 bits, complemented where the sign is negative.
//!
//! An even u is replaced by n − u, which is odd because n is, and all signs
//! flip; zero becomes n, and the sum is then the identity's, as it should be.
//! No digit is zero, so there is no identity among the table's entries and no
//! case to distinguish while the digits are summed.

use zeroize::Zeroize;

use crate::ct::Mask;
use crate::limbs;
use crate::scalar::{N, Scalar};

/// Bits of a table's window: more of them cost memory and save additions.
///
/// A prepared key takes 72, 116, 192, 330 or 576 KiB; see
/// [`PreparedKey::memory_bytes`](crate::PreparedKey::memory_bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// 96 windows of 8 entries.
    W4,
    /// 77 windows of 16 entries.
    W5,
    /// 64 windows of 32 entries.
    W6,
    /// 55 windows of 64 entries.
    W7,
    /// 48 windows of 128 entries.
    W8,
}

impl Window {
    /// w.
    pub const fn bits(self) -> usize {
        match self {
            Self::W4 => 4,
            Self::W5 => 5,
            Self::W6 => 6,
            Self::W7 => 7,
            Self::W8 => 8,
        }
    }

    /// t, how many windows a scalar has.
    pub const fn count(self) -> usize {
        384_usize.div_ceil(self.bits())
    }

    /// The word and the bit in it from which on digit `i` lies among the bits.
    pub(crate) const fn place(self, i: usize) -> (usize, usize) {
        let bit = self.bits() * i;
        (bit / 64, bit % 64)
    }

    /// How many odd multiples a window's table holds: 1, 3, …, 2^w − 1.
    pub const fn entries(self) -> usize {
        1 << (self.bits() - 1)
    }
}

/// A scalar's digits; wiped when dropped.
pub(crate) struct Digits {
    /// C, in 448 bits.
    bits: [u64; 7],
    flip: Mask,
    window: Window,
}

/// One digit, ±(2·index + 1).
#[derive(Clone, Copy)]
pub(crate) struct Digit {
    /// The place in the window's table, below [`Window::entries`].
    pub(crate) index: u64,
    pub(crate) negative: Mask,
}

impl Digits {
    /// Recodes in constant time.
    #[expect(
        clippy::indexing_slicing,
        reason = "0…5 of six limbs, and a bit below 385 of seven"
    )]
    pub(crate) fn recode(scalar: &Scalar, window: Window) -> Self {
        let even = Mask::from_bit(1 ^ (scalar.0[0] & 1));
        let (mut negated, _) = limbs::sub(&N, &scalar.0);
        let mut odd = limbs::select(even, &scalar.0, &negated);
        let shifted = |i: usize| (odd[i] >> 1) | (odd.get(i + 1).unwrap_or(&0) << 63);
        let mut bits = [
            shifted(0),
            shifted(1),
            shifted(2),
            shifted(3),
            shifted(4),
            shifted(5),
            0,
        ];
        let top = window.bits() * window.count() - 1;
        bits[top / 64] |= 1 << (top % 64);
        negated.zeroize();
        odd.zeroize();
        Self {
            bits,
            flip: even,
            window,
        }
    }

    /// A word of C; none is beyond the seventh.
    #[allow(dead_code, reason = "for the lanes, without which build.rs gets along")]
    pub(crate) fn word(&self, i: usize) -> u64 {
        self.bits.get(i).copied().unwrap_or(0)
    }

    /// One where all signs are flipped.
    #[allow(dead_code, reason = "for the lanes, without which build.rs gets along")]
    #[expect(clippy::cast_possible_truncation, reason = "a bit")]
    pub(crate) const fn flip_bit(&self) -> u8 {
        self.flip.bits() as u8 & 1
    }

    /// How many digits there are.
    pub(crate) const fn count(&self) -> usize {
        self.window.count()
    }

    /// The digit of weight 2^(w·i), in constant time; only `i` may be seen.
    #[inline(always)]
    #[expect(
        clippy::indexing_slicing,
        reason = "i is below the count, so the bit is below 384"
    )]
    pub(crate) fn digit(&self, i: usize) -> Digit {
        let width = self.window.bits();
        let (limb, shift) = self.window.place(i);
        // Shifting twice keeps the count below 64 where shift is 0.
        let field = (self.bits[limb] >> shift) | (self.bits[limb + 1] << 1 << (63 - shift));
        let negative = Mask::from_bit(1 ^ ((field >> (width - 1)) & 1));
        let index_bits = (1 << (width - 1)) - 1;
        Digit {
            index: (field ^ negative.bits()) & index_bits,
            negative: negative.xor(self.flip),
        }
    }
}

impl Digits {
    /// The same for a public scalar, whose windows have `WIDTH` bits: the index,
    /// and whether the digit is negative.
    #[inline(always)]
    #[expect(
        clippy::indexing_slicing,
        reason = "i is below the count, so the bit is below 384"
    )]
    pub(crate) fn digit_vartime<const WIDTH: usize>(&self, i: usize) -> (usize, bool) {
        let (limb, shift) = (WIDTH * i / 64, WIDTH * i % 64);
        let field = (self.bits[limb] >> shift) | (self.bits[limb + 1] << 1 << (63 - shift));
        let top = (field >> (WIDTH - 1)) & 1;
        let index_bits = (1 << (WIDTH - 1)) - 1;
        // All ones where the digit is negative: its top bit is clear.
        let complement = top.wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "below 2^7")]
        let index = ((field ^ complement) & index_bits) as usize;
        (index, (complement ^ self.flip.bits()) & 1 == 1)
    }
}

impl Drop for Digits {
    fn drop(&mut self) {
        self.bits.zeroize();
        self.flip = Mask::from_bit(0);
    }
}

#[cfg(test)]
mod tests;
