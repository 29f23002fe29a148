use proptest::prelude::*;

use super::{Digits, Window};
use crate::limbs::Limbs;
use crate::scalar::Scalar;

const WINDOWS: [Window; 5] = [Window::W4, Window::W5, Window::W6, Window::W7, Window::W8];

/// Σ d_i·2^(w·i) mod n, from the top down.
fn sum(digits: &Digits, window: Window) -> Scalar {
    let base = Scalar([1 << window.bits(), 0, 0, 0, 0, 0]);
    let mut sum = Scalar::default();
    for i in (0..digits.count()).rev() {
        let digit = digits.digit(i);
        assert!(digit.index < window.entries() as u64);
        let magnitude = Scalar([2 * digit.index + 1, 0, 0, 0, 0, 0]);
        let negative = digit.negative.declassify();
        let term = if negative {
            magnitude.negate()
        } else {
            magnitude
        };
        sum = sum.mul(&base).add(&term);
    }
    sum
}

fn check(scalar: &Scalar) {
    for window in WINDOWS {
        assert_eq!(sum(&Digits::recode(scalar, window), window), *scalar);
    }
}

#[test]
fn digits_of_the_edges_sum_to_them() {
    for low in 0..600 {
        let scalar = Scalar([low, 0, 0, 0, 0, 0]);
        check(&scalar);
        check(&scalar.negate());
    }
    for bit in 0..384 {
        let mut limbs = [0; 6];
        limbs[bit / 64] = 1 << (bit % 64);
        check(&Scalar::reduce(&limbs));
    }
}

proptest! {
    #[test]
    fn digits_sum_to_the_scalar(limbs in any::<Limbs>()) {
        check(&Scalar::reduce(&limbs));
    }
}
