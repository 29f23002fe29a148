//! Where the arithmetic of the curve runs.

pub(crate) mod cpu;
pub(crate) mod ifma;
pub(crate) mod serial;

use alloc::vec;
use alloc::vec::Vec;

use cpu::HaveIfma;

use crate::wipe::{Blank, wipe};

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
    /// The fastest this processor offers, where it can be asked: see
    /// [`HaveIfma::detect`].
    pub fn detect() -> Self {
        HaveIfma::detect().map_or(Self::Serial, Self::Ifma)
    }
}

/// Calls a function of [`serial`], or the one of the same name in [`ifma`],
/// which takes the lanes as a first argument.
macro_rules! dispatch {
    ($backend:expr, $module:ident::$function:ident($($argument:expr),* $(,)?)) => {
        match $backend {
            $crate::Backend::Serial => $crate::backend::serial::$module::$function($($argument),*),
            #[cfg(target_arch = "x86_64")]
            $crate::Backend::Ifma(proof) => {
                let lanes = $crate::backend::ifma::Avx512::new(proof);
                $crate::backend::ifma::$module::$function(lanes, $($argument),*)
            }
            // Elsewhere nobody can make the proof.
            #[cfg(not(target_arch = "x86_64"))]
            $crate::Backend::Ifma(_) => $crate::backend::serial::$module::$function($($argument),*),
            $crate::Backend::Lanes => {
                let lanes = $crate::backend::ifma::Software;
                $crate::backend::ifma::$module::$function(lanes, $($argument),*)
            }
        }
    };
}
pub(crate) use dispatch;

/// Runs a batch that may mix backends, each backend's items together; the
/// results are in the items' order.
pub(crate) fn grouped<T: Copy, R: Blank>(
    items: &[T],
    backend_of: impl Fn(&T) -> Backend,
    mut run: impl FnMut(Backend, &[T]) -> Vec<R>,
) -> Vec<R> {
    let Some(first) = items.first().map(&backend_of) else {
        return Vec::new();
    };
    if items.iter().all(|item| backend_of(item) == first) {
        return run(first, items);
    }
    let mut results = vec![R::BLANK; items.len()];
    let mut seen: Vec<Backend> = Vec::new();
    for backend in items.iter().map(&backend_of) {
        if seen.contains(&backend) {
            continue;
        }
        seen.push(backend);
        let alike = items.iter().filter(|item| backend_of(item) == backend);
        let group: Vec<T> = alike.copied().collect();
        let places = items.iter().zip(&mut results);
        let places = places.filter(|(item, _)| backend_of(item) == backend);
        let mut some = run(backend, &group);
        for ((_, place), result) in places.zip(&some) {
            *place = *result;
        }
        wipe(&mut some);
    }
    results
}
