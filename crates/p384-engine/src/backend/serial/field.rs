#![doc = include_str!("../../../docs/serial-field.md")]

use zeroize::Zeroize;

use crate::batch::Factor;
use crate::ct::{self, Mask};
use crate::field::{FIELD, P};
use crate::limbs::{self, Limbs};
use crate::safegcd;
use crate::scalar::{ORDER, Scalar};

/// a·R mod p with R = 2^384, for the element a: canonical, always below p.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Zeroize)]
pub(crate) struct Field(Limbs);

/// A product not yet reduced: below p·2^384.
#[derive(Clone, Copy)]
struct Wide([u64; 12]);

/// A column of a product, and what it carries into the next ones: at most six
/// products below 2^128 and a carry, so below 2^131.
#[derive(Clone, Copy, Default)]
struct Column(u64, u64, u64);

impl Column {
    /// self + a·b.
    #[inline(always)]
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    fn plus(self, a: u64, b: u64) -> Self {
        let (low, high) = a.carrying_mul(b, 0);
        let (c0, c) = self.0.carrying_add(low, false);
        let (c1, c) = self.1.carrying_add(high, c);
        Self(c0, c1, self.2 + u64::from(c))
    }

    /// self + a·b. LLVM separates the additions and saves the carry flag between
    /// them, which takes half as many instructions again.
    #[inline(always)]
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    fn plus(self, a: u64, b: u64) -> Self {
        let Self(mut c0, mut c1, mut c2) = self;
        // SAFETY: four instructions of every x86-64 on the named registers; no
        // memory, no stack.
        unsafe {
            core::arch::asm!(
                "mul {b}",
                "add {c0}, rax",
                "adc {c1}, rdx",
                "adc {c2}, 0",
                b = in(reg) b,
                c0 = inout(reg) c0,
                c1 = inout(reg) c1,
                c2 = inout(reg) c2,
                inout("rax") a => _,
                out("rdx") _,
                options(pure, nomem, nostack),
            );
        }
        Self(c0, c1, c2)
    }

    /// The column's limb, and its carry.
    #[inline(always)]
    const fn split(self) -> (u64, Self) {
        (self.0, Self(self.1, self.2, 0))
    }
}

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
        Self(reduce_once(&sum, carry))
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
        Self::from_inverse(FIELD.invert(&self.0))
    }

    /// 1/a, from the inverse of what [`Self::to_limbs`] gave for a.
    pub(crate) fn from_inverse(inverse: Limbs) -> Self {
        // The inverse of a·R is a⁻¹·R⁻¹; two more factors R² make it a⁻¹·R.
        let factor = Self(R_SQUARED).mul(&Self(R_SQUARED));
        Self(inverse).mul(&factor)
    }

    /// As [`Self::invert`], with the inverse of a scalar, in less time than one
    /// after the other.
    #[allow(dead_code, reason = "build.rs does not need it")]
    pub(crate) fn invert_beside(&self, scalar: &Scalar) -> (Self, Scalar) {
        let (inverse, other) = safegcd::invert_both((&FIELD, &self.0), (&ORDER, &scalar.0));
        (Self::from_inverse(inverse), Scalar(other))
    }

    /// 1/self, and zero for zero, in a time that depends on self.
    pub(crate) fn invert_vartime(&self) -> Self {
        Self::from_inverse(FIELD.invert_vartime(&self.0))
    }
}

impl Factor for Field {
    fn times(&self, other: &Self) -> Self {
        self.mul(other)
    }
}

impl Wide {
    /// a·b, column by column.
    #[inline(always)]
    fn product(a: &Limbs, b: &Limbs) -> Self {
        let (t0, carry) = Column::default().plus(a[0], b[0]).split();
        let (t1, carry) = carry.plus(a[0], b[1]).plus(a[1], b[0]).split();
        let (t2, carry) = carry
            .plus(a[0], b[2])
            .plus(a[1], b[1])
            .plus(a[2], b[0])
            .split();
        let (t3, carry) = carry
            .plus(a[0], b[3])
            .plus(a[1], b[2])
            .plus(a[2], b[1])
            .plus(a[3], b[0])
            .split();
        let (t4, carry) = carry
            .plus(a[0], b[4])
            .plus(a[1], b[3])
            .plus(a[2], b[2])
            .plus(a[3], b[1])
            .plus(a[4], b[0])
            .split();
        let (t5, carry) = carry
            .plus(a[0], b[5])
            .plus(a[1], b[4])
            .plus(a[2], b[3])
            .plus(a[3], b[2])
            .plus(a[4], b[1])
            .plus(a[5], b[0])
            .split();
        let (t6, carry) = carry
            .plus(a[1], b[5])
            .plus(a[2], b[4])
            .plus(a[3], b[3])
            .plus(a[4], b[2])
            .plus(a[5], b[1])
            .split();
        let (t7, carry) = carry
            .plus(a[2], b[5])
            .plus(a[3], b[4])
            .plus(a[4], b[3])
            .plus(a[5], b[2])
            .split();
        let (t8, carry) = carry
            .plus(a[3], b[5])
            .plus(a[4], b[4])
            .plus(a[5], b[3])
            .split();
        let (t9, carry) = carry.plus(a[4], b[5]).plus(a[5], b[4]).split();
        let (t10, carry) = carry.plus(a[5], b[5]).split();
        let (t11, _) = carry.split();
        Self([t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11])
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
        Field(reduce_once(&sum, c))
    }
}

/// (t + carry·2^512 + M·p)/2^128 for the M below 2^128 that makes it whole; the
/// carry goes into the next two limbs.
#[inline(always)]
fn clear_two(t: [u64; 8], carry: bool) -> (Limbs, bool) {
    // M = t·(1 + 2^32 + 2^64) mod 2^128, and M·2^32 in the limbs a, b, d.
    let a = t[0] << 32;
    let (m0, c) = t[0].carrying_add(a, false);
    let (m1, _) = t[1].carrying_add((t[1] << 32) | (t[0] >> 32), c);
    let m1 = m1.wrapping_add(t[0]);
    let b = (m1 << 32) | (m0 >> 32);
    let d = m1 >> 32;
    // M·(2^384 − p) = M + M·2^96 − M·2^32 + M·2^128. Its low two limbs are those
    // of t; the limbs x are above them.
    let (x1, c) = m1.carrying_add(a, false);
    let (x2, c) = m0.carrying_add(b, c);
    let (x3, c) = m1.carrying_add(d, c);
    let (_, w) = m0.borrowing_sub(a, false);
    let (_, w) = x1.borrowing_sub(b, w);
    let (x2, w) = x2.borrowing_sub(d, w);
    let (x3, w) = x3.borrowing_sub(0, w);
    let x4 = u64::from(c) - u64::from(w);
    // t/2^128 + M·2^256 − x; the last is at most M·2^129/2^128, so M covers it.
    let (r2, w) = t[2].borrowing_sub(x2, false);
    let (r3, w) = t[3].borrowing_sub(x3, w);
    let (r4, w) = t[4].borrowing_sub(x4, w);
    let (r5, w) = t[5].borrowing_sub(0, w);
    let (m0, w) = m0.borrowing_sub(0, w);
    let (m1, _) = m1.borrowing_sub(0, w);
    let (r6, c) = t[6].carrying_add(m0, carry);
    let (r7, c) = t[7].carrying_add(m1, c);
    ([r2, r3, r4, r5, r6, r7], c)
}

/// (carry·2^384 + a) mod p, for values below 2·p.
///
/// a − p = a + (2^384 − p) − 2^384, so the carry of that sum says a ≥ p. The
/// barriers keep LLVM from making comparisons with constants of the carries.
#[inline(always)]
fn reduce_once(a: &Limbs, carry: bool) -> Limbs {
    let [c0, c1, c2, ..] = Field::ONE.0.map(ct::barrier);
    let (reduced, over) = limbs::add(a, &[c0, c1, c2, 0, 0, 0]);
    limbs::select(Mask::from_bit(u64::from(over | carry)), a, &reduced)
}

#[cfg(test)]
mod tests;
