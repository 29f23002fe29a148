//! Multiples of points: with a table, and without.
//!
//! # No addition is exceptional, but perhaps the last
//!
//! Of a secret scalar k in 1…n − 1 let u be the odd one of k and n − k, with
//! the digits d_0 … d_(t−1) of [`crate::recode`], each odd and below 2^w in
//! magnitude. An addition is exceptional where it meets A = ±B, or the identity.
//!
//! *With a table*, step i adds d_i·2^(w·i)·P to the sum S_i·P of the digits
//! before, where S_i is odd and |S_i| < 2^(w·i). So S_i ± d_i·2^(w·i) is an
//! integer other than zero and below 2^(w·(i+1)) in magnitude. For i < t − 1
//! that is at most 2^380, below n, so no multiple of n.
//!
//! *With doublings*, a step adds d_i·P to 2^w·S·P, where S is the number that
//! the higher digits make. It is odd, so |2^w·S| > |d_i| and 2^w·S ± d_i is not
//! zero; and for i > 0 it is below 2^(w·(t−i)) ≤ 2^380 in magnitude.
//!
//! At the last step the sum is u itself, no multiple of n: A ≠ −B. But A = B is
//! possible, for one u of each window size, so for k = u and k = n − u; the last step is
//! [`Point::add_or_double`], which is right for that one, too.

use crate::backend::serial::field::Field;
use crate::backend::serial::point::{Affine, Packed, Point};
use crate::backend::serial::tables::TableRef;
use crate::batch;
use crate::field::GENERATOR;
use crate::generator;
use crate::recode::{Digits, Window};
use crate::scalar::Scalar;

/// The window for a point without a table: 77 digits and 16 multiples.
const CHAIN_WINDOW: Window = Window::W5;

/// The generator's table for secret scalars.
pub(crate) fn generator_for_secrets() -> TableRef<'static> {
    TableRef::new(generator::for_secrets(), generator::SECRET_WINDOW)
}

/// The generator's table for public scalars.
pub(crate) fn generator_for_public() -> TableRef<'static> {
    TableRef::new(generator::for_public(), generator::PUBLIC_WINDOW)
}

/// k·P in constant time, for k in 1…n − 1.
pub(crate) fn multiply(table: TableRef<'_>, k: &Scalar) -> Point {
    let digits = Digits::recode(k, table.window());
    let last = digits.count() - 1;
    let mut sum = Point::from_affine(&table.lookup(0, digits.digit(0)));
    for i in 1..last {
        sum = sum.add_affine(&table.lookup(i, digits.digit(i)));
    }
    sum.add_or_double(&table.lookup(last, digits.digit(last)))
}

/// k·P in constant time, for k in 1…n − 1 and a point without a table.
pub(crate) fn multiply_point(point: &Affine, k: &Scalar) -> Point {
    let entries = odd_multiples(point, Field::invert);
    let table = TableRef::new(&entries, CHAIN_WINDOW);
    let digits = Digits::recode(k, CHAIN_WINDOW);
    let mut sum = Point::from_affine(&table.lookup(0, digits.digit(digits.count() - 1)));
    for i in (1..digits.count() - 1).rev() {
        sum = shift(&sum).add_affine(&table.lookup(0, digits.digit(i)));
    }
    shift(&sum).add_or_double(&table.lookup(0, digits.digit(0)))
}

/// start + k·P, for public values. An exceptional addition leaves zz = 0.
pub(crate) fn add_multiple_vartime(start: Option<Point>, table: TableRef<'_>, k: &Scalar) -> Point {
    let digits = Digits::recode(k, table.window());
    let entry = |i| table.lookup_vartime(i, digits.digit(i));
    let sum = start.map_or_else(
        || Point::from_affine(&entry(0)),
        |start| start.add_affine(&entry(0)),
    );
    (1..digits.count()).fold(sum, |sum, i| sum.add_affine(&entry(i)))
}

/// k·P for public values and a point without a table. An exceptional addition
/// leaves zz = 0.
pub(crate) fn multiply_point_vartime(point: &Affine, k: &Scalar) -> Point {
    let entries = odd_multiples(point, Field::invert_vartime);
    let table = TableRef::new(&entries, CHAIN_WINDOW);
    let digits = Digits::recode(k, CHAIN_WINDOW);
    let entry = |i| table.lookup_vartime(0, digits.digit(i));
    let first = Point::from_affine(&entry(digits.count() - 1));
    (0..digits.count() - 1)
        .rev()
        .fold(first, |sum, i| shift(&sum).add_affine(&entry(i)))
}

/// u1·G + u2·Q bit by bit with complete additions, for the public values that
/// met an exception on the way above.
#[cold]
pub(crate) fn sum_complete_vartime(u1: &Scalar, u2: &Scalar, q: &Affine) -> Point {
    let generator = Affine::from_coordinates(&GENERATOR);
    let mut sum = Point::IDENTITY;
    for bit in (0..384).rev() {
        sum = sum.double();
        for (scalar, point) in [(u1, &generator), (u2, q)] {
            if scalar.bit_vartime(bit) {
                sum = sum.add_complete_vartime(point);
            }
        }
    }
    sum
}

/// 2^w·P.
fn shift(point: &Point) -> Point {
    (1..CHAIN_WINDOW.bits()).fold(point.double(), |sum, _| sum.double())
}

/// P, 3·P, … 31·P.
///
/// They are added up on the isomorphic curve on which 2·P = (X, Y, ZZ, ZZZ) has
/// the affine coordinates (X, Y): there P is (x·ZZ, y·ZZZ), and mixed additions
/// serve, which use no coefficient of the curve. Each sum comes back by ZZ and
/// ZZZ as further factors of its own. None is exceptional: (2·j + 1) ± 2 is odd
/// and small, so no multiple of n.
fn odd_multiples(point: &Affine, invert: impl FnOnce(&Field) -> Field) -> [Packed; 16] {
    let twice = point.double();
    let step = Affine {
        x: twice.x,
        y: twice.y,
    };
    let mut sum = Point::from_affine(&Affine {
        x: point.x.mul(&twice.zz),
        y: point.y.mul(&twice.zzz),
    });
    let mut multiples = [Point::IDENTITY; 16];
    for multiple in &mut multiples {
        *multiple = Point {
            zz: sum.zz.mul(&twice.zz),
            zzz: sum.zzz.mul(&twice.zzz),
            ..sum
        };
        sum = sum.add_affine(&step);
    }
    let mut inverses = multiples.map(|multiple| multiple.zzz);
    batch::invert_all_in(&mut inverses, &mut [Field::ONE; 16], invert);
    let mut entries = [[0; 96]; 16];
    for (entry, (multiple, inverse)) in entries.iter_mut().zip(multiples.iter().zip(&inverses)) {
        *entry = multiple.to_affine(inverse).pack();
    }
    entries
}

#[cfg(test)]
mod tests;
