//! From a signature to the equation that the curve decides.

use alloc::vec::Vec;

use crate::field::P;
use crate::limbs::{self, BYTES, Limbs};
use crate::scalar::{Montgomery, N, Scalar};

/// x(u1·G + u2·Q) mod n = r, with u1 = z/s and u2 = r/s (FIPS 186-5 §6.4.2).
#[derive(Clone, Copy)]
pub(crate) struct Equation {
    pub(crate) u1: Scalar,
    pub(crate) u2: Scalar,
    /// In 1…n − 1.
    pub(crate) r: Scalar,
}

/// A signature with both halves in 1…n − 1, and the digest as a scalar.
#[derive(Clone, Copy)]
pub(super) struct Parsed {
    r: Scalar,
    s: Scalar,
    z: Scalar,
}

impl Equation {
    /// r + n where that is below p: the other x with x mod n = r.
    pub(crate) fn r_plus_n(&self) -> Option<Limbs> {
        let (sum, carry) = limbs::add(&self.r.0, &N);
        (!carry && limbs::less(&sum, &P)).then_some(sum)
    }

    fn new(parsed: &Parsed, s_inverse: &Montgomery) -> Self {
        Self {
            u1: s_inverse.mul(&parsed.z),
            u2: s_inverse.mul(&parsed.r),
            r: parsed.r,
        }
    }
}

impl Parsed {
    /// None where r or s is zero, or n or more.
    pub(super) fn new(digest: &[u8; BYTES], signature: &[u8; 2 * BYTES]) -> Option<Self> {
        let ([r, s], []) = signature.as_chunks::<BYTES>() else {
            return None;
        };
        let in_range = |bytes| Scalar::from_bytes(bytes).filter(|s| !s.is_zero().declassify());
        Some(Self {
            r: in_range(r)?,
            s: in_range(s)?,
            z: Scalar::from_bytes_reduced(digest),
        })
    }

    pub(super) fn equation(&self) -> Equation {
        Equation::new(self, &self.s.invert_vartime().to_montgomery())
    }

    /// The equations of all, with one inversion.
    pub(super) fn equations(all: &[Self]) -> Vec<Equation> {
        let divisors = all.iter().map(|parsed| parsed.s);
        let inverses = Montgomery::inverses(divisors, Scalar::invert_vartime);
        let pairs = all.iter().zip(&inverses);
        pairs
            .map(|(parsed, inverse)| Equation::new(parsed, inverse))
            .collect()
    }
}
