//! A chain of doublings and additions of one point, in four lanes.
//!
//! The lanes hold X, Y, ZZ and ZZZ. The products of a formula that do not depend
//! on each other are done side by side: a doubling takes three multiplications
//! after each other, an addition four.
//!
//! Which additions can be exceptional, and that only the last one can, is said in
//! [`crate::backend::serial::multiply`]; here, it leaves ZZ = 0.

use super::field::montgomery::{BIAS, BIAS_FIRST, BIAS_LAST, carry, columns, product, square};
use super::field::{FOUR_P, Limbs, ONE, TWICE_P, difference, split};
use super::vector::{Vectors, eight, kernel};
use crate::ct::barrier;
use crate::limbs::Limbs as Words;
use crate::wipe::Blank;

/// One point (X/ZZ, Y/ZZZ). The limbs of X are below 2^51, the others' tight.
#[derive(Clone, Copy)]
pub(crate) struct Chain<V: Vectors>(Limbs<V>);

impl<V: Vectors> Blank for Chain<V> {
    const BLANK: Self = Self(Blank::BLANK);
}

/// One affine point, in the first two lanes; canonical.
#[derive(Clone, Copy)]
pub(crate) struct Addend<V: Vectors>(Limbs<V>);

impl<V: Vectors> Addend<V> {
    /// From numbers in Montgomery form.
    pub(crate) fn new(v: V, x: &Words, y: &Words) -> Self {
        let (x, y) = (split(x), split(y));
        Self(eight!(I => v.load(&[x[I], y[I], 0, 0, 0, 0, 0, 0])))
    }
}

impl<V: Vectors> Chain<V> {
    /// The affine point.
    pub(crate) fn new(v: V, x: &Words, y: &Words) -> Self {
        let (x, y, one) = (split(x), split(y), split(&ONE));
        Self(eight!(I => v.load(&[x[I], y[I], one[I], one[I], 0, 0, 0, 0])))
    }

    /// ZZ = 0, which stays.
    pub(crate) fn zero(v: V) -> Self {
        Self([v.splat(0); 8])
    }

    /// X, Y, ZZ and ZZZ, in limbs of up to 51 bits.
    pub(crate) fn coordinates(&self, v: V) -> [[u64; 8]; 4] {
        let limbs = self.0.map(|limb| v.store(limb));
        [
            limbs.map(|[x, ..]| x),
            limbs.map(|[_, y, ..]| y),
            limbs.map(|[_, _, zz, ..]| zz),
            limbs.map(|[_, _, _, zzz, ..]| zzz),
        ]
    }

    /// Doubles so many times.
    pub(crate) fn double(&mut self, v: V, times: usize) {
        for _ in 0..times {
            double(v, &mut self.0);
        }
    }

    /// Adds a point other than ±; otherwise ZZ = 0.
    pub(crate) fn add(&mut self, v: V, other: &Addend<V>) {
        add(v, &mut self.0, &other.0);
    }
}

/// In every lane of the mask the lane `from` of `a`, in the others `otherwise`.
#[inline(always)]
fn copy_lane<V: Vectors>(
    v: V,
    mask: u8,
    otherwise: &Limbs<V>,
    a: &Limbs<V>,
    from: u64,
) -> Limbs<V> {
    let lanes = v.splat(from);
    eight!(I => v.blend(mask, otherwise[I], v.permute(a[I], lanes)))
}

/// Lane `from` of `a`, in all lanes.
#[inline(always)]
fn broadcast<V: Vectors>(v: V, a: &Limbs<V>, from: u64) -> Limbs<V> {
    let lanes = v.splat(from);
    eight!(I => v.permute(a[I], lanes))
}

/// The columns with lane 0 subtracted from lane 1, which then lacks its bias and
/// gets it again.
#[inline(always)]
fn subtract_lane_0<V: Vectors>(v: V, t: &Limbs<V>) -> Limbs<V> {
    const BIASES: [u64; 8] = [BIAS_FIRST, BIAS, BIAS, BIAS, BIAS, BIAS, BIAS, BIAS_LAST];
    let first = v.splat(0);
    eight!(I => {
        let minus = v.sub(v.splat(BIASES[I]), v.permute(t[I], first));
        v.blend(LANE_1, t[I], v.add(t[I], minus))
    })
}

/// a + a.
#[inline(always)]
fn twice<V: Vectors>(v: V, a: &Limbs<V>) -> Limbs<V> {
    eight!(I => v.add(a[I], a[I]))
}

/// 3·a + 2·p − b, limb by limb; both tight. Below 2^51.
#[inline(always)]
fn three_times_minus<V: Vectors>(v: V, a: &Limbs<V>, b: &Limbs<V>) -> Limbs<V> {
    let twice = twice(v, a);
    let difference = difference(v, a, &TWICE_P, b);
    eight!(I => v.add(twice[I], difference[I]))
}

const LANE_0: u8 = 0b0001;
const LANE_1: u8 = 0b0010;
const LANE_2: u8 = 0b0100;
const LANE_3: u8 = 0b1000;

kernel! {
    /// 2·(X, Y, ZZ, ZZZ).
    pub(super) fn double<V: Vectors>(v, s: &mut Limbs<V>) {
        // (X − ZZ)·(X + ZZ) and Y²: H and V/4.
        let zero = [v.splat(0); 8];
        let zz = copy_lane(v, LANE_0, &zero, s, 2);
        let sum = eight!(I => v.add(s[I], zz[I]));
        let difference = difference(v, s, &TWICE_P, &zz);
        let first = carry(v, columns!(v, product, sum, difference));
        // M = 3·H and V. If it knew the mask, the compiler would multiply by 3 and 4,
        // which takes longer.
        #[expect(clippy::cast_possible_truncation, reason = "a mask of four lanes")]
        let lane_1 = barrier(u64::from(LANE_1)) as u8;
        let first = eight!(I => {
            let twice = v.add(first[I], first[I]);
            v.add(twice, v.blend(lane_1, first[I], twice))
        });
        // S = X·V, W/2 = Y·V, V·ZZ and M².
        let with_slope = copy_lane(v, LANE_3, s, &first, 0);
        let lanes = v.load(&[1, 1, 1, 0, 4, 5, 6, 7]);
        let by = eight!(I => v.permute(first[I], lanes));
        let second = carry(v, columns!(v, product, with_slope, by));
        // X' = M² − 2·S, and S − X' = 3·S − M².
        let (shared, slope_squared) = (broadcast(v, &second, 0), broadcast(v, &second, 3));
        let x = super::field::difference(v, &slope_squared, &FOUR_P, &twice(v, &shared));
        let shared_minus_x = three_times_minus(v, &shared, &slope_squared);
        // W·Y, M·(S − X') and W·ZZZ.
        let w = twice(v, &broadcast(v, &second, 1));
        let left = copy_lane(v, LANE_1, &w, &first, 0);
        let lanes = v.load(&[1, 1, 2, 3, 4, 5, 6, 7]);
        let right = eight!(I => v.blend(LANE_1, v.permute(s[I], lanes), shared_minus_x[I]));
        let t = columns!(v, product, left, right);
        let third = carry(v, subtract_lane_0(v, &t));
        *s = eight!(I => v.blend(LANE_2, v.blend(LANE_0, third[I], x[I]), second[I]));
    }
}

kernel! {
    /// (X, Y, ZZ, ZZZ) + (x, y).
    pub(super) fn add<V: Vectors>(v, s: &mut Limbs<V>, other: &Limbs<V>) {
        // P = x·ZZ − X and R = y·ZZZ − Y.
        let lanes = v.load(&[2, 3, 2, 3, 4, 5, 6, 7]);
        let zs = eight!(I => v.permute(s[I], lanes));
        let t = columns!(v, product, other, zs);
        let first = carry(v, eight!(I => v.sub(t[I], s[I])));
        // P² and R².
        let doubled = twice(v, &first);
        let second = carry(v, columns!(v, square, first, doubled));
        let (pp, rr) = (broadcast(v, &second, 0), broadcast(v, &second, 1));
        // Q = X·P², P³ and ZZ·P².
        let with_p = copy_lane(v, LANE_1, s, &first, 0);
        let third = carry(v, columns!(v, product, with_p, pp));
        let (q, ppp) = (broadcast(v, &third, 0), broadcast(v, &third, 1));
        // X' = R² − P³ − 2·Q, and Q − X'.
        let sum = eight!(I => v.add(ppp[I], v.add(q[I], q[I])));
        let x = difference(v, &rr, &FOUR_P, &sum);
        let minus_x = difference(v, &sum, &TWICE_P, &rr);
        let q_minus_x = eight!(I => v.add(q[I], minus_x[I]));
        // Y·P³, R·(Q − X') and ZZZ·P³.
        let lanes = v.load(&[1, 1, 2, 3, 4, 5, 6, 7]);
        let left = eight!(I => v.blend(LANE_1, v.permute(s[I], lanes), first[I]));
        let right = eight!(I => v.blend(LANE_1, ppp[I], q_minus_x[I]));
        let t = columns!(v, product, left, right);
        let fourth = carry(v, subtract_lane_0(v, &t));
        *s = eight!(I => v.blend(LANE_2, v.blend(LANE_0, fourth[I], x[I]), third[I]));
    }
}

#[cfg(test)]
mod tests;
