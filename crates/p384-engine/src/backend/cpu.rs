//! What the processor can do, found out at run time.

/// Proof that AVX-512 F, IFMA, VBMI, VL, BW and DQ, AVX2, FMA, BMI2 and ADX were
/// found: whoever holds one may call code compiled for them.
///
/// It cannot be made outside this module, and a processor keeps its features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HaveIfma(());

// The compiler takes AVX2, FMA and F16C to come with AVX-512 F. F16C cannot be asked
// for here; it converts half-precision numbers, which this crate does not have.
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(
    ifma_features,
    "avx2",
    "fma",
    "avx512f",
    "avx512ifma",
    "avx512vbmi",
    "avx512vl",
    "avx512bw",
    "avx512dq",
    "bmi2",
    "adx"
);

impl HaveIfma {
    /// Asks the processor (and the operating system, which must save the wide
    /// registers). Without an operating system, on UEFI and in SGX enclaves, the
    /// answer is no, unless the program is compiled for these features.
    #[cfg(target_arch = "x86_64")]
    pub fn detect() -> Option<Self> {
        ifma_features::get().then_some(Self(()))
    }

    /// Other architectures have no such lanes.
    #[cfg(not(target_arch = "x86_64"))]
    pub const fn detect() -> Option<Self> {
        None
    }
}
