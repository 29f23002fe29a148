//! Multiples of points by p384's judgement.

use super::*;
use crate::backend::ifma::affine::normalize;
use crate::backend::ifma::tests::{on_every_lanes, pseudo_random, small};
use crate::oracle;

fn lanes<L: Lanes>(l: L) {
    let keys: [Scalar; 8] = core::array::from_fn(|i| pseudo_random(50 + i as u64));
    let scalars = [
        small(1),
        small(2),
        small(1).negate(),
        small(32),
        pseudo_random(1),
        pseudo_random(2),
        small(2).negate(),
        pseudo_random(3),
    ];
    let points = keys.map(|d| oracle::multiple_of_generator(&d));
    let product = multiply_points(l, &scalars.each_ref(), &points);
    let [products] = normalize(l, &mut [product]).unwrap()[..] else {
        panic!("one vector");
    };
    for ((d, k), product) in keys.iter().zip(&scalars).zip(products) {
        assert_eq!(product, oracle::multiple_of_generator(&d.mul(k)));
    }
}

#[test]
fn every_lane_gets_its_multiple() {
    on_every_lanes!(l => lanes(l));
}

fn single<L: Lanes>(l: L, d: &Scalar, k: &Scalar) {
    let point = oracle::multiple_of_generator(d);
    let product = multiply_point(l, k, &point);
    let [[product, ..]] = normalize(l, &mut [product]).unwrap()[..] else {
        panic!("one vector");
    };
    assert_eq!(product, oracle::multiple_of_generator(&d.mul(k)));
}

#[test]
fn one_point_gets_its_multiple() {
    let mut scalars = [1, 2, 3, 31, 32, 33].map(small).to_vec();
    scalars.extend([1, 2].map(|value| small(value).negate()));
    scalars.extend((10..14).map(pseudo_random));
    for (seed, k) in (0..).zip(scalars) {
        on_every_lanes!(l => single(l, &pseudo_random(90 + seed), &k));
    }
}

#[test]
fn public_multiples_are_those_of_secret_ones() {
    let d = pseudo_random(41);
    let point = oracle::multiple_of_generator(&d);
    let mut scalars = [1, 2, 3, 31, 32, 33, 63, 64, 95, 1 << 62]
        .map(small)
        .to_vec();
    scalars.extend([1, 2, 17, 64].map(|value| small(value).negate()));
    scalars.extend((20..30).map(pseudo_random));
    for k in scalars {
        on_every_lanes!(l => {
            let product = multiply_point_vartime(l, &k, &point);
            let [[product, ..]] = normalize(l, &mut [product]).unwrap()[..] else {
                panic!("one vector");
            };
            assert_eq!(product, oracle::multiple_of_generator(&d.mul(&k)));
        });
    }
    on_every_lanes!(l => {
        let nothing = multiply_point_vartime(l, &small(0), &point);
        assert!(normalize(l, &mut [nothing]).is_none());
    });
}
