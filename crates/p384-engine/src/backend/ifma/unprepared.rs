//! Multiples of points without tables, a scalar and a point in each lane: a few
//! odd multiples, doublings, and an addition a window.
//!
//! Which additions can be exceptional, and that only the last one can, is said in
//! [`crate::backend::serial::multiply`]; here, it leaves ZZ = 0.

use alloc::vec::Vec;

use super::field::{R_SQUARED, Tight, mul, mul_assign, negate_lanes};
use super::multiply::to_affine;
use super::point::{Affine, Sum, Xyzz};
use super::vector::{Lanes, eight, kernel, wipe};
use crate::backend::serial::field::Field;
use crate::ct::barrier;
use crate::field::Coordinates;
use crate::recode::{Digit, Digits, Window};
use crate::scalar::Scalar;

/// 77 digits, and the multiples 1, 3, … 31.
const WINDOW: Window = Window::W5;
const MULTIPLES: usize = WINDOW.entries();

/// k·P in each lane, in constant time.
pub(crate) fn multiply_points<L: Lanes>(
    l: L,
    scalars: &[&Scalar; 8],
    points: &[Coordinates; 8],
) -> Xyzz<L> {
    let multiples = odd_multiples(l, points);
    let digits = scalars.map(|k| Digits::recode(k, WINDOW));
    let mut chosen = Affine::zero(l);
    let mut sum = Sum::new(l);
    for window in (0..WINDOW.count()).rev() {
        let digits = digits.each_ref().map(|digits| digits.digit(window));
        pick(l, &mut chosen, &multiples, &digits);
        if window == WINDOW.count() - 1 {
            sum.set(&chosen);
        } else {
            for _ in 0..WINDOW.bits() {
                sum.double();
            }
            sum.add(&chosen);
        }
    }
    wipe(core::slice::from_mut(&mut chosen));
    sum.finish()
}

/// P, 3·P, … 31·P in each lane.
///
/// As in the serial backend, they are added up on the isomorphic curve on which
/// 2·P has the affine coordinates (X, Y): mixed additions use no coefficient of
/// the curve. None of them is exceptional.
fn odd_multiples<L: Lanes>(l: L, points: &[Coordinates; 8]) -> Vec<Affine<L>> {
    let point = from_coordinates(l, points);
    let mut sum = Sum::new(l);
    sum.set(&point);
    sum.double();
    let twice = sum.point;
    let step = Affine {
        x: twice.x,
        y: twice.y.into(),
    };
    let (mut x, mut y) = (point.x, twice.zzz);
    mul_assign(l, &mut x, &twice.zz);
    mul(l, &mut y, &point.y, &twice.zzz);
    sum.set(&Affine { x, y: y.into() });
    let mut multiples = Vec::with_capacity(MULTIPLES);
    for i in 0..MULTIPLES {
        if i > 0 {
            sum.add(&step);
        }
        // Back to the curve itself.
        let mut multiple = sum.point;
        mul_assign(l, &mut multiple.zz, &twice.zz);
        mul_assign(l, &mut multiple.zzz, &twice.zzz);
        multiples.push(multiple);
    }
    // Of points of prime order, none is the identity.
    to_affine(l, &multiples, Field::invert_vartime).unwrap_or_default()
}

/// In Montgomery form.
fn from_coordinates<L: Lanes>(l: L, points: &[Coordinates; 8]) -> Affine<L> {
    let factor = Tight::splat(l, &R_SQUARED);
    let mut x = Tight::from_words(l, &points.map(|point| point.x));
    let mut y = Tight::from_words(l, &points.map(|point| point.y));
    mul_assign(l, &mut x, &factor);
    mul_assign(l, &mut y, &factor);
    Affine { x, y: y.into() }
}

/// The multiple of each lane's digit: all of them are read.
fn pick<L: Lanes>(l: L, out: &mut Affine<L>, multiples: &[Affine<L>], digits: &[Digit; 8]) {
    let index = digits.map(|digit| barrier(digit.index));
    let negative = digits.map(|digit| digit.negative.bits());
    pick_lanes(l, out, multiples, &index, &negative);
}

kernel! {
    fn pick_lanes<L>(l, out: &mut Affine<L>, multiples: &[Affine<L>], index: &[u64; 8], negative: &[u64; 8]) {
        let index = l.load(index);
        let mut x = [l.splat(0); 8];
        let mut y = x;
        for (multiple, number) in multiples.iter().zip(0..) {
            let here = l.equal(index, l.splat(number));
            x = eight!(I => l.blend(here, x[I], multiple.x.0[I]));
            y = eight!(I => l.blend(here, y[I], multiple.y.0[I]));
        }
        out.x.0 = x;
        out.y.0 = negate_lanes(l, &y, l.equal(l.load(negative), l.splat(u64::MAX)));
    }
}

#[cfg(test)]
mod tests;
