//! What the theorem at the top says of exceptions.

use super::*;
use crate::backend::ifma::affine::normalize;
use crate::backend::ifma::ecdh::tests::{colliding, odd_windows};
use crate::backend::ifma::tests::{on_every_lanes, pseudo_random};
use crate::backend::serial::multiply::generator_for_secrets;
use crate::scalar::Scalar;

fn exceptional<L: Lanes>(l: L, k: &Scalar) -> bool {
    let table = generator_for_secrets();
    let digits = &Digits::recode(k, table.window());
    let sum = multiply_one(l, Product { table, digits });
    normalize(l, &mut [sum]).is_none()
}

#[test]
fn the_colliding_scalar_is_noticed_and_others_are_not() {
    let window = generator_for_secrets().window();
    let colliding = colliding(window, &odd_windows(window));
    on_every_lanes!(l => {
        assert!(exceptional(l, &colliding));
        assert!(exceptional(l, &colliding.negate()));
        assert!(!exceptional(l, &colliding.add(&Scalar::ONE)));
        for seed in 0..10 {
            assert!(!exceptional(l, &pseudo_random(seed)));
        }
    });
}
