//! Sums of many affine points: a binary tree whose additions share inversions.
//!
//! An affine addition costs 2M + 1S and the inverse of x₂ − x₁; the inverses of
//! a whole level cost 3M each and one inversion, against 8M + 2S of a mixed
//! addition. All groups of eight sums go through the levels together. The last
//! levels, which have too few additions to be worth an inversion, are mixed
//! additions.
//!
//! A group's point 0 stays in its first point and its last point in its last, through
//! all levels, and a level never joins the last two: where an addition could be
//! exceptional because it joins these (see [`multiply`](super::multiply)), it is a
//! mixed one, and leaves ZZ = 0.
//!
//! Point i of group g has the number i·groups + g. A level of so many pairs adds
//! the points k and k + pairs: the number of a sum is that of its first point, and
//! what is left over of an odd count follows the sums. Groups of different counts
//! are different parts of the tree, with numbers of their own, and share nothing but
//! the inversions: see [`chains`].

#![expect(
    clippy::indexing_slicing,
    reason = "places below the count of pairs or points"
)]

pub(crate) mod chains;

use alloc::vec;
use alloc::vec::Vec;

use self::chains::Chains;
use super::field::{ONE, Tight, mul_by_difference_assign, take_lanes};
use super::point::{Affine, Sum, Xyzz};
use super::safegcd;
use super::vector::Lanes;
use crate::backend::serial::field::Field;
use crate::wipe::{Blank, wipe};

/// How a tree's levels treat its points.
#[derive(Clone, Copy)]
struct Levels<L> {
    invert: fn(L, &Field) -> Field,
    /// From how many additions on a level is worth its inversion.
    least_additions: usize,
    /// Whether what has been used is wiped, while it is near.
    secret: bool,
}

impl<L: Lanes> Levels<L> {
    const PUBLIC: Self = Self {
        invert: |_, a| a.invert_vartime(),
        least_additions: 16,
        secret: false,
    };

    const SECRET: Self = Self {
        invert: safegcd::invert,
        least_additions: 28,
        secret: true,
    };

    /// Whether so many pairs of points should go through a level.
    const fn are_worth_it(self, pairs: usize) -> bool {
        pairs >= self.least_additions
    }
}

/// Public points by their numbers, which are asked for twice: that takes less time
/// than to store them.
pub(crate) trait Leaves<L: Lanes> {
    fn load_x(&self, l: L, out: &mut Tight<L>, number: usize);
    fn load(&self, l: L, out: &mut Affine<L>, number: usize);
}

/// What is to be summed: so many groups of so many points, at least two.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) groups: usize,
    pub(crate) count: usize,
}

impl Shape {
    /// How many additions a level has. Two points never go through one: their
    /// addition is the one that [`Tree::finish`] begins a sum with.
    const fn pairs(self) -> usize {
        if self.count > 2 {
            self.groups * (self.count / 2)
        } else {
            0
        }
    }

    /// Places in the chains for a level: a part begins at an even one.
    const fn chained(self) -> usize {
        self.pairs().next_multiple_of(2)
    }

    const fn total(self) -> usize {
        self.groups * self.count
    }

    /// What a level leaves.
    const fn halved(self) -> Self {
        Self {
            groups: self.groups,
            count: if self.pairs() > 0 {
                self.count.div_ceil(2)
            } else {
                self.count
            },
        }
    }
}

/// Some groups of a tree on their way through the levels.
struct Part {
    /// The place of the first point.
    start: usize,
    shape: Shape,
    exceptions: Vec<Exceptions>,
}

impl Part {
    /// The parts of these shapes, one behind the other.
    fn of_shapes(shapes: &[Shape]) -> Vec<Self> {
        let mut start = 0;
        let part = |shape: &Shape| {
            start += shape.total();
            Self {
                start: start - shape.total(),
                shape: *shape,
                exceptions: vec![0; shape.groups],
            }
        };
        shapes.iter().map(part).collect()
    }
}

/// Memory for the points of a tree, to be used for one after the other: pages
/// that are new cost more than the additions in them.
pub(crate) struct Tree<L: Lanes> {
    l: L,
    /// Blank, or what a sum of public points has left, between two sums.
    points: Vec<Affine<L>>,
    chains: Chains<L>,
    public: Levels<L>,
    secret: Levels<L>,
}

/// The lanes whose sum met an exceptional addition.
pub(crate) type Exceptions = u8;

/// What the groups have come to.
pub(crate) struct Sums<L: Lanes> {
    pub(crate) points: Vec<Xyzz<L>>,
    /// Of each group the lanes whose point means nothing. (An exception of the last
    /// additions is not among them, but leaves ZZ = 0.)
    pub(crate) exceptions: Vec<Exceptions>,
}

impl<L: Lanes> Tree<L> {
    pub(crate) fn new(l: L) -> Self {
        Self {
            l,
            points: Vec::new(),
            chains: Chains::new(l),
            public: Levels::PUBLIC,
            secret: Levels::SECRET,
        }
    }

    /// The sums of groups of public points.
    pub(crate) fn sum_vartime(&mut self, shape: Shape, leaves: &impl Leaves<L>) -> Sums<L> {
        let levels = self.public;
        let worth_it = levels.are_worth_it(shape.pairs());
        let shape = if worth_it && self.first_level(shape, leaves, levels.invert) {
            shape.halved()
        } else {
            let l = self.l;
            self.fill(shape.total(), |place, number| leaves.load(l, place, number));
            shape
        };
        self.finish(Part::of_shapes(&[shape]), levels)
    }

    /// The same for groups of secret points, part by part. `load` is asked once for
    /// each point of a part, in the order of their numbers. Wipes them.
    pub(crate) fn sum_secret(
        &mut self,
        shapes: &[Shape],
        mut load: impl FnMut(&mut Affine<L>, usize, usize),
    ) -> Sums<L> {
        let parts = Part::of_shapes(shapes);
        let total = shapes.iter().map(|shape| shape.total()).sum();
        let mut part = 0;
        self.fill(total, |place, number| {
            while number >= parts[part].start + parts[part].shape.total() {
                part += 1;
            }
            load(place, part, number - parts[part].start);
        });
        let sums = self.finish(parts, self.secret);
        self.chains.wipe();
        sums
    }

    fn fill(&mut self, total: usize, mut load: impl FnMut(&mut Affine<L>, usize)) {
        self.points.reserve(total.saturating_sub(self.points.len()));
        for number in 0..total {
            load(self.place(number), number);
        }
    }

    /// The place of a point, no further than the next new one: what is made only
    /// when it is needed is near when it is written.
    fn place(&mut self, number: usize) -> &mut Affine<L> {
        if number == self.points.len() {
            self.points.push(Affine::BLANK);
        }
        &mut self.points[number]
    }

    /// The first level, from the leaves. False, and nothing of use, where a
    /// difference is zero.
    fn first_level(
        &mut self,
        shape: Shape,
        leaves: &impl Leaves<L>,
        invert: fn(L, &Field) -> Field,
    ) -> bool {
        let l = self.l;
        let pairs = shape.pairs();
        let mut seconds = [Affine::zero(l); 2];
        let mut first = Tight::zero(l);
        self.chains.begin(pairs);
        for k in (0..pairs).rev() {
            leaves.load_x(l, &mut first, k);
            leaves.load_x(l, &mut seconds[0].x, k + pairs);
            self.chains.push(k, &first, &seconds[0].x);
        }
        if !self.chains.invert(invert) {
            return false;
        }
        let total = shape.halved().total();
        self.points.reserve(total.saturating_sub(self.points.len()));
        for k in (0..pairs).step_by(2) {
            let end = pairs.min(k + 2);
            for (number, second) in (k..end).zip(&mut seconds) {
                leaves.load(l, self.place(number), number);
                leaves.load(l, second, number + pairs);
            }
            self.chains
                .add(k, &mut self.points[k..end], seconds.each_ref());
        }
        for number in 2 * pairs..shape.total() {
            leaves.load(l, self.place(number - pairs), number);
        }
        true
    }

    /// The sums of the points that are there.
    fn finish(&mut self, mut parts: Vec<Part>, levels: Levels<L>) -> Sums<L> {
        let pairs = |parts: &[Part]| parts.iter().map(|part| part.shape.pairs()).sum();
        while levels.are_worth_it(pairs(&parts)) {
            self.add_pairs(&mut parts, levels);
        }
        let mut sum = Sum::new(self.l);
        let mut sums = Sums {
            points: Vec::with_capacity(parts.iter().map(|part| part.shape.groups).sum()),
            exceptions: Vec::new(),
        };
        for Part {
            start,
            shape,
            exceptions,
        } in parts
        {
            let points = &mut self.points[start..start + shape.total()];
            for group in 0..shape.groups {
                let mut points = points.iter().skip(group).step_by(shape.groups);
                if let (Some(first), Some(second)) = (points.next(), points.next()) {
                    sum.begin(first, second);
                    for point in points {
                        sum.add(point);
                    }
                }
                sums.points.push(sum.point);
            }
            sums.exceptions.extend(exceptions);
            if levels.secret {
                wipe(points);
            }
        }
        if levels.secret {
            sum.finish();
        }
        sums
    }

    /// One level: halves the points of each group, rounding up.
    fn add_pairs(&mut self, parts: &mut [Part], levels: Levels<L>) {
        self.multiply_differences(parts);
        if !self.chains.invert(levels.invert) {
            for part in &mut *parts {
                self.set_exceptions_apart(part);
            }
            self.multiply_differences(parts);
            self.chains.invert(levels.invert);
        }
        let mut chained = 0;
        for part in parts {
            self.add_pairs_of(part, chained, levels.secret);
            chained += part.shape.chained();
            part.shape = part.shape.halved();
        }
    }

    /// The additions of a part, whose differences have the places from `chained` on.
    fn add_pairs_of(&mut self, part: &Part, chained: usize, secret: bool) {
        let (pairs, total) = (part.shape.pairs(), part.shape.total());
        let points = &mut self.points[part.start..part.start + total];
        let (points, left_over) = points.split_at_mut(2 * pairs);
        let (sums, rest) = points.split_at_mut(pairs);
        let twos = sums.chunks_mut(2).zip(rest.chunks_mut(2));
        for (k, (a, b)) in (chained..).step_by(2).zip(twos) {
            self.chains.add(k, a, [&b[0], &b[b.len() - 1]]);
            if secret {
                wipe(b);
                self.chains.forget(k);
            }
        }
        if pairs > 0 {
            rest[..left_over.len()].copy_from_slice(left_over);
            if secret {
                wipe(left_over);
            }
        }
    }

    fn multiply_differences(&mut self, parts: &[Part]) {
        let mut end = parts.iter().map(|part| part.shape.chained()).sum();
        self.chains.begin(end);
        for part in parts.iter().rev() {
            let pairs = part.shape.pairs();
            if pairs % 2 == 1 {
                self.chains.skip(end - 1);
            }
            end -= part.shape.chained();
            let (first, rest) = self.points[part.start..].split_at(pairs);
            for (k, (a, b)) in first.iter().zip(&rest[..pairs]).enumerate().rev() {
                self.chains.push(end + k, &a.x, &b.x);
            }
        }
    }

    /// Marks the lanes in which a difference is zero, and puts another difference
    /// there, so that the others can be inverted.
    #[cold]
    fn set_exceptions_apart(&mut self, part: &mut Part) {
        let (l, pairs) = (self.l, part.shape.pairs());
        let (zero, one) = (Tight::zero(l), Tight::splat(l, &ONE));
        let (first, rest) = self.points[part.start..].split_at_mut(pairs);
        for (k, (a, b)) in first.iter_mut().zip(rest).enumerate() {
            let mut difference = one;
            mul_by_difference_assign(l, &mut difference, &b.x, &a.x);
            let lanes = difference.to_words(l).into_iter().zip(0..8);
            let equal = lanes.fold(0, |mask, (words, lane)| {
                mask | u8::from(words == [0; 6]) << lane
            });
            take_lanes(l, &mut a.x, equal, &one);
            take_lanes(l, &mut b.x, equal, &zero);
            part.exceptions[k % part.shape.groups] |= equal;
        }
    }
}

#[cfg(test)]
mod tests;
