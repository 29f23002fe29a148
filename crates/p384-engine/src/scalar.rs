//! Scalars: integers modulo n, the order of the group.

use alloc::vec::Vec;
use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::batch::{self, Factor};
use crate::ct::Mask;
use crate::error::Error;
use crate::limbs::{self, BYTES, Limbs};
use crate::safegcd::Modulus;

/// n (SP 800-186 §3.2.1.4).
pub(crate) const N: Limbs = [
    0xecec_196a_ccc5_2973,
    0x581a_0db2_48b0_a77a,
    0xc763_4d81_f437_2ddf,
    u64::MAX,
    u64::MAX,
    u64::MAX,
];

/// −n⁻¹ mod 2^64.
const N_FACTOR: u64 = 0x6ed4_6089_e88f_dc45;

/// R² mod n, with R = 2^384.
const R_SQUARED: Limbs = [
    0x2d31_9b24_19b4_09a9,
    0xff3d_81e5_df1a_a419,
    0xbc3e_483a_fcb8_2947,
    0xd40d_4917_4aab_1cc5,
    0x3fb0_5b7a_2826_6895,
    0x0c84_ee01_2b39_bf21,
];

/// The modulus n, ready for inversions.
pub(crate) static ORDER: Modulus = Modulus::new(&N);

/// An integer modulo n, canonical: always below n.
///
/// Not wiped when dropped: it also serves public values. A secret one lives in
/// a [`SecretScalar`], or is wrapped in `Zeroizing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Zeroize)]
pub(crate) struct Scalar(pub(crate) Limbs);

impl Scalar {
    #[cfg(test)]
    pub(crate) const ONE: Self = Self([1, 0, 0, 0, 0, 0]);

    /// Reads a big-endian number below n; the time shows only whether it is.
    pub(crate) fn from_bytes(bytes: &[u8; BYTES]) -> Option<Self> {
        let limbs = limbs::from_be_bytes(bytes);
        let below = Mask::from_bit(u64::from(limbs::less(&limbs, &N)));
        below.declassify().then_some(Self(limbs))
    }

    /// A big-endian number modulo n: 2^384 < 2·n, so one subtraction will do.
    pub(crate) fn from_bytes_reduced(bytes: &[u8; BYTES]) -> Self {
        Self::reduce(&limbs::from_be_bytes(bytes))
    }

    /// A number below 2^384 modulo n.
    pub(crate) fn reduce(limbs: &Limbs) -> Self {
        Self(limbs::reduce_once(limbs, false, &N))
    }

    /// Big-endian.
    pub(crate) fn to_bytes(self) -> [u8; BYTES] {
        limbs::to_be_bytes(&self.0)
    }

    /// All ones for zero.
    pub(crate) fn is_zero(&self) -> Mask {
        limbs::is_zero(&self.0)
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        let (sum, carry) = limbs::add(&self.0, &other.0);
        Self(limbs::reduce_once(&sum, carry, &N))
    }

    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the oracle tests build cases with it")
    )]
    pub(crate) fn negate(&self) -> Self {
        let (difference, _) = limbs::sub(&N, &self.0);
        // n − 0 = n is the one result that is not canonical.
        Self::reduce(&difference)
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        self.to_montgomery().mul(other)
    }

    /// self·R mod n, as a factor of many products.
    pub(crate) fn to_montgomery(self) -> Montgomery {
        Montgomery(montgomery_mul(&self.0, &R_SQUARED))
    }

    /// The bit of weight 2^i: public scalars only.
    pub(crate) fn bit_vartime(&self, i: usize) -> bool {
        self.0
            .get(i / 64)
            .is_some_and(|limb| (limb >> (i % 64)) & 1 == 1)
    }

    /// self⁻¹, and zero for zero, in constant time.
    pub(crate) fn invert(&self) -> Self {
        Self(ORDER.invert(&self.0))
    }

    /// self⁻¹, and zero for zero, in a time that depends on self.
    pub(crate) fn invert_vartime(&self) -> Self {
        Self(ORDER.invert_vartime(&self.0))
    }
}

/// A scalar times R: its product with a plain scalar is plain again, and costs
/// one Montgomery multiplication.
#[derive(Clone, Copy, Zeroize)]
pub(crate) struct Montgomery(Limbs);

impl Montgomery {
    /// The inverses of scalars, none of which may be zero, by one call of `invert`.
    pub(crate) fn inverses(
        scalars: impl Iterator<Item = Scalar>,
        invert: fn(&Scalar) -> Scalar,
    ) -> Vec<Self> {
        // Taken for factors, the limbs of s are s/R, and those of the inverse would
        // be R²/s. An inverse of the product that is R times too small makes all
        // of them R/s: the factor that is 1/s.
        let mut factors: Vec<Self> = scalars.map(|scalar| Self(scalar.0)).collect();
        let mut scratch = Vec::with_capacity(factors.len());
        batch::invert_all(&mut factors, &mut scratch, |product| {
            invert(&Scalar(product.0)).to_montgomery()
        });
        factors
    }

    pub(crate) fn mul(&self, other: &Scalar) -> Scalar {
        Scalar(montgomery_mul(&self.0, &other.0))
    }
}

impl Factor for Montgomery {
    fn times(&self, other: &Self) -> Self {
        Self(montgomery_mul(&self.0, &other.0))
    }
}

/// a·b/R mod n, for a and b below n; canonical.
///
/// Six rows of "multiply a by one limb of b, then add the multiple of n that
/// clears the lowest limb, and drop that limb". Before each row the running sum
/// is below 2·n: (2·n + (2^64 − 1)·a + (2^64 − 1)·n)/2^64 < 2·n. So it fits in
/// six limbs and one bit, and one subtraction makes the result canonical.
#[expect(
    clippy::indexing_slicing,
    reason = "every index is below the array's constant length"
)]
fn montgomery_mul(a: &Limbs, b: &Limbs) -> Limbs {
    let mut t = [0_u64; 7];
    for &b in b {
        let mut carry = 0;
        for (t, &a) in t.iter_mut().zip(a) {
            (*t, carry) = a.carrying_mul_add(b, *t, carry);
        }
        let (sixth, overflow) = t[6].overflowing_add(carry);
        let m = t[0].wrapping_mul(N_FACTOR);
        let (_, mut carry) = m.carrying_mul_add(N[0], t[0], 0);
        for i in 1..6 {
            (t[i - 1], carry) = m.carrying_mul_add(N[i], t[i], carry);
        }
        let (fifth, overflowed) = sixth.overflowing_add(carry);
        t[5] = fifth;
        t[6] = u64::from(overflow) + u64::from(overflowed);
    }
    let result = [t[0], t[1], t[2], t[3], t[4], t[5]];
    limbs::reduce_once(&result, t[6] != 0, &N)
}

/// A secret scalar in 1…n − 1; wiped when dropped, printed redacted.
#[derive(Clone, ZeroizeOnDrop)]
pub struct SecretScalar(Scalar);

impl SecretScalar {
    /// Reads a big-endian scalar; the time shows only whether it is in range.
    ///
    /// To draw one, read 48 random bytes, and others where these are out of range
    /// (FIPS 186-5 §A.2.2). Do not reduce them, and use an ephemeral scalar once.
    ///
    /// # Errors
    /// [`Error::ScalarOutOfRange`] for zero, and for n and above.
    pub fn from_bytes(bytes: &[u8; BYTES]) -> Result<Self, Error> {
        match Scalar::from_bytes(bytes) {
            Some(scalar) if !scalar.is_zero().declassify() => Ok(Self(scalar)),
            _ => Err(Error::ScalarOutOfRange),
        }
    }

    /// The scalar, big-endian: a copy for the caller to guard.
    pub fn to_bytes(&self) -> [u8; BYTES] {
        self.0.to_bytes()
    }

    pub(crate) const fn scalar(&self) -> &Scalar {
        &self.0
    }
}

impl fmt::Debug for SecretScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretScalar(redacted)")
    }
}

#[cfg(test)]
mod tests;
