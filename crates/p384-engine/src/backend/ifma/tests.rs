//! What the tests of the lanes share.

/// Runs an expression on the software lanes, and on the processor's where it has
/// them.
macro_rules! on_every_lanes {
    ($l:ident => $test:expr) => {{
        {
            let $l = $crate::backend::ifma::Software;
            $test;
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(proof) = $crate::HaveIfma::detect() {
            let $l = $crate::backend::ifma::Avx512::new(proof);
            $test;
        }
    }};
}
pub(crate) use on_every_lanes;

use crate::scalar::Scalar;

pub(crate) fn small(value: u64) -> Scalar {
    Scalar([value, 0, 0, 0, 0, 0])
}

pub(crate) fn pseudo_random(seed: u64) -> Scalar {
    let mut state = seed;
    Scalar::reduce(&core::array::from_fn(|_| {
        state = state
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        state ^ (state >> 29)
    }))
}
