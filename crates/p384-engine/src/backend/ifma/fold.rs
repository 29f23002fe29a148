//! Adding up across the lanes of one vector.
//!
//! The two points of a pair stand in two lanes, so each multiplication does two
//! products of the same addition, and a fold costs 6M + 1S instead of 12M + 2S:
//! in the table, "low" is the lane of the first point and "high" that of the
//! second.
//!
//! | | low | high |
//! |---|---|---|
//! | X·ZZ′, with ′ for the partner's | U₁ | U₂ |
//! | Y·ZZZ′ | S₁ | S₂ |
//! | z | ZZ₁·ZZ₂ | ZZZ₁·ZZZ₂ |
//! | d² | P = U₂ − U₁ | R = S₂ − S₁ |
//! | v | P·P² = P³ | U₁·P² = Q |
//! | y | S₁·P³ | R·(Q − X), of which Y is high − low |
//! | z | ZZ₁·ZZ₂·P² | ZZZ₁·ZZZ₂·P³ |
//!
//! X = R² − P³ − 2·Q. Where the points are equal or opposite, P = 0, and ZZ too.

use super::field::montgomery::{BIAS, BIAS_FIRST, BIAS_LAST, carry, columns, product, square};
use super::field::{Limbs, Loose, TWICE_P, Tight, difference};
use super::point::Xyzz;
use super::vector::{Lanes, Vectors, eight, kernel};
use crate::wipe::Blank;

/// Intermediate values, for the caller to wipe.
#[derive(Clone, Copy)]
pub(crate) struct Scratch<L: Lanes> {
    u: Tight<L>,
    s: Tight<L>,
    z: Tight<L>,
    d: Loose<L>,
    d_squared: Tight<L>,
    v: Tight<L>,
}

impl<L: Lanes> Blank for Scratch<L> {
    const BLANK: Self = Self {
        u: Blank::BLANK,
        s: Blank::BLANK,
        z: Blank::BLANK,
        d: Blank::BLANK,
        d_squared: Blank::BLANK,
        v: Blank::BLANK,
    };
}

/// Adds to each lane the lane whose number differs in one bit; so both hold the
/// sum. ZZ = 0 where the points are equal or opposite.
pub(crate) fn fold<L: Lanes>(l: L, point: &mut Xyzz<L>, bit: u8, c: &mut Scratch<L>) {
    let pairs = Pairs::new(bit);
    mul_partner(l, &mut c.u, &point.x, &point.zz, &pairs);
    mul_partner(l, &mut c.s, &point.y, &point.zzz, &pairs);
    mul_both_partners(l, &mut c.z, &point.zz, &point.zzz, &pairs);
    differences(l, &mut c.d, &mut c.d_squared, &c.u, &c.s, &pairs);
    cube_and_q(l, &mut c.v, &c.d, &c.u, &c.d_squared, &pairs);
    finish_x_y(l, point, &c.s, &c.d, &c.d_squared, &c.v, &pairs);
    finish_zs(l, point, &c.z, &c.d_squared, &c.v, &pairs);
}

/// Which lanes belong together.
#[derive(Clone, Copy)]
struct Pairs {
    /// The partner's number.
    partners: [u64; 8],
    /// The lanes of second points.
    high: u8,
}

impl Pairs {
    fn new(bit: u8) -> Self {
        let lanes = [0, 1, 2, 3, 4, 5, 6, 7];
        let high = lanes.iter().filter(|lane| *lane & bit != 0);
        Self {
            partners: lanes.map(|lane| u64::from(lane ^ bit)),
            high: high.fold(0, |mask, lane| mask | 1 << lane),
        }
    }
}

/// The partner's limbs in each lane.
#[inline(always)]
fn swap<L: Vectors>(l: L, a: &Limbs<L>, pairs: &Pairs) -> Limbs<L> {
    let partners = l.load(&pairs.partners);
    eight!(I => l.permute(a[I], partners))
}

/// One thing in the low lanes, another in the high ones.
#[inline(always)]
fn low_high<L: Vectors>(l: L, low: &Limbs<L>, high: &Limbs<L>, pairs: &Pairs) -> Limbs<L> {
    eight!(I => l.blend(pairs.high, low[I], high[I]))
}

/// What an accumulator of columns begins with.
#[inline(always)]
fn bias<L: Vectors>(l: L) -> Limbs<L> {
    const BIASES: [u64; 8] = [BIAS_FIRST, BIAS, BIAS, BIAS, BIAS, BIAS, BIAS, BIAS_LAST];
    eight!(I => l.splat(BIASES[I]))
}

kernel! {
    /// a·b′.
    fn mul_partner<L>(l, out: &mut Tight<L>, a: &Tight<L>, b: &Tight<L>, pairs: &Pairs) {
        let b = swap(l, &b.0, pairs);
        out.0 = carry(l, columns!(l, product, a.0, b));
    }
}

kernel! {
    /// a·a′ and b·b′.
    fn mul_both_partners<L>(l, out: &mut Tight<L>, a: &Tight<L>, b: &Tight<L>, pairs: &Pairs) {
        let left = low_high(l, &a.0, &b.0, pairs);
        let right = low_high(l, &swap(l, &a.0, pairs), &swap(l, &b.0, pairs), pairs);
        out.0 = carry(l, columns!(l, product, left, right));
    }
}

kernel! {
    /// d, which is P = U₂ − U₁ and R = S₂ − S₁, and its square.
    fn differences<L>(l, d: &mut Loose<L>, d_squared: &mut Tight<L>, u: &Tight<L>, s: &Tight<L>, pairs: &Pairs) {
        let second = low_high(l, &swap(l, &u.0, pairs), &s.0, pairs);
        let first = low_high(l, &u.0, &swap(l, &s.0, pairs), pairs);
        let difference = difference(l, &second, &TWICE_P, &first);
        d.0 = difference;
        let twice = eight!(I => l.add(difference[I], difference[I]));
        d_squared.0 = carry(l, columns!(l, square, difference, twice));
    }
}

kernel! {
    /// v, which is P³ and Q = U₁·P².
    fn cube_and_q<L>(l, v: &mut Tight<L>, d: &Loose<L>, u: &Tight<L>, d_squared: &Tight<L>, pairs: &Pairs) {
        let left = low_high(l, &d.0, &swap(l, &u.0, pairs), pairs);
        let right = low_high(l, &d_squared.0, &swap(l, &d_squared.0, pairs), pairs);
        v.0 = carry(l, columns!(l, product, left, right));
    }
}

kernel! {
    /// X = R² − P³ − 2·Q and Y = R·(Q − X) − S₁·P³, in both lanes.
    fn finish_x_y<L>(l, out: &mut Xyzz<L>, s: &Tight<L>, d: &Loose<L>, d_squared: &Tight<L>, v: &Tight<L>, pairs: &Pairs) {
        let v_swapped = swap(l, &v.0, pairs);
        let bias = bias(l);
        // In the high lanes; what is in the low ones is put right afterwards.
        let x = eight!(I => {
            let twice_q = l.add(v.0[I], v.0[I]);
            l.sub(l.add(bias[I], d_squared.0[I]), l.add(v_swapped[I], twice_q))
        });
        let x = carry(l, x);
        out.x.0 = low_high(l, &swap(l, &x, pairs), &x, pairs);
        let left = low_high(l, &s.0, &d.0, pairs);
        let right = low_high(l, &v.0, &difference(l, &v.0, &TWICE_P, &x), pairs);
        let t = columns!(l, product, left, right);
        let t_swapped = swap(l, &t, pairs);
        let from = low_high(l, &t_swapped, &t, pairs);
        let minus = low_high(l, &t, &t_swapped, pairs);
        let y = eight!(I => l.add(bias[I], l.sub(from[I], minus[I])));
        out.y.0 = carry(l, y);
    }
}

kernel! {
    /// ZZ = ZZ₁·ZZ₂·P² and ZZZ = ZZZ₁·ZZZ₂·P³, in both lanes.
    fn finish_zs<L>(l, out: &mut Xyzz<L>, z: &Tight<L>, d_squared: &Tight<L>, v: &Tight<L>, pairs: &Pairs) {
        let right = low_high(l, &d_squared.0, &swap(l, &v.0, pairs), pairs);
        let zs = carry(l, columns!(l, product, z.0, right));
        let swapped = swap(l, &zs, pairs);
        out.zz.0 = low_high(l, &zs, &swapped, pairs);
        out.zzz.0 = low_high(l, &swapped, &zs, pairs);
    }
}
