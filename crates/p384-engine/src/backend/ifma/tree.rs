//! Sums of many affine points: a binary tree whose additions share inversions.
//!
//! An affine addition costs 2M + 1S and the inverse of x₂ − x₁; the inverses of
//! a whole level cost 3M each and one inversion, against 8M + 2S of a mixed
//! addition. Each group of eight sums has its points in a row of its own, and
//! all groups go through the levels together. The last levels, which have too
//! few additions to be worth an inversion, are mixed additions.
//!
//! The pairs of a level are multiplied up in two chains, the even ones and the odd
//! ones, and the two are worked off in step: the multiplications of one hide the
//! latency of the other's.

#![expect(
    clippy::indexing_slicing,
    reason = "rows of one length, places below it, and two chains"
)]

use alloc::vec;
use alloc::vec::Vec;

use super::field::{
    ONE, Tight, invert_lanes, mul, mul_assign, mul_by_difference_assign, mul_difference_sub,
    mul_of_difference, sqr_sub_sub_assign, take_lanes,
};
use super::point::{Affine, Sum, Xyzz};
use super::vector::{Lanes, wipe};
use crate::backend::serial::field::Field;

/// How inversions are done, and from how many additions on one is worth it.
#[derive(Clone, Copy)]
pub(crate) struct Inversion {
    pub(crate) invert: fn(&Field) -> Field,
    pub(crate) least_additions: usize,
    /// Whether to wipe the points.
    pub(crate) secret: bool,
}

impl Inversion {
    /// For public values.
    pub(crate) const VARTIME: Self = Self {
        invert: Field::invert_vartime,
        least_additions: 16,
        secret: false,
    };

    /// For secret values.
    pub(crate) const CONSTANT_TIME: Self = Self {
        invert: Field::invert,
        least_additions: 28,
        secret: true,
    };

    /// Whether groups of `count` points should go through a level. Two points
    /// never do: their addition is the one that [`Tree::sum`] begins a sum with.
    const fn is_worth_it(self, groups: usize, count: usize) -> bool {
        count > 2 && groups * (count / 2) >= self.least_additions
    }
}

/// The points to be summed.
pub(crate) struct Tree<L: Lanes> {
    l: L,
    /// Group by group, `stride` places each, of which the first `count` are used.
    points: Vec<Affine<L>>,
    stride: usize,
    count: usize,
    chains: Chains<L>,
}

/// The lanes whose sum met an exceptional addition.
pub(crate) type Exceptions = u8;

/// The differences of a level's pairs, multiplied up from the last pair to the
/// first, so that they can be inverted from the first to the last.
struct Chains<L: Lanes> {
    l: L,
    /// Of pair k the product of those after it, in its chain; the last pair first.
    after: Vec<Tight<L>>,
    products: [Tight<L>; 2],
    /// Of the two pairs at work, the inverse of the difference and the slope.
    inverses: [Tight<L>; 2],
    slopes: [Tight<L>; 2],
}

impl<L: Lanes> Tree<L> {
    /// Takes groups of so many points each, at least two: `load` gives a group's
    /// point by its number.
    pub(crate) fn new(
        l: L,
        groups: usize,
        count: usize,
        mut load: impl FnMut(&mut Affine<L>, usize, usize),
    ) -> Self {
        let mut points = Vec::with_capacity(groups * count);
        let mut point = Affine::zero(l);
        for group in 0..groups {
            for index in 0..count {
                load(&mut point, group, index);
                points.push(point);
            }
        }
        wipe(core::slice::from_mut(&mut point));
        Self::of(l, points, count, Chains::new(l))
    }

    fn of(l: L, points: Vec<Affine<L>>, count: usize, chains: Chains<L>) -> Self {
        Self {
            l,
            points,
            stride: count,
            count,
            chains,
        }
    }

    /// The sums of groups of public points, which are loaded twice: that takes
    /// less time than to store them.
    pub(crate) fn sum_vartime(
        l: L,
        groups: usize,
        count: usize,
        leaves: impl Fn(&mut Affine<L>, usize, usize),
        inversion: Inversion,
    ) -> Vec<(Xyzz<L>, Exceptions)> {
        let level = if inversion.is_worth_it(groups, count) {
            Self::first_level(l, groups, count, &leaves, inversion.invert)
        } else {
            None
        };
        let tree = level.unwrap_or_else(|| Self::new(l, groups, count, leaves));
        tree.sum(inversion)
    }

    /// The points after a level; none where a difference is zero.
    fn first_level(
        l: L,
        groups: usize,
        count: usize,
        leaves: &impl Fn(&mut Affine<L>, usize, usize),
        invert: fn(&Field) -> Field,
    ) -> Option<Self> {
        let half = count / 2;
        let pairs = groups * half;
        let place = |k: usize| (k / half, k % half);
        let mut points = [[Affine::zero(l); 2]; 2];
        let mut chains = Chains::new(l);
        let [[a, b], _] = &mut points;
        for k in (0..pairs).rev() {
            let (group, index) = place(k);
            leaves(a, group, index);
            leaves(b, group, index + half);
            chains.push(k, a, b);
        }
        if !chains.invert(invert) {
            return None;
        }
        let mut sums = Vec::with_capacity(groups * count.div_ceil(2));
        let mut odd = Affine::zero(l);
        for k in (0..pairs).step_by(2) {
            let here = &mut points[..2.min(pairs - k)];
            for (i, [a, b]) in here.iter_mut().enumerate() {
                let (group, index) = place(k + i);
                leaves(a, group, index);
                leaves(b, group, index + half);
            }
            let mut work = here.iter_mut().map(|[a, b]| (a, &*b));
            match (work.next(), work.next()) {
                (Some(first), Some(second)) => chains.add(k, &mut [first, second]),
                (Some(last), None) => chains.add(k, &mut [last]),
                _ => {}
            }
            for (i, [sum, _]) in here.iter().enumerate() {
                sums.push(*sum);
                let (group, index) = place(k + i);
                if count % 2 == 1 && index == half - 1 {
                    leaves(&mut odd, group, count - 1);
                    sums.push(odd);
                }
            }
        }
        Some(Self::of(l, sums, count.div_ceil(2), chains))
    }

    /// The sums of the groups, and the lanes in which an addition was exceptional,
    /// whose sums mean nothing. (Those of the last additions leave ZZ = 0.)
    pub(crate) fn sum(mut self, inversion: Inversion) -> Vec<(Xyzz<L>, Exceptions)> {
        let groups = self.points.len() / self.stride;
        let mut exceptions = vec![0; groups];
        while inversion.is_worth_it(groups, self.count) {
            self.add_pairs(inversion.invert, &mut exceptions);
        }
        let mut sum = Sum::new(self.l);
        let rows = self.points.chunks_exact(self.stride).zip(exceptions);
        let sums = rows.map(|(row, exceptions)| {
            if let [first, second, rest @ ..] = &row[..self.count] {
                sum.begin(first, second);
                for point in rest {
                    sum.add(point);
                }
            }
            (sum.point, exceptions)
        });
        let sums = sums.collect();
        if inversion.secret {
            sum.finish();
            wipe(&mut self.points);
            self.chains.wipe();
        }
        sums
    }

    /// One level: halves the points of each group, rounding up. The point j of a
    /// group becomes its sum with the point j + half.
    fn add_pairs(&mut self, invert: fn(&Field) -> Field, exceptions: &mut [Exceptions]) {
        self.multiply_differences();
        if !self.chains.invert(invert) {
            self.set_exceptions_apart(exceptions);
            self.multiply_differences();
            self.chains.invert(invert);
        }
        let (half, stride) = (self.count / 2, self.stride);
        let pairs = self.points.len() / stride * half;
        for k in (0..pairs).step_by(2) {
            let [first, second] = [k, k + 1].map(|k| k / half * stride + k % half);
            if k + 1 == pairs {
                let places = [first, first + half];
                if let Ok([a, b]) = self.points.get_disjoint_mut(places) {
                    self.chains.add(k, &mut [(a, b)]);
                }
            } else {
                let places = [first, first + half, second, second + half];
                if let Ok([a, b, c, d]) = self.points.get_disjoint_mut(places) {
                    self.chains.add(k, &mut [(a, b), (c, d)]);
                }
            }
        }
        self.close_ranks();
    }

    fn multiply_differences(&mut self) {
        self.chains.clear();
        let mut k = self.points.len() / self.stride * (self.count / 2);
        for row in self.points.chunks_exact(self.stride).rev() {
            let (first, second) = row[..self.count].split_at(self.count / 2);
            for (a, b) in first.iter().zip(second).rev() {
                k -= 1;
                self.chains.push(k, a, b);
            }
        }
    }

    /// Marks the lanes in which a difference is zero, and puts another difference
    /// there, so that the others can be inverted.
    #[cold]
    fn set_exceptions_apart(&mut self, exceptions: &mut [Exceptions]) {
        let l = self.l;
        let (zero, one) = (Tight::zero(l), Tight::splat(l, &ONE));
        let rows = self.points.chunks_exact_mut(self.stride);
        for (row, exceptions) in rows.zip(exceptions) {
            let (first, second) = row[..self.count].split_at_mut(self.count / 2);
            for (a, b) in first.iter_mut().zip(second) {
                let mut difference = one;
                mul_by_difference_assign(l, &mut difference, &b.x, &a.x);
                let lanes = difference.to_words(l).into_iter().zip(0..8);
                let equal = lanes.fold(0, |mask, (words, lane)| {
                    mask | u8::from(words == [0; 6]) << lane
                });
                take_lanes(l, &mut a.x, equal, &one);
                take_lanes(l, &mut b.x, equal, &zero);
                *exceptions |= equal;
            }
        }
    }

    /// After a level: an odd point moves up to the sums.
    fn close_ranks(&mut self) {
        let half = self.count / 2;
        if self.count % 2 == 1 {
            for row in self.points.chunks_exact_mut(self.stride) {
                row.copy_within(2 * half..=2 * half, half);
            }
        }
        self.count = self.count.div_ceil(2);
    }
}

impl<L: Lanes> Chains<L> {
    fn new(l: L) -> Self {
        Self {
            l,
            after: Vec::new(),
            products: [Tight::splat(l, &ONE); 2],
            inverses: [Tight::zero(l); 2],
            slopes: [Tight::zero(l); 2],
        }
    }

    /// Begins anew, in the same memory.
    fn clear(&mut self) {
        self.after.clear();
        self.products = [Tight::splat(self.l, &ONE); 2];
    }

    /// Takes the difference of pair k; from the last pair to the first.
    fn push(&mut self, k: usize, a: &Affine<L>, b: &Affine<L>) {
        let chain = &mut self.products[k % 2];
        self.after.push(*chain);
        mul_by_difference_assign(self.l, chain, &b.x, &a.x);
    }

    /// Inverts both products; false, and of no use, where one is zero.
    fn invert(&mut self, invert: fn(&Field) -> Field) -> bool {
        let l = self.l;
        let [even, odd] = self.products;
        let mut inverse = even;
        mul_assign(l, &mut inverse, &odd);
        let invertible = invert_lanes(l, &mut inverse, invert);
        self.products = [odd, even];
        for chain in &mut self.products {
            mul_assign(l, chain, &inverse);
        }
        invertible
    }

    /// a ← a + b for pair k, which is even, and the one after it; from the first
    /// pair to the last.
    fn add(&mut self, k: usize, pairs: &mut [(&mut Affine<L>, &Affine<L>)]) {
        let l = self.l;
        let first = self.after.len() - 1 - k;
        for (i, _) in pairs.iter().enumerate() {
            mul(
                l,
                &mut self.inverses[i],
                &self.products[i],
                &self.after[first - i],
            );
        }
        for (product, (a, b)) in self.products.iter_mut().zip(&*pairs) {
            mul_by_difference_assign(l, product, &b.x, &a.x);
        }
        for (i, (a, b)) in pairs.iter().enumerate() {
            mul_of_difference(l, &mut self.slopes[i], &b.y, &a.y, &self.inverses[i]);
        }
        for (slope, (a, b)) in self.slopes.iter().zip(&mut *pairs) {
            sqr_sub_sub_assign(l, &mut a.x, slope, &b.x);
        }
        for (slope, (a, b)) in self.slopes.iter().zip(&mut *pairs) {
            mul_difference_sub(l, &mut a.y, slope, &b.x, &a.x, &b.y);
        }
    }

    fn wipe(&mut self) {
        wipe(&mut self.after);
        wipe(&mut self.products);
        wipe(&mut self.inverses);
        wipe(&mut self.slopes);
    }
}

#[cfg(test)]
mod tests;
