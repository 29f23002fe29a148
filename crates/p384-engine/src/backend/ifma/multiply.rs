//! Secret multiples of points with tables, in constant time.
//!
//! # Which additions can be exceptional
//!
//! Of a scalar k in 1…n − 1 let u be the odd one of k and n − k, with the digits
//! d_0 … d_(t−1) of [`crate::recode`]. Every addition here joins two sums S_A and
//! S_B of terms d_i·2^(w·i), over disjoint sets of windows A and B. The digits
//! are odd, so 2^(w·min A) is the power of two in S_A, and min A ≠ min B: the
//! integers S_A ± S_B are not zero. An exception needs one of them to be a
//! multiple of n.
//!
//! - Without the top window it is below 2^(w·(t−1)) ≤ 2^380 < n: none is.
//! - Without window 0 it is a multiple of 2^w, so it had to be one of 2^w·n; but
//!   it is below 2^(w·t) < 2^w·n: none is.
//! - With both, it could be one of few multiples of n. Digits over a set of
//!   windows represent a number in one way, so each multiple fixes every digit in
//!   A and B. In the orders of this file, these are 16 windows or more by the
//!   time that the top one and window 0 come together: less than one scalar in
//!   2^55 meets an exception on the way, and one or two at the last addition.
//!
//! A scalar drawn at random thus meets none, and one that a test has chosen
//! leaves ZZ = 0; then the serial backend, complete for every scalar, begins anew.

#![expect(
    clippy::indexing_slicing,
    reason = "as many rows and windows as there are digits, and eight lanes"
)]

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::digits::LaneDigits;
use super::field::{ONE, Tight, invert_lanes, mul, mul_assign};
use super::lookup::{Rows, Slice, Slices, permute, scan};
use super::point::{Affine, Sum, Xyzz};
use super::safegcd::invert;
use super::tree::{Inversion, Shape, Tree};
use super::vector::Lanes;
use crate::backend::serial::field::Field;
use crate::backend::serial::point::Packed;
use crate::backend::serial::tables::TableRef;
use crate::field::Coordinates;
use crate::generator::{self, SECRET_WINDOW_IN_LANES as GENERATOR_WINDOW};
use crate::recode::{Digit, Digits};
use crate::scalar::Scalar;
use crate::wipe::{Blank, wipe};

/// A scalar's multiple of a table's point.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a> {
    pub(crate) table: TableRef<'a>,
    pub(crate) digits: &'a Digits,
}

/// A lane's share of a product: every `STRIDE`-th window from `first` on.
#[derive(Clone, Copy)]
struct Share<'a, const STRIDE: usize> {
    product: Product<'a>,
    first: usize,
}

impl<'a> Product<'a> {
    /// A window's entries and its digit; beyond the last window, those of the
    /// first.
    #[inline(always)]
    fn window(&self, window: usize) -> (&'a [Packed], Digit) {
        let window = if window < self.digits.count() {
            window
        } else {
            0
        };
        (self.table.entries_of(window), self.digits.digit(window))
    }
}

impl<const STRIDE: usize> Share<'_, STRIDE> {
    /// How many windows there are.
    fn rounds(&self) -> usize {
        (self.product.digits.count() - self.first).div_ceil(STRIDE)
    }
}

/// One product, by all lanes together; the sum is in each of them.
pub(crate) fn multiply_one<L: Lanes>(l: L, product: Product<'_>) -> Xyzz<L> {
    let share = |first| Share::<8> { product, first };
    let mut sum = Sum::new(l);
    sum_shares(l, &mut sum, &[0, 1, 2, 3, 4, 5, 6, 7].map(share));
    for bit in [4, 2, 1] {
        sum.fold(bit);
    }
    sum.finish()
}

/// Two products, by four lanes each; one sum is in lanes 0 to 3, the other in 4 to 7.
pub(crate) fn multiply_two<L: Lanes>(l: L, products: [Product<'_>; 2]) -> Xyzz<L> {
    let [a, b] = products;
    let share = |(product, first)| Share::<4> { product, first };
    let shares = [
        (a, 0),
        (a, 1),
        (a, 2),
        (a, 3),
        (b, 0),
        (b, 1),
        (b, 2),
        (b, 3),
    ];
    let mut sum = Sum::new(l);
    sum_shares(l, &mut sum, &shares.map(share));
    for bit in [2, 1] {
        sum.fold(bit);
    }
    sum.finish()
}

/// The sum of each lane's share. Out of line, where `admin/ct-scan` finds it.
#[inline(never)]
fn sum_shares<L: Lanes, const STRIDE: usize>(
    l: L,
    sum: &mut Sum<L>,
    shares: &[Share<'_, STRIDE>; 8],
) {
    let rounds = shares.each_ref().map(Share::rounds);
    let mut points = [Affine::BLANK; 2];
    let mut rows = [[0; 96]; 8];
    let mut load = |out: &mut Affine<L>, round: usize| {
        scan(l, out, &mut rows, |lane| {
            let share = &shares[lane];
            share.product.window(share.first + round * STRIDE)
        });
    };
    let [first, second] = &mut points;
    load(first, 0);
    load(second, 1);
    sum.begin(first, second);
    for round in 2..rounds.into_iter().max().unwrap_or(0) {
        load(first, round);
        let over = rounds.iter().zip(0..8).fold(0, |mask: u8, (rounds, lane)| {
            mask | u8::from(round >= *rounds) << lane
        });
        if over == 0 {
            sum.add(first);
        } else {
            sum.add_except(first, over);
        }
    }
    wipe(&mut points);
    wipe(&mut rows);
}

/// The multiples of the generator by some scalars, and those of tables with the same
/// window by others, one a lane: a vector for every eight of the first, then one for
/// every eight of the second, the last of both filled up with repetitions. None where
/// an addition was exceptional.
pub(crate) fn multiply_all<L: Lanes>(
    l: L,
    of_generator: &[&Scalar],
    of_tables: &[(TableRef<'_>, &Scalar)],
) -> Option<Vec<Xyzz<L>>> {
    let recode = |scalars: &[&Scalar]| LaneDigits::recode(l, filled(scalars), GENERATOR_WINDOW);
    let generators: Vec<LaneDigits<L>> = of_generator.chunks(8).map(recode).collect();
    let groups = of_tables.chunks(8);
    let groups: Vec<Group<'_, L>> = groups.map(|chunk| Group::of(l, filled(chunk))).collect();
    let shapes = [
        (generators.len(), GENERATOR_WINDOW.count()),
        (groups.len(), groups.first().map_or(0, Group::count)),
    ];
    let shapes = shapes.map(|(groups, count)| Shape { groups, count });
    let mut slices = Slices::new(l);
    let mut rows = [[0; 96]; 8];
    let load = |place: &mut Affine<L>, part: usize, number: usize| {
        let (window, group) = (number / shapes[part].groups, number % shapes[part].groups);
        if part == 0 {
            permute(
                l,
                place,
                of_generator_window(window),
                generators[group].digit(window),
            );
        } else {
            groups[group].load(l, place, window, (&mut slices, &mut rows));
        }
    };
    let mut sums = Tree::new(l).sum_secret(&shapes, load, Inversion::CONSTANT_TIME);
    wipe(&mut rows);
    if sums.exceptions.iter().all(|lanes| *lanes == 0) {
        return Some(sums.points);
    }
    wipe(&mut sums.points);
    None
}

/// The slices of a window of the generator's.
fn of_generator_window(window: usize) -> &'static [Slice] {
    let count = GENERATOR_WINDOW.entries() / 8;
    &generator::for_secrets_in_lanes()[count * window..count * (window + 1)]
}

/// Eight products of tables with the same window.
#[expect(
    clippy::large_enum_variant,
    reason = "both have the digits of eight scalars"
)]
enum Group<'a, L: Lanes> {
    OneTable(TableRef<'a>, LaneDigits<L>),
    Tables([(TableRef<'a>, Digits); 8]),
}

impl<'a, L: Lanes> Group<'a, L> {
    fn of(l: L, products: [(TableRef<'a>, &Scalar); 8]) -> Self {
        let [(table, _), ..] = products;
        if products.iter().all(|(other, _)| other.is(table)) {
            let digits = LaneDigits::recode(l, products.map(|(_, k)| k), table.window());
            Self::OneTable(table, digits)
        } else {
            Self::Tables(products.map(|(table, k)| (table, Digits::recode(k, table.window()))))
        }
    }

    /// How many digits each has.
    fn count(&self) -> usize {
        match self {
            Self::OneTable(_, digits) => digits.count(),
            Self::Tables([(_, digits), ..]) => digits.count(),
        }
    }

    /// The points of a window.
    #[inline(always)]
    fn load(
        &self,
        l: L,
        place: &mut Affine<L>,
        window: usize,
        (slices, rows): (&mut Slices<'a, L>, &mut Rows),
    ) {
        match self {
            Self::OneTable(table, digits) => {
                let slices = slices.of(table.entries_of(window));
                permute(l, place, slices, digits.digit(window));
            }
            Self::Tables(products) => scan(l, place, rows, |lane| {
                let (table, digits) = &products[lane];
                (table.entries_of(window), digits.digit(window))
            }),
        }
    }
}

/// One to eight values, the last one repeated.
pub(crate) fn filled<T: Copy>(values: &[T]) -> [T; 8] {
    core::array::from_fn(|lane| values[lane.min(values.len() - 1)])
}

/// The affine coordinates of points, with one inversion in constant time. None
/// where one has ZZ = 0. Wipes the points.
pub(crate) fn normalize<L: Lanes>(
    l: L,
    points: &mut [Xyzz<L>],
) -> Option<Zeroizing<Vec<[Coordinates; 8]>>> {
    let mut affine = to_affine(l, points, |product| invert(l, product));
    wipe(points);
    let coordinates = affine.as_ref().map(|affine| {
        let coordinates = affine.iter().map(|point| to_coordinates(l, point));
        Zeroizing::new(coordinates.collect())
    });
    wipe(affine.as_deref_mut().unwrap_or_default());
    coordinates
}

/// The same in Montgomery form.
pub(crate) fn to_affine<L: Lanes>(
    l: L,
    points: &[Xyzz<L>],
    invert: impl Fn(&Field) -> Field,
) -> Option<Vec<Affine<L>>> {
    let mut product = Tight::splat(l, &ONE);
    let mut before = Vec::with_capacity(points.len());
    for point in points {
        before.push(product);
        mul_assign(l, &mut product, &point.zzz);
    }
    let finite = invert_lanes(l, &mut product, invert);
    let mut affine: Vec<Affine<L>> = before
        .iter()
        .zip(points)
        .rev()
        .map(|(before, point)| {
            let mut inverse = *before;
            mul_assign(l, &mut inverse, &product);
            mul_assign(l, &mut product, &point.zzz);
            point.by_inverse(l, &inverse)
        })
        .collect();
    affine.reverse();
    wipe(&mut before);
    wipe(core::slice::from_mut(&mut product));
    finite.then_some(affine)
}

/// The coordinates as numbers.
fn to_coordinates<L: Lanes>(l: L, point: &Affine<L>) -> [Coordinates; 8] {
    let one = Tight::splat(l, &[1, 0, 0, 0, 0, 0]);
    let (mut x, mut y) = (one, one);
    mul(l, &mut x, &point.x, &one);
    mul(l, &mut y, &point.y, &one);
    let mut pairs = x.to_words(l).into_iter().zip(y.to_words(l));
    wipe(core::slice::from_mut(&mut x));
    core::array::from_fn(|_| {
        let (x, y) = pairs.next().unwrap_or_default();
        Coordinates { x, y }
    })
}

#[cfg(test)]
mod tests;
