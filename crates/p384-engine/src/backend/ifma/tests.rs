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
