//! Doublings and additions by p384's judgement, after each of them.

use super::*;
use crate::backend::ifma::tests::{on_every_lanes, pseudo_random};
use crate::backend::ifma::vector::Lanes;
use crate::backend::serial::field::Field;
use crate::backend::serial::point::{Affine, Point};
use crate::field::Coordinates;
use crate::oracle::{self, Element};
use crate::scalar::Scalar;

/// The number that limbs of any size stand for.
fn value(limbs: &[u64; 8]) -> Field {
    let step = Element::new(&[1 << 48, 0, 0, 0, 0, 0]);
    let value = limbs.iter().rev().fold(Element::new(&[0; 6]), |sum, limb| {
        sum.mul(&step).add(&Element::new(&[*limb, 0, 0, 0, 0, 0]))
    });
    Field::from_limbs(value.limbs())
}

fn affine<V: Vectors>(v: V, chain: &Chain<V>) -> Coordinates {
    let coordinates = chain.coordinates(v);
    let [x_limbs, twice_y, z_limbs @ ..] = &coordinates;
    let tight = |limb: &u64| *limb < (1 << 48) + (1 << 15);
    assert!(x_limbs.iter().all(tight));
    assert!(twice_y.iter().all(|limb| *limb < 1 << 49));
    assert!(z_limbs.as_flattened().iter().all(tight));
    let [x, twice_y, zz, zzz] = coordinates.each_ref().map(value);
    let half = Field::from_canonical(&Element::new(&[2, 0, 0, 0, 0, 0]).invert().limbs());
    let y = twice_y.mul(&half);
    let point = Point { x, y, zz, zzz };
    point.to_affine(&point.zzz.invert()).to_coordinates()
}

fn walk<L: Lanes>(l: L, seed: u64) {
    let v = l.four();
    let (mut k, d) = (pseudo_random(seed), pseudo_random(seed + 1));
    let words = |k: &Scalar| {
        let point = Affine::from_coordinates(&oracle::multiple_of_generator(k));
        (point.x.to_limbs(), point.y.to_limbs())
    };
    let ((x, y), (other_x, other_y)) = (words(&k), words(&d));
    let mut chain = Chain::new(v, &x, &y);
    let addend = Addend::new(v, &other_x, &other_y);
    for times in [1, 2, 0, 3] {
        chain.double(v, times);
        k = (0..times).fold(k, |k, _| k.add(&k));
        assert_eq!(affine(v, &chain), oracle::multiple_of_generator(&k));
        chain.add(v, &addend);
        k = k.add(&d);
        assert_eq!(affine(v, &chain), oracle::multiple_of_generator(&k));
    }
}

#[test]
fn every_step_of_a_chain_is_right() {
    for seed in 0..4 {
        on_every_lanes!(l => walk(l, seed));
    }
}
