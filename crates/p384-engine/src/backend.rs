//! Where the arithmetic of the curve runs.

pub(crate) mod cpu;
pub(crate) mod serial;

use cpu::HaveIfma;

/// An implementation of the arithmetic: a value, chosen once when a key is
/// prepared, because the layout of its tables depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Portable Rust, one operation at a time; complete and always there.
    Serial,
    /// Eight lanes of AVX-512 IFMA, on a processor that has been asked.
    Ifma(HaveIfma),
    /// The eight lanes in software: the same algorithm on any processor, to
    /// test and to examine it. Slower than [`Self::Serial`].
    Lanes,
}

impl Backend {
    /// The fastest this processor offers.
    pub fn detect() -> Self {
        HaveIfma::detect().map_or(Self::Serial, Self::Ifma)
    }
}
