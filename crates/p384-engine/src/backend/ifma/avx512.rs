//! The lanes in AVX-512 registers.
//!
//! The `unsafe` blocks of the lanes stand in this file and in `avx256`: calls of
//! intrinsics, the entry into code compiled for the processor's features, and there
//! an assembly block without instructions.

use core::arch::x86_64::{
    __m128i, __m512i, _MM_HINT_T0, _mm_cvtsi64_si128, _mm_loadu_si128, _mm_prefetch,
    _mm512_add_epi64, _mm512_and_si512, _mm512_andnot_si512, _mm512_castsi128_si512,
    _mm512_cmpeq_epi64_mask, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_blend_epi64,
    _mm512_mask_broadcast_i64x2, _mm512_or_si512, _mm512_permutex2var_epi64,
    _mm512_permutexvar_epi64, _mm512_rorv_epi64, _mm512_set1_epi64, _mm512_shuffle_epi8,
    _mm512_sll_epi64, _mm512_slli_epi64, _mm512_srai_epi64, _mm512_srl_epi64, _mm512_srli_epi64,
    _mm512_sub_epi64, _mm512_ternarylogic_epi64, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
    _mm512_xor_si512,
};

use super::avx256::Avx256;
use super::vector::{ENTRY_WORDS, Kernel, Lanes, Vectors};
use crate::backend::cpu::HaveIfma;
use crate::backend::serial::point::Packed;
use crate::wipe::Blank;

/// Eight numbers in a register of 512 bits, on a processor that has them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(HaveIfma);

impl Avx512 {
    pub(crate) const fn new(proof: HaveIfma) -> Self {
        Self(proof)
    }
}

impl Blank for __m512i {
    // SAFETY: plain data, of which zero bytes are a value.
    const BLANK: Self = unsafe { core::mem::zeroed() };
}

/// Compiled for the features that [`HaveIfma`] has asked the processor for.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,avx512vbmi,bmi2,adx")]
#[inline(never)]
fn enter<K: Kernel<Avx512>>(lanes: Avx512, kernel: K) -> K::Output {
    kernel.run(lanes)
}

/// An operation that is one intrinsic, of registers alone.
macro_rules! intrinsic {
    ($name:ident($($arg:ident),*) = $intrinsic:ident $(::<$n:ident>)?) => {
        #[inline(always)]
        fn $name $(<const $n: u32>)? (self, $($arg: __m512i),*) -> __m512i {
            // SAFETY: the instruction touches registers alone and needs features
            // that `self` proves the processor to have.
            unsafe { $intrinsic $(::<$n>)? ($($arg),*) }
        }
    };
}

impl Vectors for Avx512 {
    type Vector = __m512i;

    #[inline(always)]
    fn run<K: Kernel<Self>>(self, kernel: K) -> K::Output {
        // SAFETY: `enter` is a safe function but for the processor's features,
        // and `self` proves that the processor has them.
        unsafe { enter(self, kernel) }
    }

    #[inline(always)]
    fn splat(self, value: u64) -> __m512i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm512_set1_epi64(value.cast_signed()) }
    }

    #[inline(always)]
    fn load(self, lanes: &[u64; 8]) -> __m512i {
        // SAFETY: both types are 64 bytes of plain data without invalid values.
        unsafe { core::mem::transmute(*lanes) }
    }

    #[inline(always)]
    fn store(self, vector: __m512i) -> [u64; 8] {
        // SAFETY: both types are 64 bytes of plain data without invalid values.
        unsafe { core::mem::transmute(vector) }
    }

    intrinsic!(add(a, b) = _mm512_add_epi64);
    intrinsic!(sub(a, b) = _mm512_sub_epi64);
    intrinsic!(and(a, b) = _mm512_and_si512);
    intrinsic!(or(a, b) = _mm512_or_si512);
    intrinsic!(xor(a, b) = _mm512_xor_si512);
    intrinsic!(andnot(mask, a) = _mm512_andnot_si512);
    intrinsic!(shl(a) = _mm512_slli_epi64::<N>);
    intrinsic!(shr(a) = _mm512_srli_epi64::<N>);
    intrinsic!(sra(a) = _mm512_srai_epi64::<N>);
    intrinsic!(mul_low(c, a, b) = _mm512_madd52lo_epu64);
    intrinsic!(mul_high(c, a, b) = _mm512_madd52hi_epu64);

    #[inline(always)]
    fn ror<const N: u32>(self, a: __m512i) -> __m512i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm512_rorv_epi64(a, self.splat(u64::from(N))) }
    }

    #[inline(always)]
    fn xor3(self, a: __m512i, b: __m512i, c: __m512i) -> __m512i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm512_ternarylogic_epi64::<0x96>(a, b, c) }
    }

    #[inline(always)]
    fn choose(self, mask: __m512i, if_set: __m512i, if_clear: __m512i) -> __m512i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm512_ternarylogic_epi64::<0xca>(mask, if_set, if_clear) }
    }

    #[inline(always)]
    fn majority(self, a: __m512i, b: __m512i, c: __m512i) -> __m512i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm512_ternarylogic_epi64::<0xe8>(a, b, c) }
    }

    #[inline(always)]
    fn low16_shl32(self, a: __m512i) -> __m512i {
        const LOW: u64 = 0xffff_0100_ffff_ffff;
        const HIGH: u64 = 0xffff_0908_ffff_ffff;
        // Bytes 4 and 5 take bytes 0 and 1 of the same number; the others, whose
        // index has its top bit set, become zero. Indices count in 16 bytes.
        let bytes = self.load(&[LOW, HIGH, LOW, HIGH, LOW, HIGH, LOW, HIGH]);
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm512_shuffle_epi8(a, bytes) }
    }

    #[inline(always)]
    fn blend(self, mask: u8, if_clear: __m512i, if_set: __m512i) -> __m512i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm512_mask_blend_epi64(mask, if_clear, if_set) }
    }

    #[inline(always)]
    fn permute(self, a: __m512i, lanes: __m512i) -> __m512i {
        // SAFETY: registers alone; the instruction reads three bits of each index.
        unsafe { _mm512_permutexvar_epi64(lanes, a) }
    }
}

impl Lanes for Avx512 {
    type Four = Avx256;

    #[inline(always)]
    fn four(self) -> Avx256 {
        Avx256::new(self.0)
    }

    #[inline(always)]
    fn load_bytes(self, bytes: &[u8; 64]) -> __m512i {
        // SAFETY: both types are 64 bytes of plain data without invalid values.
        unsafe { core::mem::transmute(*bytes) }
    }

    #[inline(always)]
    fn store_bytes(self, vector: __m512i) -> [u8; 64] {
        // SAFETY: both types are 64 bytes of plain data without invalid values.
        unsafe { core::mem::transmute(vector) }
    }

    #[inline(always)]
    fn shl_by(self, a: __m512i, bits: u64) -> __m512i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm512_sll_epi64(a, _mm_cvtsi64_si128(bits.cast_signed())) }
    }

    #[inline(always)]
    fn shr_by(self, a: __m512i, bits: u64) -> __m512i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm512_srl_epi64(a, _mm_cvtsi64_si128(bits.cast_signed())) }
    }

    #[inline(always)]
    fn equal(self, a: __m512i, b: __m512i) -> u8 {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm512_cmpeq_epi64_mask(a, b) }
    }

    #[inline(always)]
    fn lookup16(self, index: __m512i, low: __m512i, high: __m512i) -> __m512i {
        // SAFETY: registers alone; the instruction reads four bits of each index.
        unsafe { _mm512_permutex2var_epi64(low, index, high) }
    }

    /// Pairs of words are put beside each other by masked broadcasts, which the
    /// load ports and either vector port execute; the pairs of even and odd entries
    /// are then interleaved. An 8×8 transpose by permutes alone would keep one
    /// port busy for twice the time.
    #[inline(always)]
    fn transpose(self, entries: [&Packed; 8]) -> [__m512i; ENTRY_WORDS] {
        let [w0, w1] = self.pair::<0>(&entries);
        let [w2, w3] = self.pair::<1>(&entries);
        let [w4, w5] = self.pair::<2>(&entries);
        let [w6, w7] = self.pair::<3>(&entries);
        let [w8, w9] = self.pair::<4>(&entries);
        let [w10, w11] = self.pair::<5>(&entries);
        [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11]
    }

    #[inline(always)]
    fn prefetch(self, entry: &Packed) {
        let start = core::ptr::from_ref(entry).cast::<i8>();
        // SAFETY: a hint, without effect on memory; both addresses lie in the entry.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(start);
            _mm_prefetch::<_MM_HINT_T0>(start.add(95));
        }
    }
}

impl Avx512 {
    /// Words 2·`PAIR` and 2·`PAIR` + 1 of every entry.
    #[inline(always)]
    fn pair<const PAIR: usize>(self, entries: &[&Packed; 8]) -> [__m512i; 2] {
        let even = self.gather::<PAIR>([entries[0], entries[2], entries[4], entries[6]]);
        let odd = self.gather::<PAIR>([entries[1], entries[3], entries[5], entries[7]]);
        // SAFETY: registers alone; `self` proves the features.
        unsafe {
            [
                _mm512_unpacklo_epi64(even, odd),
                _mm512_unpackhi_epi64(even, odd),
            ]
        }
    }

    /// The same two words of four entries, side by side.
    #[inline(always)]
    fn gather<const PAIR: usize>(self, entries: [&Packed; 4]) -> __m512i {
        let [a, b, c, d] = entries;
        // SAFETY: registers alone; `self` proves the features.
        unsafe {
            let two = _mm512_castsi128_si512(self.load_pair::<PAIR>(a));
            let two = _mm512_mask_broadcast_i64x2(two, 0b0000_1100, self.load_pair::<PAIR>(b));
            let two = _mm512_mask_broadcast_i64x2(two, 0b0011_0000, self.load_pair::<PAIR>(c));
            _mm512_mask_broadcast_i64x2(two, 0b1100_0000, self.load_pair::<PAIR>(d))
        }
    }

    #[inline(always)]
    #[expect(
        clippy::unused_self,
        clippy::cast_ptr_alignment,
        reason = "the proof of the features; the load is of any alignment"
    )]
    fn load_pair<const PAIR: usize>(self, entry: &Packed) -> __m128i {
        let words: &[u8; 16] = entry.as_chunks::<16>().0.get(PAIR).unwrap_or(&[0; 16]);
        // SAFETY: `self` proves the features; the sixteen bytes of `words` are
        // readable and need not be aligned.
        unsafe { _mm_loadu_si128(core::ptr::from_ref(words).cast::<__m128i>()) }
    }
}
