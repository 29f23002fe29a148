//! The lanes in portable Rust: the same numbers on every processor.
//!
//! Its operations stay calls: unrolled into the kernels, eight times each of
//! their instructions would take the compiler minutes.

use super::vector::{ENTRY_WORDS, Kernel, Lanes, Vectors};
use crate::backend::serial::point::Packed;
use crate::ct::Mask;
use crate::wipe::Blank;

/// Eight numbers in an array, one loop an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Software;

/// Aligned like the register it stands for.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Array([u64; 8]);

impl Blank for Array {
    const BLANK: Self = Self([0; 8]);
}

const LOW_52: u64 = (1 << 52) - 1;

impl Software {
    #[inline(always)]
    fn zip(a: Array, b: Array, f: impl Fn(u64, u64) -> u64) -> Array {
        let mut a = a;
        for (a, b) in a.0.iter_mut().zip(b.0) {
            *a = f(*a, b);
        }
        a
    }

    #[inline(always)]
    fn product(a: u64, b: u64) -> u128 {
        u128::from(a & LOW_52) * u128::from(b & LOW_52)
    }

    #[inline(always)]
    fn select(table: &[u64], index: u64) -> u64 {
        // Reads everything: the index may be secret.
        let entries = table.iter().zip(0_u64..);
        entries.fold(0, |found, (entry, i)| {
            found | Mask::equal(i, index).keep(*entry)
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the halves of a product below 2^104"
)]
impl Vectors for Software {
    type Vector = Array;

    #[inline(never)]
    fn run<K: Kernel<Self>>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }
    #[inline(never)]
    fn splat(self, value: u64) -> Array {
        Array([value; 8])
    }
    #[inline(never)]
    fn load(self, lanes: &[u64; 8]) -> Array {
        Array(*lanes)
    }
    #[inline(never)]
    fn store(self, vector: Array) -> [u64; 8] {
        vector.0
    }
    #[inline(never)]
    fn add(self, a: Array, b: Array) -> Array {
        Self::zip(a, b, u64::wrapping_add)
    }
    #[inline(never)]
    fn sub(self, a: Array, b: Array) -> Array {
        Self::zip(a, b, u64::wrapping_sub)
    }
    #[inline(never)]
    fn and(self, a: Array, b: Array) -> Array {
        Self::zip(a, b, |a, b| a & b)
    }
    #[inline(never)]
    fn or(self, a: Array, b: Array) -> Array {
        Self::zip(a, b, |a, b| a | b)
    }
    #[inline(never)]
    fn andnot(self, mask: Array, a: Array) -> Array {
        Self::zip(mask, a, |mask, a| !mask & a)
    }
    #[inline(never)]
    fn shl<const N: u32>(self, a: Array) -> Array {
        Array(a.0.map(|a| a << N))
    }
    #[inline(never)]
    fn shr<const N: u32>(self, a: Array) -> Array {
        Array(a.0.map(|a| a >> N))
    }
    #[inline(never)]
    fn sra<const N: u32>(self, a: Array) -> Array {
        Array(a.0.map(|a| (a.cast_signed() >> N).cast_unsigned()))
    }
    #[inline(never)]
    fn ror<const N: u32>(self, a: Array) -> Array {
        Array(a.0.map(|a| a.rotate_right(N)))
    }
    #[inline(never)]
    fn xor(self, a: Array, b: Array) -> Array {
        Self::zip(a, b, |a, b| a ^ b)
    }
    #[inline(never)]
    fn xor3(self, a: Array, b: Array, c: Array) -> Array {
        self.xor(self.xor(a, b), c)
    }
    #[inline(never)]
    fn choose(self, mask: Array, if_set: Array, if_clear: Array) -> Array {
        self.or(self.and(mask, if_set), self.andnot(mask, if_clear))
    }
    #[inline(never)]
    fn majority(self, a: Array, b: Array, c: Array) -> Array {
        self.or(self.and(a, b), self.and(c, self.or(a, b)))
    }
    #[inline(never)]
    fn low16_shl32(self, a: Array) -> Array {
        Array(a.0.map(|a| (a & 0xffff) << 32))
    }
    #[inline(never)]
    fn mul_low(self, c: Array, a: Array, b: Array) -> Array {
        let low = Self::zip(a, b, |a, b| Self::product(a, b) as u64 & LOW_52);
        self.add(c, low)
    }
    #[inline(never)]
    fn mul_high(self, c: Array, a: Array, b: Array) -> Array {
        let high = Self::zip(a, b, |a, b| (Self::product(a, b) >> 52) as u64);
        self.add(c, high)
    }
    #[inline(never)]
    fn blend(self, mask: u8, if_clear: Array, if_set: Array) -> Array {
        let mut blended = if_clear;
        for (lane, (value, if_set)) in blended.0.iter_mut().zip(if_set.0).enumerate() {
            let bit = Mask::from_bit(u64::from(mask >> lane) & 1);
            *value = bit.select(*value, if_set);
        }
        blended
    }
    #[inline(never)]
    fn permute(self, a: Array, lanes: Array) -> Array {
        Array(lanes.0.map(|lane| Self::select(&a.0, lane & 7)))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a mask's bit, and a count of bits"
)]
impl Lanes for Software {
    type Four = Self;

    fn four(self) -> Self {
        self
    }

    #[inline(never)]
    fn load_bytes(self, bytes: &[u8; 64]) -> Array {
        let mut array = [0; 8];
        for (number, chunk) in array.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *number = u64::from_le_bytes(*chunk);
        }
        Array(array)
    }

    #[inline(never)]
    fn store_bytes(self, vector: Array) -> [u8; 64] {
        let mut bytes = [0; 64];
        for (chunk, number) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(vector.0) {
            *chunk = number.to_le_bytes();
        }
        bytes
    }

    #[inline(never)]
    fn shl_by(self, a: Array, bits: u64) -> Array {
        Array(a.0.map(|a| a.unbounded_shl(bits as u32)))
    }

    #[inline(never)]
    fn shr_by(self, a: Array, bits: u64) -> Array {
        Array(a.0.map(|a| a.unbounded_shr(bits as u32)))
    }

    #[inline(never)]
    fn equal(self, a: Array, b: Array) -> u8 {
        let pairs = a.0.into_iter().zip(b.0).zip(0..);
        pairs.fold(0, |mask, ((a, b), lane)| {
            mask | (Mask::equal(a, b).bits() as u8 & 1) << lane
        })
    }

    #[inline(never)]
    fn lookup16(self, index: Array, low: Array, high: Array) -> Array {
        Array(index.0.map(|i| {
            let high_half = Mask::from_bit((i >> 3) & 1);
            high_half.select(Self::select(&low.0, i & 7), Self::select(&high.0, i & 7))
        }))
    }

    #[inline(never)]
    fn transpose(self, entries: [&Packed; 8]) -> [Array; ENTRY_WORDS] {
        core::array::from_fn(|word| {
            let word_of = |entry: &Packed| {
                let chunk = entry.as_chunks::<8>().0.get(word);
                chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk))
            };
            Array(entries.map(word_of))
        })
    }

    #[inline(never)]
    fn prefetch(self, _: &Packed) {}
}
