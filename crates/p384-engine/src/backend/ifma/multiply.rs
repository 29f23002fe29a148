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
//!   A and B. The top window and window 0 come together in the last addition, where
//!   A and B are all windows: one or two scalars (and n minus these) meet an
//!   exception. Only where eight lanes or four calculate one product, and w is 5 or
//!   7, do they come together earlier, in a sum of 20 windows or 28, whose digits are
//!   all fixed: less than one scalar in 2^98 meets an exception.
//!
//! A scalar drawn at random thus meets none, and one that a test has chosen
//! leaves ZZ = 0; then the serial backend, complete for every scalar, begins anew.
//! (In [`batch`]'s trees, too, it is the last addition that meets it: see
//! [`tree`](super::tree).)

#![expect(
    clippy::indexing_slicing,
    reason = "as many rows and windows as there are digits, and eight lanes"
)]

pub(crate) mod batch;

use super::lookup::scan;
use super::point::{Affine, Sum, Xyzz};
use super::vector::Lanes;
use crate::backend::serial::point::Packed;
use crate::backend::serial::tables::TableRef;
use crate::recode::{Digit, Digits};
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

#[cfg(test)]
mod tests;
