//! Sums of many affine points: a binary tree whose additions share inversions.
//!
//! An affine addition costs 2M + 1S and the inverse of x₂ − x₁; the inverses of
//! a whole level cost 3M each and one inversion, against 8M + 2S of a mixed
//! addition. Each group of eight sums has its points in a row of its own, and
//! all groups go through the levels together. The last levels, which have too
//! few additions to be worth an inversion, are mixed additions.

use alloc::vec;
use alloc::vec::Vec;

use super::field::{
    self, Tight, invert_lanes, mul, mul_by_difference, mul_by_difference_assign,
    mul_difference_sub, mul_of_difference, sqr_sub_sub_assign, take_lanes,
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
}

/// The points to be summed.
pub(crate) struct Tree<L: Lanes> {
    l: L,
    /// Group by group, `stride` places each, of which the first `count` are used.
    points: Vec<Affine<L>>,
    stride: usize,
    count: usize,
    /// Products of the differences before each.
    products: Vec<Tight<L>>,
}

/// The lanes whose sum met an exceptional addition.
pub(crate) type Exceptions = u8;

impl<L: Lanes> Tree<L> {
    /// Room for groups of so many points each, at least two.
    pub(crate) fn new(l: L, groups: usize, count: usize) -> Self {
        Self {
            l,
            points: vec![Affine::zero(l); groups * count],
            stride: count,
            count,
            products: Vec::new(),
        }
    }

    /// The places of each group's points, to be filled.
    pub(crate) fn groups(&mut self) -> impl Iterator<Item = &mut [Affine<L>]> {
        self.points.chunks_exact_mut(self.stride)
    }

    /// The sums of the groups, and the lanes in which an addition was exceptional,
    /// whose sums mean nothing. (Those of the last additions leave ZZ = 0.)
    pub(crate) fn sum(mut self, inversion: Inversion) -> Vec<(Xyzz<L>, Exceptions)> {
        let groups = self.points.len() / self.stride;
        let mut exceptions = vec![0; groups];
        while groups * (self.count / 2) >= inversion.least_additions && self.count > 2 {
            self.add_pairs(inversion.invert, &mut exceptions);
        }
        let count = self.count;
        let mut sum = Sum::new(self.l);
        let rows = self.points.chunks_exact(self.stride).zip(exceptions);
        let sums = rows.map(|(row, exceptions)| {
            let (points, _) = row.split_at(count.min(row.len()));
            if let [first, second, rest @ ..] = points {
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
            wipe(&mut self.products);
        }
        sums
    }

    /// One level: halves the points of each group, rounding up. The point j of a
    /// group becomes its sum with the point j + half.
    fn add_pairs(&mut self, invert: fn(&Field) -> Field, exceptions: &mut [Exceptions]) {
        let l = self.l;
        let half = self.count / 2;
        let mut inverse = self.multiply_differences();
        if !invert_lanes(l, &mut inverse, invert) {
            self.set_exceptions_apart(exceptions);
            inverse = self.multiply_differences();
            invert_lanes(l, &mut inverse, invert);
        }
        let (mut one, mut slope) = (inverse, inverse);
        let mut products = self.products.iter().rev();
        for row in self.points.chunks_exact_mut(self.stride).rev() {
            let (first, second) = row.split_at_mut(half);
            let second = second.split_at(half.min(second.len())).0;
            for ((a, b), before) in first.iter_mut().zip(second).rev().zip(&mut products) {
                mul(l, &mut one, &inverse, before);
                mul_by_difference_assign(l, &mut inverse, &b.x, &a.x);
                mul_of_difference(l, &mut slope, &b.y, &a.y, &one);
                sqr_sub_sub_assign(l, &mut a.x, &slope, &b.x);
                mul_difference_sub(l, &mut a.y, &slope, &b.x, &a.x, &b.y);
            }
        }
        self.close_ranks();
    }

    /// The product of the differences x₂ − x₁ of all pairs; keeps the products
    /// before each.
    fn multiply_differences(&mut self) -> Tight<L> {
        let l = self.l;
        let mut product = Tight::splat(l, &field::ONE);
        let mut next = product;
        self.products.clear();
        for row in self.points.chunks_exact(self.stride) {
            let (first, second) = row.split_at(self.count / 2);
            for (a, b) in first.iter().zip(second) {
                self.products.push(product);
                mul_by_difference(l, &mut next, &product, &b.x, &a.x);
                core::mem::swap(&mut product, &mut next);
            }
        }
        product
    }

    /// Marks the lanes in which a difference is zero, and puts another difference
    /// there, so that the others can be inverted.
    #[cold]
    fn set_exceptions_apart(&mut self, exceptions: &mut [Exceptions]) {
        let l = self.l;
        let (zero, one) = (Tight::zero(l), Tight::splat(l, &field::ONE));
        let mut difference = zero;
        let rows = self.points.chunks_exact_mut(self.stride);
        for (row, exceptions) in rows.zip(exceptions) {
            let (first, second) = row.split_at_mut(self.count / 2);
            for (a, b) in first.iter_mut().zip(second) {
                mul_by_difference(l, &mut difference, &one, &b.x, &a.x);
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

#[cfg(test)]
mod tests;
