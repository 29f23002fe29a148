//! The inversions that the additions of a level share.
//!
//! The differences of the pairs are multiplied up in two chains, the even ones and the
//! odd ones, and the two are worked off in step: the multiplications of one hide the
//! latency of the other's.

#![expect(
    clippy::indexing_slicing,
    reason = "places below the count of pairs, and two chains"
)]

use alloc::vec::Vec;

use crate::backend::ifma::field::{
    ONE, Tight, invert_lanes, mul, mul_assign, mul_by_difference, mul_by_difference_assign,
    mul_difference_sub, mul_of_difference, sqr_sub_sub_assign,
};
use crate::backend::ifma::point::Affine;
use crate::backend::ifma::vector::Lanes;
use crate::backend::serial::field::Field;
use crate::wipe::wipe;

/// The differences of a level's pairs, multiplied up from the last pair to the
/// first, so that they can be inverted from the first to the last.
pub(crate) struct Chains<L: Lanes> {
    l: L,
    /// At k + 2 the product of the differences after pair k in its chain; so the
    /// first two are the products of the chains.
    pub(super) products: Vec<Tight<L>>,
    /// Of both chains, the inverse of what has not been worked off.
    pub(super) rests: [Tight<L>; 2],
    /// Of the two pairs at work, the inverse of the difference and the slope.
    pub(super) inverses: [Tight<L>; 2],
    pub(super) slopes: [Tight<L>; 2],
}

impl<L: Lanes> Chains<L> {
    pub(crate) fn new(l: L) -> Self {
        Self {
            l,
            products: Vec::new(),
            rests: [Tight::zero(l); 2],
            inverses: [Tight::zero(l); 2],
            slopes: [Tight::zero(l); 2],
        }
    }

    /// Begins with so many places.
    pub(crate) fn begin(&mut self, pairs: usize) {
        let one = Tight::splat(self.l, &ONE);
        if self.products.len() < pairs + 2 {
            self.products.resize(pairs + 2, one);
        }
        self.products[pairs..pairs + 2].fill(one);
    }

    /// Takes the difference of pair k; from the last pair to the first.
    pub(crate) fn push(&mut self, k: usize, a: &Tight<L>, b: &Tight<L>) {
        let (here, after) = self.products[k..].split_at_mut(2);
        mul_by_difference(self.l, &mut here[0], &after[0], b, a);
    }

    /// Leaves the place of a pair empty; in its turn.
    pub(crate) fn skip(&mut self, k: usize) {
        self.products[k] = self.products[k + 2];
    }

    /// Inverts both products; false, and of no use, where one is zero.
    pub(crate) fn invert(&mut self, invert: fn(L, &Field) -> Field) -> bool {
        let l = self.l;
        let (even, odd) = (self.products[0], self.products[1]);
        let mut inverse = even;
        mul_assign(l, &mut inverse, &odd);
        let invertible = invert_lanes(l, &mut inverse, |a| invert(l, a));
        self.rests = [odd, even];
        for rest in &mut self.rests {
            mul_assign(l, rest, &inverse);
        }
        invertible
    }

    /// a ← a + b for pair k, which is even, and the one after it if there is one;
    /// from the first pair to the last.
    pub(crate) fn add(&mut self, k: usize, a: &mut [Affine<L>], b: [&Affine<L>; 2]) {
        let l = self.l;
        let products = self.rests.iter().zip(&self.products[k + 2..]);
        for ((inverse, (rest, product)), _) in self.inverses.iter_mut().zip(products).zip(&*a) {
            mul(l, inverse, rest, product);
        }
        for (rest, (a, b)) in self.rests.iter_mut().zip(a.iter().zip(b)) {
            mul_by_difference_assign(l, rest, &b.x, &a.x);
        }
        let slopes = self.slopes.iter_mut().zip(&self.inverses);
        for ((slope, inverse), (a, b)) in slopes.zip(a.iter().zip(b)) {
            mul_of_difference(l, slope, &b.y, &a.y, inverse);
        }
        for (slope, (a, b)) in self.slopes.iter().zip(a.iter_mut().zip(b)) {
            sqr_sub_sub_assign(l, &mut a.x, slope, &b.x);
        }
        for (slope, (a, b)) in self.slopes.iter().zip(a.iter_mut().zip(b)) {
            mul_difference_sub(l, &mut a.y, slope, &b.x, &a.x, &b.y);
        }
    }

    /// Wipes what pair k, which is even, and the one after it have been added with.
    pub(super) fn forget(&mut self, k: usize) {
        let end = self.products.len().min(k + 4);
        wipe(&mut self.products[k + 2..end]);
    }

    /// Wipes the rest.
    #[inline(always)]
    pub(super) fn wipe(&mut self) {
        let end = self.products.len().min(2);
        wipe(&mut self.products[..end]);
        wipe(&mut self.rests);
        wipe(&mut self.inverses);
        wipe(&mut self.slopes);
    }
}
