//! Sums of the generator's multiples, by p384's judgement.

use super::*;
use crate::backend::ifma::point::{load, load_x};
use crate::backend::ifma::tests::on_every_lanes;
use crate::backend::serial::point::{Packed, Point};
use crate::field::Coordinates;
use crate::generator;
use crate::oracle;
use crate::scalar::Scalar;

/// Which multiple of 2^(8·i)·G lane j of group g adds as its point i.
fn digit(g: usize, lane: usize, i: usize) -> usize {
    (g * 29 + lane * 37 + i * 11) % 128
}

/// The affine point of a lane.
fn point<L: Lanes>(l: L, sum: &Xyzz<L>, lane: usize) -> Coordinates {
    let field = |tight: Tight<L>| Field::from_limbs(tight.to_words(l)[lane]);
    let point = Point {
        x: field(sum.x),
        y: field(sum.y),
        zz: field(sum.zz),
        zzz: field(sum.zzz),
    };
    assert!(!point.is_identity().declassify());
    point.to_affine(&point.zzz.invert()).to_coordinates()
}

/// The entries and the mask of negative lanes for each group's points.
struct Chosen<F>(usize, F);

impl<'a, L: Lanes, F: Fn(usize, usize) -> ([&'a Packed; 8], u8)> Leaves<L> for Chosen<F> {
    fn load_x(&self, l: L, out: &mut Tight<L>, number: usize) {
        load_x(l, out, self.1(number % self.0, number / self.0).0);
    }

    fn load(&self, l: L, out: &mut Affine<L>, number: usize) {
        let (entries, negative) = self.1(number % self.0, number / self.0);
        load(l, out, entries, negative);
    }
}

/// Sums an odd multiple of each window; every third is subtracted. No addition is
/// exceptional: see [`crate::backend::serial::multiply`].
fn sums<L: Lanes>(l: L, shapes: [Shape; 2], least_additions: usize) {
    let entries = generator::for_public();
    let chosen = |g: usize, i: usize| {
        let entry = |lane| &entries[128 * i + digit(g, lane, i)];
        let negative = if i % 3 == 2 { u8::MAX } else { 0 };
        (core::array::from_fn(entry), negative)
    };
    let leaves = shapes.map(|shape| Chosen(shape.groups, chosen));
    let mut tree = with_levels(l, least_additions);
    let load = |place: &mut _, part: usize, number| leaves[part].load(l, place, number);
    let stored = tree.sum_secret(&shapes, load);
    assert!(is_blank(l, &tree));
    let loaded_twice = [0, 1].map(|part| tree.sum_vartime(shapes[part], &leaves[part]));
    let loaded_twice = loaded_twice.map(|sums| {
        assert!(sums.exceptions.iter().all(|lanes| *lanes == 0));
        sums.points
    });
    assert!(stored.exceptions.iter().all(|lanes| *lanes == 0));
    let numbers = || {
        let groups = |shape: Shape| (0..shape.groups).map(move |g| (g, shape.count));
        shapes.into_iter().flat_map(groups)
    };
    for points in [stored.points, loaded_twice.concat()] {
        assert_eq!(points.len(), numbers().count());
        for ((g, count), sum) in numbers().zip(&points) {
            for lane in 0..8 {
                assert_eq!(point(l, sum, lane), expected(g, lane, count));
            }
        }
    }
}

/// A tree with levels of so many additions or more.
fn with_levels<L: Lanes>(l: L, least_additions: usize) -> Tree<L> {
    let mut tree = Tree::new(l);
    tree.public.least_additions = least_additions;
    tree.secret.least_additions = least_additions;
    tree
}

fn expected(g: usize, lane: usize, count: usize) -> Coordinates {
    let step = Scalar([256, 0, 0, 0, 0, 0]);
    let sum = (0..count).rev().fold(Scalar([0; 6]), |sum, i| {
        let odd = 2 * u64::try_from(digit(g, lane, i)).unwrap() + 1;
        let odd = Scalar([odd, 0, 0, 0, 0, 0]);
        let odd = if i % 3 == 2 { odd.negate() } else { odd };
        sum.mul(&step).add(&odd)
    });
    oracle::multiple_of_generator(&sum)
}

#[test]
fn trees_of_any_shape_give_the_sums() {
    let shapes = [
        (1, 2),
        (3, 2),
        (1, 3),
        (0, 0),
        (1, 7),
        (3, 3),
        (2, 7),
        (1, 8),
        (2, 13),
        (3, 16),
        (1, 33),
    ];
    let shapes = shapes.map(|(groups, count)| Shape { groups, count });
    for (i, shape) in shapes.iter().enumerate() {
        for (step, least_additions) in [1, 4, 10, usize::MAX].into_iter().enumerate() {
            let other = shapes[(i + 3 * step + 1) % shapes.len()];
            on_every_lanes!(l => sums(l, [*shape, other], least_additions));
        }
    }
}

/// Whether nothing of the points or of what has been made of them is left.
fn is_blank<L: Lanes>(l: L, tree: &Tree<L>) -> bool {
    let mut numbers: Vec<&Tight<L>> = tree.chains.products.iter().collect();
    numbers.extend(&tree.chains.rests);
    numbers.extend(&tree.chains.inverses);
    numbers.extend(&tree.chains.slopes);
    numbers.extend(tree.points.iter().map(|point| &point.x));
    let ordinates = tree.points.iter().map(|point| &point.y.0);
    let mut limbs = numbers.iter().map(|number| &number.0).chain(ordinates);
    limbs.all(|limbs| limbs.iter().all(|limb| l.store(*limb) == [0; 8]))
}

/// Points of one lane are equal and of another opposite: these lanes alone are
/// reported.
fn exceptions<L: Lanes>(l: L) {
    let entries = generator::for_public();
    let leaves = Chosen(2, |g: usize, i: usize| {
        let entry = |lane| match (g, lane) {
            (1, 2 | 5) => &entries[128 * (i % 3)],
            _ => &entries[128 * i + lane],
        };
        let negative = if i < 3 { 0b0010_0000 } else { 0 };
        (core::array::from_fn(entry), negative)
    });
    let shape = Shape {
        groups: 2,
        count: 6,
    };
    let sums = with_levels(l, 1).sum_vartime(shape, &leaves);
    assert_eq!(sums.exceptions, [0, 0b0010_0100]);
    let step = Scalar([256, 0, 0, 0, 0, 0]);
    let seven = Scalar([7, 0, 0, 0, 0, 0]);
    let expected = (0..6).fold(Scalar([0; 6]), |sum, _| sum.mul(&step).add(&seven));
    let expected = oracle::multiple_of_generator(&expected);
    assert_eq!(
        point(l, &sums.points[1], 3),
        expected,
        "its neighbours are right"
    );
}

#[test]
fn exceptional_lanes_are_reported_and_harm_no_other() {
    on_every_lanes!(l => exceptions(l));
}
