//! Multiples of points without tables, a scalar and a point in each lane: a few
//! odd multiples, doublings, and an addition a window.
//!
//! Which additions can be exceptional, and that only the last one can, is said in
//! [`crate::backend::serial::multiply`]; here, it leaves ZZ = 0.

use alloc::vec::Vec;

use super::affine::to_affine;
use super::chain::{Addend, Chain};
use super::digits::{LaneDigit, LaneDigits};
use super::field::{
    HALF, Limbs, Loose, R_SQUARED, Tight, invert_lanes, mul, mul_assign, negate_lanes,
};
use super::lookup::select;
use super::point::{Affine, Sum, Xyzz};
use super::vector::{Lanes, eight, kernel};
use crate::backend::serial::field::Field;
use crate::backend::serial::point::{Affine as Serial, Packed};
use crate::ct::Mask;
use crate::field::Coordinates;
use crate::recode::{Digits, Window};
use crate::scalar::Scalar;
use crate::wipe::wipe;

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
    let digits = LaneDigits::recode(l, *scalars, WINDOW);
    let mut chosen = Affine::zero(l);
    let mut sum = Sum::new(l);
    for window in (0..WINDOW.count()).rev() {
        pick(l, &mut chosen, &multiples, digits.digit(window));
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

/// k·P in constant time: the same point in every lane.
pub(crate) fn multiply_point<L: Lanes>(l: L, k: &Scalar, point: &Coordinates) -> Xyzz<L> {
    let v = l.four();
    let multiples = odd_multiples_of_one(l, point);
    let digits = Digits::recode(k, WINDOW);
    let mut row = [0; 96];
    let mut chosen = |window| {
        let digit = digits.digit(window);
        select(l, &mut row, &multiples, digit.index);
        let affine = Serial::unpack(&row).negate_if(digit.negative);
        (affine.x.to_limbs(), affine.y.to_limbs())
    };
    let top = WINDOW.count() - 1;
    let (x, y) = chosen(top);
    let mut chain = Chain::new(v, &x, &y);
    for window in (0..top).rev() {
        let (x, y) = chosen(window);
        chain.double(v, WINDOW.bits());
        chain.add(v, &Addend::new(v, &x, &y));
    }
    let product = from_chain(l, &chain);
    wipe(core::slice::from_mut(&mut chain));
    wipe(&mut row);
    product
}

/// k·P for public values, the same point in every lane. ZZ = 0 where an addition was
/// exceptional, and where k is zero.
pub(crate) fn multiply_point_vartime<L: Lanes>(l: L, k: &Scalar, point: &Coordinates) -> Xyzz<L> {
    let v = l.four();
    let multiples = odd_multiples_of_one(l, point);
    let entry = |digit: i8| {
        let index = usize::from(digit.unsigned_abs() / 2);
        let affine = Serial::unpack(multiples.get(index).unwrap_or(&[0; 96]));
        let affine = affine.negate_if(Mask::from_bit(u64::from(digit < 0)));
        (affine.x.to_limbs(), affine.y.to_limbs())
    };
    let digits = sliding_digits_vartime(k);
    let mut digits = digits.iter().rev().skip_while(|digit| **digit == 0);
    let mut chain = digits.next().map_or(Chain::zero(v), |digit| {
        let (x, y) = entry(*digit);
        Chain::new(v, &x, &y)
    });
    let mut doublings = 0;
    for digit in digits {
        doublings += 1;
        if *digit != 0 {
            let (x, y) = entry(*digit);
            chain.double(v, doublings);
            chain.add(v, &Addend::new(v, &x, &y));
            doublings = 0;
        }
    }
    chain.double(v, doublings);
    from_chain(l, &chain)
}

/// Digits of weight 2^i: zero, or odd and at most 31 in magnitude; of any six in a
/// row, at most one is not zero.
#[expect(clippy::cast_possible_truncation, reason = "a digit below 64")]
fn sliding_digits_vartime(k: &Scalar) -> [i8; 386] {
    let mut digits = [0; 386];
    // What the digits so far leave, in the window's low bits: k, and a carry.
    let mut carry = 0;
    let mut i = 0;
    while i < digits.len() {
        let bits = carry + (0..6).fold(0, |bits, j| bits | i64::from(k.bit_vartime(i + j)) << j);
        if bits % 2 == 0 {
            carry &= i64::from(k.bit_vartime(i));
            i += 1;
            continue;
        }
        let digit = if bits >= 32 { bits - 64 } else { bits };
        if let Some(place) = digits.get_mut(i) {
            *place = digit as i8;
        }
        carry = i64::from(digit < 0);
        i += 6;
    }
    digits
}

/// P, 3·P, … 31·P, as [`odd_multiples`] does it, but one after the other.
fn odd_multiples_of_one<L: Lanes>(l: L, point: &Coordinates) -> [Packed; MULTIPLES] {
    let v = l.four();
    let point = Serial::from_coordinates(point);
    let mut twice = Chain::new(v, &point.x.to_limbs(), &point.y.to_limbs());
    twice.double(v, 1);
    let [step, ..] = [from_chain(l, &twice)];
    let first = |element: &Tight<L>| Field::from_limbs(element.to_words(l)[0]);
    let (x, y) = (first(&step.x), first(&step.y));
    let (zz, zzz) = (first(&step.zz), first(&step.zzz));
    let addend = Addend::new(v, &x.to_limbs(), &y.to_limbs());
    let (x, y) = (point.x.mul(&zz), point.y.mul(&zzz));
    let mut sum = Chain::new(v, &x.to_limbs(), &y.to_limbs());
    let mut sums = [sum; MULTIPLES];
    for place in sums.iter_mut().skip(1) {
        sum.add(v, &addend);
        *place = sum;
    }
    let (eights, _) = sums.as_chunks::<8>();
    let points: [Xyzz<L>; MULTIPLES / 8] = core::array::from_fn(|i| {
        let mut points = from_chains(l, eights.get(i).unwrap_or(&[sum; 8]));
        mul_assign(l, &mut points.zz, &step.zz);
        mul_assign(l, &mut points.zzz, &step.zzz);
        points
    });
    let affine = pair_to_affine_vartime(l, &points);
    let entries = affine.iter().flat_map(|points| {
        let y = Tight(points.y.0);
        points.x.to_words(l).into_iter().zip(y.to_words(l))
    });
    let mut multiples = [[0; 96]; MULTIPLES];
    for (multiple, (x, y)) in multiples.iter_mut().zip(entries) {
        let (x, y) = (Field::from_limbs(x), Field::from_limbs(y));
        *multiple = Serial { x, y }.pack();
    }
    multiples
}

/// The affine coordinates of public points, none of which is the identity, with
/// one inversion, and without the heap.
fn pair_to_affine_vartime<L: Lanes>(l: L, [a, b]: &[Xyzz<L>; 2]) -> [Affine<L>; 2] {
    let mut inverse = a.zzz;
    mul_assign(l, &mut inverse, &b.zzz);
    invert_lanes(l, &mut inverse, Field::invert_vartime);
    let (mut of_a, mut of_b) = (b.zzz, a.zzz);
    mul_assign(l, &mut of_a, &inverse);
    mul_assign(l, &mut of_b, &inverse);
    [a.by_inverse(l, &of_a), b.by_inverse(l, &of_b)]
}

/// The points of eight chains.
pub(super) fn from_chains<L: Lanes>(l: L, chains: &[Chain<L::Four>; 8]) -> Xyzz<L> {
    let lanes = chains.map(|chain| chain.coordinates(l.four()));
    #[expect(clippy::indexing_slicing, reason = "four coordinates of eight limbs")]
    from_coordinates_of_chains(
        l,
        |coordinate| eight!(I => l.load(&lanes.map(|lane| lane[coordinate][I]))),
    )
}

/// The point of a chain, in every lane.
fn from_chain<L: Lanes>(l: L, chain: &Chain<L::Four>) -> Xyzz<L> {
    let mut coordinates = chain.coordinates(l.four());
    #[expect(clippy::indexing_slicing, reason = "four coordinates")]
    let point = from_coordinates_of_chains(l, |coordinate| {
        coordinates[coordinate].map(|limb| l.splat(limb))
    });
    wipe(&mut coordinates);
    point
}

/// From the limbs of X, 2·Y, ZZ and ZZZ.
#[inline(always)]
fn from_coordinates_of_chains<L: Lanes>(l: L, limbs: impl Fn(usize) -> Limbs<L>) -> Xyzz<L> {
    let mut y = Tight::splat(l, &HALF);
    let half = y;
    mul(l, &mut y, &Loose(limbs(1)), &half);
    Xyzz {
        x: Tight(limbs(0)),
        y,
        zz: Tight(limbs(2)),
        zzz: Tight(limbs(3)),
    }
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

kernel! {
    /// The multiple of each lane's digit: all of them are read.
    fn pick<L>(l, out: &mut Affine<L>, multiples: &[Affine<L>], digit: LaneDigit<'_, L>) {
        let (index, negative) = digit.take(l);
        let mut x = [l.splat(0); 8];
        let mut y = x;
        for (multiple, number) in multiples.iter().zip(0..) {
            let here = l.equal(index, l.splat(number));
            x = eight!(I => l.blend(here, x[I], multiple.x.0[I]));
            y = eight!(I => l.blend(here, y[I], multiple.y.0[I]));
        }
        out.x.0 = x;
        out.y.0 = negate_lanes(l, &y, negative);
    }
}

#[cfg(test)]
mod tests;
