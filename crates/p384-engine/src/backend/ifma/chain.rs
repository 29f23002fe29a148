#![doc = include_str!("../../../docs/lanes-chain.md")]

use super::field::montgomery::{carry, columns, columns_from, product, square};
use super::field::{Limbs, ONE, split};
use super::vector::{Vectors, eight, kernel};
use crate::limbs::Limbs as Words;
use crate::wipe::Blank;

/// One point (X/ZZ, Y/ZZZ), ZZ = 0 after an exceptional addition. All limbs tight,
/// but that those of the first 2·Y are below 2^49.
#[derive(Clone, Copy)]
pub(crate) struct Chain<V: Vectors> {
    /// X, then what a step has left, ZZ, and the same again.
    xs: Limbs<V>,
    /// ZZZ, 2·Y, 0 and 0.
    ys: Limbs<V>,
}

impl<V: Vectors> Blank for Chain<V> {
    const BLANK: Self = Self {
        xs: Blank::BLANK,
        ys: Blank::BLANK,
    };
}

/// One affine point: 2·y, 0, x and 0.
#[derive(Clone, Copy)]
pub(crate) struct Addend<V: Vectors>(Limbs<V>);

impl<V: Vectors> Addend<V> {
    /// From numbers in Montgomery form.
    pub(crate) fn new(v: V, x: &Words, y: &Words) -> Self {
        let (x, y) = (split(x), split(y));
        Self(eight!(I => v.load(&[2 * y[I], 0, x[I], 0, 0, 0, 0, 0])))
    }
}

impl<V: Vectors> Chain<V> {
    /// The affine point.
    pub(crate) fn new(v: V, x: &Words, y: &Words) -> Self {
        let (x, y, one) = (split(x), split(y), split(&ONE));
        Self {
            xs: eight!(I => v.load(&[x[I], 0, one[I], 0, 0, 0, 0, 0])),
            ys: eight!(I => v.load(&[one[I], 2 * y[I], 0, 0, 0, 0, 0, 0])),
        }
    }

    /// ZZ = 0, which stays.
    pub(crate) fn zero(v: V) -> Self {
        let zero = [v.splat(0); 8];
        Self { xs: zero, ys: zero }
    }

    /// The limbs of X, 2·Y, ZZ and ZZZ.
    pub(crate) fn coordinates(&self, v: V) -> [[u64; 8]; 4] {
        let xs = self.xs.map(|limb| v.store(limb));
        let ys = self.ys.map(|limb| v.store(limb));
        [
            xs.map(|[x, ..]| x),
            ys.map(|[_, twice_y, ..]| twice_y),
            xs.map(|[_, _, zz, ..]| zz),
            ys.map(|[zzz, ..]| zzz),
        ]
    }

    /// Doubles so many times.
    pub(crate) fn double(&mut self, v: V, times: usize) {
        for _ in 0..times {
            double(v, &mut self.xs, &mut self.ys);
        }
    }

    /// Adds a point other than ±; otherwise ZZ = 0.
    pub(crate) fn add(&mut self, v: V, other: &Addend<V>) {
        add(v, &mut self.xs, &mut self.ys, &other.0);
    }
}

/// What [`columns_from`] takes for a bias of so many times 2^60 in each lane.
#[inline(always)]
fn biased<V: Vectors>(v: V, lanes: [u64; 4]) -> [V::Vector; 3] {
    const UNIT: u64 = 1 << 60;
    const CARRIED: u64 = UNIT >> 48;
    let starts = |unit: u64| {
        let [a, b, c, d] = lanes.map(|times| unit.wrapping_mul(times));
        v.load(&[a, b, c, d, 0, 0, 0, 0])
    };
    // A sixteenth, because high halves are shifted left by four.
    let middle = (UNIT - CARRIED) >> 4;
    [
        starts(UNIT >> 4),
        starts(middle),
        starts((CARRIED >> 4).wrapping_neg()),
    ]
}

/// Lane i of the result is lane `lanes[i]` of `a`.
#[inline(always)]
fn permute<V: Vectors>(v: V, a: &Limbs<V>, lanes: [u64; 4]) -> Limbs<V> {
    let [x, y, z, w] = lanes;
    let lanes = v.load(&[x, y, z, w, 4, 5, 6, 7]);
    eight!(I => v.permute(a[I], lanes))
}

/// `b` in the lanes of the mask, else `a`.
#[inline(always)]
fn blend<V: Vectors>(v: V, mask: u8, a: &Limbs<V>, b: &Limbs<V>) -> Limbs<V> {
    eight!(I => v.blend(mask, a[I], b[I]))
}

/// Each lane of tight limbs, times a factor of up to eight. The compiler would
/// make a slower multiplication of shifts and additions.
#[inline(always)]
fn times<V: Vectors>(v: V, a: &Limbs<V>, factors: [u64; 4]) -> Limbs<V> {
    let [x, y, z, w] = factors;
    let (factors, zero) = (v.load(&[x, y, z, w, 0, 0, 0, 0]), v.splat(0));
    eight!(I => v.mul_low(zero, a[I], factors))
}

/// [a − c, b − d, ·, ·] of four lanes of columns: of three lanes, where one is zero.
#[inline(always)]
fn tight_differences<V: Vectors>(v: V, t: &Limbs<V>, from: [u64; 4], minus: [u64; 4]) -> Limbs<V> {
    let (from, minus) = (permute(v, t, from), permute(v, t, minus));
    carry(v, eight!(I => v.sub(from[I], minus[I])))
}

const LANE_0: u8 = 0b0001;
const LANE_1: u8 = 0b0010;
const LANE_2: u8 = 0b0100;
const LANE_3: u8 = 0b1000;

kernel! {
    pub(super) fn double<V: Vectors>(v, xs: &mut Limbs<V>, ys: &mut Limbs<V>) {
        // X², (2·Y)², ZZ² and 0.
        let point = blend(v, LANE_1 | LANE_3, xs, ys);
        let twice = eight!(I => v.add(point[I], point[I]));
        let t = columns_from!(v, biased(v, [4, 4, 0, 0]), square, point, twice);
        // 2·V, V, V and M.
        let first = tight_differences(v, &t, [1, 1, 1, 0], [3, 3, 3, 2]);
        let by = times(v, &first, [2, 1, 1, 3]);
        // 2·S, W, V·ZZ and M².
        let left = blend(v, LANE_3, &point, &by);
        let t = columns_from!(v, biased(v, [3, 1, 1, 4]), product, left, by);
        // X', W, ZZ' and 2·(S − X').
        let swapped = permute(v, &t, [3, 1, 2, 0]);
        let zero = v.splat(0);
        let second = carry(v, eight!(I => {
            let difference = v.sub(swapped[I], t[I]);
            let more = v.add(swapped[I], difference);
            v.add(difference, v.blend(LANE_0, more, zero))
        }));
        // W·ZZZ, W·2·Y, 0 and M·2·(S − X').
        let left = permute(v, &second, [1, 1, 2, 3]);
        let right = blend(v, LANE_3, ys, &by);
        let t = columns_from!(v, biased(v, [4, 0, 0, 4]), product, left, right);
        // ZZZ', 2·Y', 0 and 0.
        *ys = tight_differences(v, &t, [0, 3, 2, 2], [2, 1, 2, 2]);
        *xs = second;
    }
}

kernel! {
    pub(super) fn add<V: Vectors>(v, xs: &mut Limbs<V>, ys: &mut Limbs<V>, other: &Limbs<V>) {
        // R = 2·y·ZZZ − 2·Y, 0, P = x·ZZ − X and 0.
        let point = blend(v, LANE_1 | LANE_3, xs, ys);
        let zs = blend(v, LANE_2, ys, xs);
        let minus = permute(v, &point, [1, 3, 0, 3]);
        let t = columns!(v, product, zs, other);
        let first = carry(v, eight!(I => v.sub(t[I], minus[I])));
        // R² and P².
        let twice = eight!(I => v.add(first[I], first[I]));
        let second = carry(v, columns!(v, square, first, twice));
        // X·8·P² = 2·Q, P·4·P² = C, ZZ·4·P² and 1·R².
        let by = times(v, &permute(v, &second, [2, 2, 2, 0]), [8, 4, 4, 1]);
        let one = split(&ONE).map(|limb| v.splat(limb));
        let left = blend(v, LANE_1, &point, &permute(v, &first, [2, 2, 2, 2]));
        let left = blend(v, LANE_3, &left, &one);
        let t = columns_from!(v, biased(v, [4, 1, 1, 6]), product, left, by);
        // X' = R² − 2·Q − C, C, ZZ' and 2·(Q − X') = 3·2·Q − 2·R² + 2·C.
        let (swapped, cubes) = (permute(v, &t, [3, 1, 2, 0]), permute(v, &t, [1, 1, 1, 1]));
        let zero = v.splat(0);
        let third = carry(v, eight!(I => {
            let difference = v.sub(swapped[I], t[I]);
            let cube = v.blend(LANE_1 | LANE_2, cubes[I], zero);
            let difference = v.blend(LANE_0, v.add(difference, cube), v.sub(difference, cube));
            let more = v.add(swapped[I], difference);
            v.add(difference, v.blend(LANE_0, more, zero))
        }));
        // C·2·ZZZ, C·4·Y, 0 and R·2·(Q − X').
        let left = permute(v, &third, [1, 1, 2, 3]);
        let slope = permute(v, &first, [0, 0, 0, 0]);
        let twice = eight!(I => v.add(ys[I], ys[I]));
        let right = blend(v, LANE_3, &twice, &slope);
        let t = columns_from!(v, biased(v, [4, 0, 0, 4]), product, left, right);
        // ZZZ', 2·Y', 0 and 0.
        *ys = tight_differences(v, &t, [0, 3, 2, 2], [2, 1, 2, 2]);
        *xs = third;
    }
}

#[cfg(test)]
mod tests;
