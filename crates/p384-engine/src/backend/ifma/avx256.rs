//! Four lanes, in registers of 256 bits: three ports execute their instructions
//! where only two execute the wide ones, so that a chain of dependent operations
//! is through sooner.

use core::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_andnot_si256, _mm256_madd52hi_epu64,
    _mm256_madd52lo_epu64, _mm256_mask_blend_epi64, _mm256_or_si256, _mm256_permutexvar_epi64,
    _mm256_rorv_epi64, _mm256_set1_epi64x, _mm256_shuffle_epi8, _mm256_sllv_epi64,
    _mm256_srai_epi64, _mm256_srlv_epi64, _mm256_sub_epi64, _mm256_ternarylogic_epi64,
    _mm256_xor_si256,
};

use super::vector::{Kernel, Vectors};
use crate::backend::cpu::HaveIfma;
use crate::wipe::Blank;

/// Four numbers in a register of 256 bits, on a processor that has them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx256(HaveIfma);

impl Avx256 {
    pub(crate) const fn new(proof: HaveIfma) -> Self {
        Self(proof)
    }
}

impl Blank for __m256i {
    // SAFETY: plain data, of which zero bytes are a value.
    const BLANK: Self = unsafe { core::mem::zeroed() };
}

/// Compiled for the features that [`HaveIfma`] has asked the processor for.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,avx512vbmi,bmi2,adx")]
#[inline(never)]
fn enter<K: Kernel<Avx256>>(lanes: Avx256, kernel: K) -> K::Output {
    kernel.run(lanes)
}

/// Emits nothing. The compiler cannot look inside, and keeps such blocks in order.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,avx512vbmi,bmi2,adx")]
#[inline]
fn in_order(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    let (mut a, mut b) = (a, b);
    // SAFETY: no instruction is emitted; both registers pass through unchanged, and
    // neither memory, stack nor flags are touched.
    unsafe {
        core::arch::asm!("/* {0:y} {1:y} */", inout(zmm_reg) a, inout(zmm_reg) b, options(nomem, nostack, preserves_flags));
    }
    (a, b)
}

/// An operation that is one intrinsic, of registers alone.
macro_rules! intrinsic {
    ($name:ident($($arg:ident),*) = $intrinsic:ident) => {
        #[inline(always)]
        fn $name(self, $($arg: __m256i),*) -> __m256i {
            // SAFETY: the instruction touches registers alone and needs features
            // that `self` proves the processor to have.
            unsafe { $intrinsic($($arg),*) }
        }
    };
}

impl Vectors for Avx256 {
    type Vector = __m256i;

    #[inline(always)]
    fn run<K: Kernel<Self>>(self, kernel: K) -> K::Output {
        // SAFETY: `enter` is a safe function but for the processor's features,
        // and `self` proves that the processor has them.
        unsafe { enter(self, kernel) }
    }

    #[inline(always)]
    fn splat(self, value: u64) -> __m256i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm256_set1_epi64x(value.cast_signed()) }
    }

    #[inline(always)]
    fn load(self, lanes: &[u64; 8]) -> __m256i {
        let [a, b, c, d, ..] = *lanes;
        // SAFETY: both types are 32 bytes of plain data without invalid values.
        unsafe { core::mem::transmute([a, b, c, d]) }
    }

    #[inline(always)]
    fn store(self, vector: __m256i) -> [u64; 8] {
        // SAFETY: both types are 32 bytes of plain data without invalid values.
        let [a, b, c, d]: [u64; 4] = unsafe { core::mem::transmute(vector) };
        [a, b, c, d, 0, 0, 0, 0]
    }

    intrinsic!(add(a, b) = _mm256_add_epi64);
    intrinsic!(sub(a, b) = _mm256_sub_epi64);
    intrinsic!(and(a, b) = _mm256_and_si256);
    intrinsic!(or(a, b) = _mm256_or_si256);
    intrinsic!(xor(a, b) = _mm256_xor_si256);
    intrinsic!(andnot(mask, a) = _mm256_andnot_si256);
    intrinsic!(mul_low(c, a, b) = _mm256_madd52lo_epu64);
    intrinsic!(mul_high(c, a, b) = _mm256_madd52hi_epu64);

    // The shifts by an immediate take a signed constant, which cannot be made of
    // N here; the compiler makes one of these.
    #[inline(always)]
    fn shl<const N: u32>(self, a: __m256i) -> __m256i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm256_sllv_epi64(a, _mm256_set1_epi64x(i64::from(N))) }
    }

    #[inline(always)]
    fn shr<const N: u32>(self, a: __m256i) -> __m256i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm256_srlv_epi64(a, _mm256_set1_epi64x(i64::from(N))) }
    }

    #[inline(always)]
    fn sra<const N: u32>(self, a: __m256i) -> __m256i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm256_srai_epi64::<N>(a) }
    }

    #[inline(always)]
    fn ror<const N: u32>(self, a: __m256i) -> __m256i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm256_rorv_epi64(a, self.splat(u64::from(N))) }
    }

    #[inline(always)]
    fn xor3(self, a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm256_ternarylogic_epi64::<0x96>(a, b, c) }
    }

    #[inline(always)]
    fn choose(self, mask: __m256i, if_set: __m256i, if_clear: __m256i) -> __m256i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm256_ternarylogic_epi64::<0xca>(mask, if_set, if_clear) }
    }

    #[inline(always)]
    fn majority(self, a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm256_ternarylogic_epi64::<0xe8>(a, b, c) }
    }

    /// Four lanes wait for each other's results more than for ports: the order counts.
    #[inline(always)]
    fn in_order(self, a: __m256i, b: __m256i) -> (__m256i, __m256i) {
        // SAFETY: a safe function but for the processor's features, which `self`
        // proves.
        unsafe { in_order(a, b) }
    }

    #[inline(always)]
    fn low16_shl32(self, a: __m256i) -> __m256i {
        const LOW: u64 = 0xffff_0100_ffff_ffff;
        const HIGH: u64 = 0xffff_0908_ffff_ffff;
        // Bytes 4 and 5 take bytes 0 and 1 of the same number; the others, whose
        // index has its top bit set, become zero. Indices count in 16 bytes.
        let bytes = self.load(&[LOW, HIGH, LOW, HIGH, 0, 0, 0, 0]);
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm256_shuffle_epi8(a, bytes) }
    }

    #[inline(always)]
    fn blend(self, mask: u8, if_clear: __m256i, if_set: __m256i) -> __m256i {
        // SAFETY: registers alone; `self` proves the features.
        unsafe { _mm256_mask_blend_epi64(mask, if_clear, if_set) }
    }

    #[inline(always)]
    fn permute(self, a: __m256i, lanes: __m256i) -> __m256i {
        // SAFETY: registers alone; the instruction reads two bits of each index.
        unsafe { _mm256_permutexvar_epi64(lanes, a) }
    }
}
