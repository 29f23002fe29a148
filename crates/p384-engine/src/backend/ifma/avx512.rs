//! The lanes in AVX-512 registers.
//!
//! Every `unsafe` block of the lanes stands in this file: calls of intrinsics, and
//! the entry into code compiled for the processor's features.

use core::arch::x86_64::{
    __m128i, __m512i, _MM_HINT_T0, _mm_load_si128, _mm_prefetch, _mm512_add_epi64,
    _mm512_and_si512, _mm512_andnot_si512, _mm512_castsi128_si512, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_mask_blend_epi64, _mm512_mask_broadcast_i64x2, _mm512_or_si512,
    _mm512_permutex2var_epi64, _mm512_permutexvar_epi64, _mm512_set1_epi64, _mm512_shuffle_epi8,
    _mm512_slli_epi64, _mm512_srai_epi64, _mm512_srli_epi64, _mm512_sub_epi64,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

use super::vector::{Kernel, Lanes, ROW_WORDS, Row};
use crate::backend::cpu::HaveIfma;

/// Eight numbers in a register of 512 bits, on a processor that has them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(HaveIfma);

impl Avx512 {
    pub(crate) const fn new(proof: HaveIfma) -> Self {
        Self(proof)
    }
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

impl Lanes for Avx512 {
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
    intrinsic!(andnot(mask, a) = _mm512_andnot_si512);
    intrinsic!(shl(a) = _mm512_slli_epi64::<N>);
    intrinsic!(shr(a) = _mm512_srli_epi64::<N>);
    intrinsic!(sra(a) = _mm512_srai_epi64::<N>);
    intrinsic!(mul_low(c, a, b) = _mm512_madd52lo_epu64);
    intrinsic!(mul_high(c, a, b) = _mm512_madd52hi_epu64);

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

    #[inline(always)]
    fn lookup16(self, index: __m512i, low: __m512i, high: __m512i) -> __m512i {
        // SAFETY: registers alone; the instruction reads four bits of each index.
        unsafe { _mm512_permutex2var_epi64(low, index, high) }
    }

    /// Pairs of words are put beside each other by masked broadcasts, which the
    /// load ports and either vector port execute; the pairs of even and odd rows
    /// are then interleaved. An 8×8 transpose by permutes alone would keep one
    /// port busy for twice the time.
    #[inline(always)]
    fn transpose(self, rows: [&Row; 8]) -> [__m512i; ROW_WORDS] {
        let [p0, p1, p2, p3, p4, p5] = [0, 1, 2, 3, 4, 5].map(|pair| self.pair(rows, pair));
        [
            p0.0, p0.1, p1.0, p1.1, p2.0, p2.1, p3.0, p3.1, p4.0, p4.1, p5.0, p5.1,
        ]
    }

    #[inline(always)]
    fn prefetch(self, row: &Row) {
        let start = core::ptr::from_ref(row).cast::<i8>();
        // SAFETY: a hint, without effect on memory; both addresses lie in the row.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(start);
            _mm_prefetch::<_MM_HINT_T0>(start.add(64));
        }
    }
}

impl Avx512 {
    /// Words 2·`pair` and 2·`pair` + 1 of every row.
    #[inline(always)]
    fn pair(self, rows: [&Row; 8], pair: usize) -> (__m512i, __m512i) {
        let load = |row: &Row| {
            let (pairs, _) = row.0.as_chunks::<2>();
            let words = &pairs[pair];
            // SAFETY: the sixteen bytes of `words` are readable, and aligned
            // because a row is and `pair` counts in sixteen bytes.
            unsafe { _mm_load_si128(core::ptr::from_ref(words).cast::<__m128i>()) }
        };
        let gather = |first: usize| {
            // SAFETY: registers alone; `self` proves the features.
            unsafe {
                let two = _mm512_castsi128_si512(load(rows[first]));
                let two = _mm512_mask_broadcast_i64x2(two, 0b0000_1100, load(rows[first + 2]));
                let two = _mm512_mask_broadcast_i64x2(two, 0b0011_0000, load(rows[first + 4]));
                _mm512_mask_broadcast_i64x2(two, 0b1100_0000, load(rows[first + 6]))
            }
        };
        let (even, odd) = (gather(0), gather(1));
        // SAFETY: registers alone; `self` proves the features.
        unsafe {
            (
                _mm512_unpacklo_epi64(even, odd),
                _mm512_unpackhi_epi64(even, odd),
            )
        }
    }
}
