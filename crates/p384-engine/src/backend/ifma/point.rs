//! Points, eight at a time: mixed and full additions in XYZZ coordinates.
//!
//! The formulas and their exceptions are those of the serial backend's
//! [`Point`](crate::backend::serial::point::Point). An addition of equal or
//! opposite points leaves ZZ = 0, and every later addition keeps it, so that one
//! look at the end finds it; the caller then begins anew with complete additions.

use super::field::{
    Loose, ONE, Ordinate, Tight, mul, mul_assign, mul_difference_sub_mul,
    mul_difference_sub_mul_assign, mul_sub, mul_twice, negate_lanes, sqr, sqr_sub_sub_twice,
    sqr_sub_twice, sqr_twice, sub, sub_ordinates, three_times_difference_of_squares, unpack,
};
use super::fold::{self, fold};
use super::vector::{Lanes, eight, kernel};
use crate::backend::serial::point::Packed;
use crate::wipe::{Blank, wipe};

/// Eight points, none of them the identity, by their affine coordinates.
#[derive(Clone, Copy)]
pub(crate) struct Affine<L: Lanes> {
    pub(crate) x: Tight<L>,
    pub(crate) y: Ordinate<L>,
}

/// Eight points (x/zz, y/zzz), where zz³ = zzz²; zz = 0 after an exceptional
/// addition.
#[derive(Clone, Copy)]
pub(crate) struct Xyzz<L: Lanes> {
    pub(crate) x: Tight<L>,
    pub(crate) y: Tight<L>,
    pub(crate) zz: Tight<L>,
    pub(crate) zzz: Tight<L>,
}

/// Intermediate values, kept because clearing them anew costs time.
#[derive(Clone, Copy)]
struct Scratch<L: Lanes> {
    p: Tight<L>,
    r: Tight<L>,
    pp: Tight<L>,
    ppp: Tight<L>,
    q: Tight<L>,
    p_loose: Loose<L>,
    r_loose: Loose<L>,
    other: Xyzz<L>,
}

impl<L: Lanes> Blank for Affine<L> {
    const BLANK: Self = Self {
        x: Blank::BLANK,
        y: Blank::BLANK,
    };
}

impl<L: Lanes> Blank for Xyzz<L> {
    const BLANK: Self = Self {
        x: Blank::BLANK,
        y: Blank::BLANK,
        zz: Blank::BLANK,
        zzz: Blank::BLANK,
    };
}

impl<L: Lanes> Blank for Scratch<L> {
    const BLANK: Self = Self {
        p: Blank::BLANK,
        r: Blank::BLANK,
        pp: Blank::BLANK,
        ppp: Blank::BLANK,
        q: Blank::BLANK,
        p_loose: Blank::BLANK,
        r_loose: Blank::BLANK,
        other: Blank::BLANK,
    };
}

/// Eight running sums.
#[derive(Clone)]
pub(crate) struct Sum<L: Lanes> {
    l: L,
    pub(crate) point: Xyzz<L>,
    scratch: Scratch<L>,
    folding: fold::Scratch<L>,
}

impl<L: Lanes> Affine<L> {
    pub(crate) fn zero(l: L) -> Self {
        Self {
            x: Tight::zero(l),
            y: Ordinate::zero(l),
        }
    }
}

impl<L: Lanes> Xyzz<L> {
    /// x = X/ZZ and y = Y/ZZZ, given 1/ZZZ: 1/z = ZZ/ZZZ.
    pub(crate) fn by_inverse(&self, l: L, inverse: &Tight<L>) -> Affine<L> {
        let mut affine = Affine::zero(l);
        let (mut z_inverse, mut y) = (*inverse, *inverse);
        mul_assign(l, &mut z_inverse, &self.zz);
        sqr(l, &mut affine.x, &z_inverse);
        mul_assign(l, &mut affine.x, &self.x);
        mul_assign(l, &mut y, &self.y);
        affine.y = y.into();
        affine
    }
}

kernel! {
    /// Loads an entry of a table for each lane, negated in the lanes of the mask.
    pub(crate) fn load<L>(l, out: &mut Affine<L>, entries: [&Packed; 8], negative: u8) {
        let [x0, x1, x2, x3, x4, x5, y0, y1, y2, y3, y4, y5] = l.transpose(entries);
        out.x.0 = unpack(l, &[x0, x1, x2, x3, x4, x5]);
        out.y.0 = negate_lanes(l, &unpack(l, &[y0, y1, y2, y3, y4, y5]), negative);
    }
}

kernel! {
    /// The abscissas alone.
    pub(crate) fn load_x<L>(l, out: &mut Tight<L>, entries: [&Packed; 8]) {
        let [x0, x1, x2, x3, x4, x5, ..] = l.transpose(entries);
        out.0 = unpack(l, &[x0, x1, x2, x3, x4, x5]);
    }
}

kernel! {
    /// Takes over another's lanes where the mask is set.
    fn keep_lanes<L>(l, out: &mut Xyzz<L>, mask: u8, kept: &Xyzz<L>) {
        out.x.0 = eight!(I => l.blend(mask, out.x.0[I], kept.x.0[I]));
        out.y.0 = eight!(I => l.blend(mask, out.y.0[I], kept.y.0[I]));
        out.zz.0 = eight!(I => l.blend(mask, out.zz.0[I], kept.zz.0[I]));
        out.zzz.0 = eight!(I => l.blend(mask, out.zzz.0[I], kept.zzz.0[I]));
    }
}

impl<L: Lanes> Sum<L> {
    /// Memory for sums, to be begun by [`Self::begin`].
    pub(crate) fn new(l: L) -> Self {
        Self {
            l,
            point: Xyzz::BLANK,
            scratch: Scratch::BLANK,
            folding: Blank::BLANK,
        }
    }

    /// The affine points as they are.
    pub(crate) fn set(&mut self, a: &Affine<L>) {
        let one = Tight::splat(self.l, &ONE);
        self.point.x = a.x;
        mul(self.l, &mut self.point.y, &a.y, &one);
        (self.point.zz, self.point.zzz) = (one, one);
    }

    /// Twice the sums: 5M + 2S, and two products with one reduction.
    pub(crate) fn double(&mut self) {
        let (l, s, point) = (self.l, &mut self.scratch, &mut self.point);
        let (v, w, slope) = (&mut s.pp, &mut s.ppp, &mut s.r);
        sqr_twice(l, v, &point.y);
        three_times_difference_of_squares(l, slope, &point.x, &point.zz);
        mul_twice(l, w, &point.y, v);
        mul(l, &mut s.q, &point.x, v);
        mul_assign(l, &mut point.zz, v);
        mul_assign(l, &mut point.zzz, w);
        sqr_sub_twice(l, &mut point.x, slope, &s.q);
        mul_difference_sub_mul_assign(l, &mut point.y, &slope.0, &s.q, &point.x, w);
    }

    /// a + b where a ≠ ±b; otherwise ZZ = 0: 2M + 2S, and two products with one
    /// reduction.
    pub(crate) fn begin(&mut self, a: &Affine<L>, b: &Affine<L>) {
        let (l, s) = (self.l, &mut self.scratch);
        sub(l, &mut s.p_loose, &b.x, &a.x);
        sub_ordinates(l, &mut s.r_loose, &b.y, &a.y);
        sqr(l, &mut self.point.zz, &s.p_loose);
        mul(l, &mut self.point.zzz, &s.p_loose, &self.point.zz);
        mul(l, &mut s.q, &a.x, &self.point.zz);
        let (x, y) = (&mut self.point.x, &mut self.point.y);
        sqr_sub_sub_twice(l, x, &s.r_loose.0, &self.point.zzz, &s.q);
        mul_difference_sub_mul(l, y, &s.r_loose.0, &s.q, x, &self.point.zzz, &a.y);
    }

    /// Adds affine points other than ± the sums; otherwise ZZ = 0: 6M + 2S, and
    /// two products with one reduction.
    pub(crate) fn add(&mut self, other: &Affine<L>) {
        let (l, s) = (self.l, &mut self.scratch);
        mul_sub(l, &mut s.p, &other.x, &self.point.zz, &self.point.x);
        mul_sub(l, &mut s.r, &other.y, &self.point.zzz, &self.point.y);
        self.add_by_differences();
    }

    /// Adds points other than ± the sums; otherwise ZZ = 0.
    pub(crate) fn add_points(&mut self, other: &Xyzz<L>) {
        self.scratch.other = *other;
        self.add_other();
    }

    /// Adds `other`, points other than ± the sums; otherwise ZZ = 0: 12M + 2S, two
    /// of the products with one reduction.
    fn add_other(&mut self) {
        let (l, s, point) = (self.l, &mut self.scratch, &mut self.point);
        let other = &s.other;
        mul_assign(l, &mut point.x, &other.zz);
        mul_assign(l, &mut point.y, &other.zzz);
        mul_sub(l, &mut s.p, &other.x, &point.zz, &point.x);
        mul_sub(l, &mut s.r, &other.y, &point.zzz, &point.y);
        mul_assign(l, &mut point.zz, &other.zz);
        mul_assign(l, &mut point.zzz, &other.zzz);
        self.add_by_differences();
    }

    /// The rest of an addition, from P = X₂·ZZ − X and R = Y₂·ZZZ − Y.
    fn add_by_differences(&mut self) {
        let (l, s, point) = (self.l, &mut self.scratch, &mut self.point);
        sqr(l, &mut s.pp, &s.p);
        mul(l, &mut s.ppp, &s.p, &s.pp);
        mul(l, &mut s.q, &point.x, &s.pp);
        sqr_sub_sub_twice(l, &mut point.x, &s.r.0, &s.ppp, &s.q);
        mul_assign(l, &mut point.zz, &s.pp);
        mul_assign(l, &mut point.zzz, &s.ppp);
        mul_difference_sub_mul_assign(l, &mut point.y, &s.r.0, &s.q, &point.x, &s.ppp);
    }

    /// As [`Self::add`], but for the lanes of the mask, which stay as they are.
    pub(crate) fn add_except(&mut self, other: &Affine<L>, except: u8) {
        self.scratch.other = self.point;
        self.add(other);
        keep_lanes(self.l, &mut self.point, except, &self.scratch.other);
    }

    /// The sums; wipes the intermediate values.
    #[inline(always)]
    pub(crate) fn finish(&mut self) -> Xyzz<L> {
        wipe(core::slice::from_mut(&mut self.scratch));
        wipe(core::slice::from_mut(&mut self.folding));
        let point = self.point;
        wipe(core::slice::from_mut(&mut self.point));
        point
    }

    /// Adds to each lane the lane whose number differs in one bit: after 4, 2 and
    /// 1, every lane holds the sum of all.
    pub(crate) fn fold(&mut self, bit: u8) {
        fold(self.l, &mut self.point, bit, &mut self.folding);
    }
}
