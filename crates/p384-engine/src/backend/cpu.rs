//! What the processor can do, found out at run time.

/// Proof that AVX-512F, IFMA and VBMI were found: whoever holds one may call
/// code compiled for them.
///
/// It cannot be made outside this module, and a processor keeps its features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HaveIfma(());

#[cfg(target_arch = "x86_64")]
cpufeatures::new!(
    ifma_features,
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
    /// registers).
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
