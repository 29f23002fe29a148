#![doc = include_str!("../../../docs/serial-field.md")]

use zeroize::Zeroize;

use crate::batch::Factor;
use crate::ct::Mask;
use crate::field::{FIELD, P};
use crate::limbs::{self, Limbs};

/// a·R mod p with R = 2^384, for the element a: canonical, always below p.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Zeroize)]
pub(crate) struct Field(Limbs);

/// A product not yet reduced: below p·2^384.
#[derive(Clone, Copy)]
struct Wide([u64; 12]);

/// R² mod p.
const R_SQUARED: Limbs = [
    0xffff_fffe_0000_0001,
    0x0000_0002_0000_0000,
    0xffff_fffe_0000_0000,
    0x0000_0002_0000_0000,
    0x0000_0000_0000_0001,
    0,
];

impl Field {
    pub(crate) const ZERO: Self = Self([0; 6]);

    /// R mod p = 2^128 + 2^96 − 2^32 + 1.
    pub(crate) const ONE: Self = Self([0xffff_ffff_0000_0001, 0x0000_0000_ffff_ffff, 1, 0, 0, 0]);

    /// b of the curve's equation y² = x³ − 3·x + b.
    pub(crate) const CURVE_B: Self = Self([
        0x0811_8871_9d41_2dcc,
        0xf729_add8_7a4c_32ec,
        0x77f2_209b_1920_022e,
        0xe337_4bee_9493_8ae2,
        0xb62b_21f4_1f02_2094,
        0xcd08_114b_604f_bff9,
    ]);

    /// The element of a canonical integer.
    pub(crate) fn from_canonical(value: &Limbs) -> Self {
        Self(*value).mul(&Self(R_SQUARED))
    }

    /// The canonical integer of the element.
    pub(crate) fn to_canonical(self) -> Limbs {
        let [a, b, c, d, e, f] = self.0;
        Wide([a, b, c, d, e, f, 0, 0, 0, 0, 0, 0]).reduce().0
    }

    /// The stored limbs, for a table.
    pub(crate) const fn to_limbs(self) -> Limbs {
        self.0
    }

    /// What [`Self::to_limbs`] gave.
    pub(crate) const fn from_limbs(limbs: Limbs) -> Self {
        Self(limbs)
    }

    /// All ones for zero: canonical, so there is one form of it.
    #[inline(always)]
    pub(crate) fn is_zero(&self) -> Mask {
        limbs::is_zero(&self.0)
    }

    /// `if_set` where the mask is all ones, else `if_clear`.
    #[inline(always)]
    pub(crate) const fn select(mask: Mask, if_clear: &Self, if_set: &Self) -> Self {
        Self(limbs::select(mask, &if_clear.0, &if_set.0))
    }

    #[inline(always)]
    pub(crate) fn add(&self, other: &Self) -> Self {
        let (sum, carry) = limbs::add(&self.0, &other.0);
        Self(limbs::reduce_once(&sum, carry, &P))
    }

    #[inline(always)]
    pub(crate) fn double(&self) -> Self {
        self.add(self)
    }

    #[inline(always)]
    pub(crate) fn sub(&self, other: &Self) -> Self {
        let (difference, borrow) = limbs::sub(&self.0, &other.0);
        let mask = Mask::from_bit(u64::from(borrow));
        let (corrected, _) = limbs::add(&difference, &P.map(|limb| mask.keep(limb)));
        Self(corrected)
    }

    #[inline(always)]
    pub(crate) fn negate(&self) -> Self {
        Self::ZERO.sub(self)
    }

    /// −self where the mask is all ones.
    #[inline(always)]
    pub(crate) fn negate_if(&self, mask: Mask) -> Self {
        Self::select(mask, self, &self.negate())
    }

    #[inline]
    pub(crate) fn mul(&self, other: &Self) -> Self {
        Wide::product(&self.0, &other.0).reduce()
    }

    #[inline]
    pub(crate) fn square(&self) -> Self {
        Wide::square(&self.0).reduce()
    }

    /// a·b − c·d, with one reduction.
    #[inline]
    pub(crate) fn mul_sub(a: &Self, b: &Self, c: &Self, d: &Self) -> Self {
        Wide::product(&a.0, &b.0)
            .sub(&Wide::product(&c.0, &d.0))
            .reduce()
    }

    /// 1/self, and zero for zero, in constant time.
    pub(crate) fn invert(&self) -> Self {
        // The inverse of a·R is a⁻¹·R⁻¹; two more factors R² make it a⁻¹·R.
        let factor = Self(R_SQUARED).mul(&Self(R_SQUARED));
        Self(FIELD.invert(&self.0)).mul(&factor)
    }

    /// 1/self, and zero for zero, in a time that depends on self.
    pub(crate) fn invert_vartime(&self) -> Self {
        let factor = Self(R_SQUARED).mul(&Self(R_SQUARED));
        Self(FIELD.invert_vartime(&self.0)).mul(&factor)
    }
}

impl Factor for Field {
    fn times(&self, other: &Self) -> Self {
        self.mul(other)
    }
}

impl Wide {
    /// a·b, by rows: each adds one limb's multiple of a.
    #[inline(always)]
    fn product(a: &Limbs, b: &Limbs) -> Self {
        let (low0, t) = row(a, b[0], [0; 6]);
        let (low1, t) = row(a, b[1], t);
        let (low2, t) = row(a, b[2], t);
        let (low3, t) = row(a, b[3], t);
        let (low4, t) = row(a, b[4], t);
        let (low5, [h0, h1, h2, h3, h4, h5]) = row(a, b[5], t);
        Self([low0, low1, low2, low3, low4, low5, h0, h1, h2, h3, h4, h5])
    }

    /// a², the products of unequal limbs once and doubled.
    #[inline(always)]
    fn square(a: &Limbs) -> Self {
        // Columns 1…9 of Σ a_i·a_j over i < j.
        let (c1, x) = a[0].carrying_mul(a[1], 0);
        let (c2, x) = a[0].carrying_mul(a[2], x);
        let (c3, x) = a[0].carrying_mul(a[3], x);
        let (c4, x) = a[0].carrying_mul(a[4], x);
        let (c5, c6) = a[0].carrying_mul(a[5], x);
        let (c3, x) = a[1].carrying_mul_add(a[2], c3, 0);
        let (c4, x) = a[1].carrying_mul_add(a[3], c4, x);
        let (c5, x) = a[1].carrying_mul_add(a[4], c5, x);
        let (c6, c7) = a[1].carrying_mul_add(a[5], c6, x);
        let (c5, x) = a[2].carrying_mul_add(a[3], c5, 0);
        let (c6, x) = a[2].carrying_mul_add(a[4], c6, x);
        let (c7, c8) = a[2].carrying_mul_add(a[5], c7, x);
        let (c7, x) = a[3].carrying_mul_add(a[4], c7, 0);
        let (c8, c9) = a[3].carrying_mul_add(a[5], c8, x);
        let (c9, c10) = a[4].carrying_mul_add(a[5], c9, 0);
        let cross = [c1, c2, c3, c4, c5, c6, c7, c8, c9, c10];
        Self::doubled_with_squares(a, cross)
    }

    /// 2·cross·2^64 + Σ a_i²·2^(128·i).
    #[inline(always)]
    fn doubled_with_squares(a: &Limbs, cross: [u64; 10]) -> Self {
        let [c1, c2, c3, c4, c5, c6, c7, c8, c9, c10] = cross;
        let squares = a.map(|limb| limb.carrying_mul(limb, 0));
        let [(s0, s1), (s2, s3), (s4, s5), (s6, s7), (s8, s9), (s10, s11)] = squares;
        let (r1, c) = (c1 << 1).carrying_add(s1, false);
        let (r2, c) = ((c2 << 1) | (c1 >> 63)).carrying_add(s2, c);
        let (r3, c) = ((c3 << 1) | (c2 >> 63)).carrying_add(s3, c);
        let (r4, c) = ((c4 << 1) | (c3 >> 63)).carrying_add(s4, c);
        let (r5, c) = ((c5 << 1) | (c4 >> 63)).carrying_add(s5, c);
        let (r6, c) = ((c6 << 1) | (c5 >> 63)).carrying_add(s6, c);
        let (r7, c) = ((c7 << 1) | (c6 >> 63)).carrying_add(s7, c);
        let (r8, c) = ((c8 << 1) | (c7 >> 63)).carrying_add(s8, c);
        let (r9, c) = ((c9 << 1) | (c8 >> 63)).carrying_add(s9, c);
        let (r10, c) = ((c10 << 1) | (c9 >> 63)).carrying_add(s10, c);
        let (r11, _) = (c10 >> 63).carrying_add(s11, c);
        Self([s0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11])
    }

    /// self − other for products of elements, plus p·2^384 where that is negative.
    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        let mut borrow = false;
        let mut limbs = [0; 12];
        for ((difference, a), b) in limbs.iter_mut().zip(self.0).zip(other.0) {
            (*difference, borrow) = a.borrowing_sub(b, borrow);
        }
        let negative = Mask::from_bit(u64::from(borrow));
        let [l0, l1, l2, l3, l4, l5, h0, h1, h2, h3, h4, h5] = limbs;
        let correction = P.map(|limb| negative.keep(limb));
        let ([h0, h1, h2, h3, h4, h5], _) = limbs::add(&[h0, h1, h2, h3, h4, h5], &correction);
        Self([l0, l1, l2, l3, l4, l5, h0, h1, h2, h3, h4, h5])
    }

    /// self/R mod p, canonical.
    #[inline(always)]
    fn reduce(&self) -> Field {
        let [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11] = self.0;
        let ([t2, t3, t4, t5, t6, t7], c) = clear_two([t0, t1, t2, t3, t4, t5, t6, t7], false);
        let ([t4, t5, t6, t7, t8, t9], c) = clear_two([t2, t3, t4, t5, t6, t7, t8, t9], c);
        let (sum, c) = clear_two([t4, t5, t6, t7, t8, t9, t10, t11], c);
        Field(limbs::reduce_once(&sum, c, &P))
    }
}

/// (t + carry·2^384 + M·p)/2^128 for the M below 2^128 that makes it whole;
/// the carry out weighs 2^384.
#[inline(always)]
fn clear_two(t: [u64; 8], carry: bool) -> (Limbs, bool) {
    // M = t·(1 + 2^32 + 2^64) mod 2^128.
    let (m0, c) = t[0].carrying_add(t[0] << 32, false);
    let (m1, _) = t[1].carrying_add((t[1] << 32) | (t[0] >> 32), c);
    let m1 = m1.wrapping_add(t[0]);
    // ⌊M·(2^96 − 2^32 + 1)/2^128⌋: what passes above 2^128, by columns.
    let (high, c) = m1.overflowing_add(m0 << 32);
    let (_, b) = m0.borrowing_sub(m0 << 32, false);
    let (_, b) = high.borrowing_sub((m1 << 32) | (m0 >> 32), b);
    let (e0, c) = ((m1 << 32) | (m0 >> 32)).carrying_add(0, c);
    let (e0, b) = e0.borrowing_sub(m1 >> 32, b);
    let e1 = (m1 >> 32) + u64::from(c) - u64::from(b);
    // v = ⌊M·(2^128 + 2^96 − 2^32 + 1)/2^128⌋, and then t/2^128 + M·2^256 − v.
    let (v0, c) = e0.carrying_add(m0, false);
    let (v1, c) = e1.carrying_add(m1, c);
    let (r2, b) = t[2].borrowing_sub(v0, false);
    let (r3, b) = t[3].borrowing_sub(v1, b);
    let (r4, b) = t[4].borrowing_sub(u64::from(c), b);
    let (r5, b) = t[5].borrowing_sub(0, b);
    // A borrow comes from v > 0, so M > 0 covers it.
    let (m0, b) = m0.borrowing_sub(0, b);
    let (m1, _) = m1.borrowing_sub(0, b);
    let (r6, c) = t[6].carrying_add(m0, carry);
    let (r7, c) = t[7].carrying_add(m1, c);
    ([r2, r3, r4, r5, r6, r7], c)
}

/// a·b + t, the lowest limb apart.
#[inline(always)]
fn row(a: &Limbs, b: u64, t: Limbs) -> (u64, Limbs) {
    let (r0, x) = a[0].carrying_mul_add(b, t[0], 0);
    let (r1, x) = a[1].carrying_mul_add(b, t[1], x);
    let (r2, x) = a[2].carrying_mul_add(b, t[2], x);
    let (r3, x) = a[3].carrying_mul_add(b, t[3], x);
    let (r4, x) = a[4].carrying_mul_add(b, t[4], x);
    let (r5, x) = a[5].carrying_mul_add(b, t[5], x);
    (r0, [r1, r2, r3, r4, r5, x])
}

#[cfg(test)]
mod tests;
