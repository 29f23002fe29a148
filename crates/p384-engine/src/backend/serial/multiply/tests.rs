use alloc::vec::Vec;

use p384::ProjectivePoint;
use proptest::prelude::*;

use super::{
    CHAIN_WINDOW, add_multiple_vartime, generator_for_public, generator_for_secrets, multiply,
    multiply_point, multiply_point_vartime, sum_complete_vartime,
};
use crate::backend::serial::field::Field;
use crate::backend::serial::point::{Affine, Point};
use crate::backend::serial::tables::Table;
use crate::field::{Coordinates, GENERATOR};
use crate::limbs::{self, Limbs};
use crate::oracle;
use crate::recode::{Digits, Window};
use crate::scalar::{N, Scalar};

const WINDOWS: [Window; 5] = [Window::W4, Window::W5, Window::W6, Window::W7, Window::W8];

fn small(value: u64) -> Scalar {
    Scalar([value, 0, 0, 0, 0, 0])
}

fn power_of_two(exponent: usize) -> Scalar {
    let mut limbs = [0; 6];
    limbs[exponent / 64] = 1 << (exponent % 64);
    Scalar::reduce(&limbs)
}

/// Some point, and what it is a multiple of G by.
fn other_point() -> (Affine, Scalar) {
    let m = Scalar::reduce(&[9, 8, 7, 6, 5, 4]);
    (
        Affine::from_coordinates(&oracle::multiple_of_generator(&m)),
        m,
    )
}

fn affine(point: &Point) -> Option<Coordinates> {
    let known = !point.is_identity().declassify();
    known.then(|| point.to_affine(&point.zzz.invert()).to_coordinates())
}

/// Scalars at which a window begins, and those whose last addition is a doubling:
/// with a table 2·d·2^(w·(t−1)) modulo n, without one −2·d, for a digit d.
fn edges(window: Window) -> Vec<Scalar> {
    let mut edges: Vec<Scalar> = (1..70).map(small).collect();
    let bits = window.bits();
    edges.extend((0..window.count()).map(|i| power_of_two((bits * i).min(383))));
    let last = power_of_two(bits * (window.count() - 1));
    let digits = (1..1 << bits).step_by(2).map(small);
    edges.extend(digits.map(|digit| digit.mul(&last).add(&digit.mul(&last))));
    let negated: Vec<Scalar> = edges.iter().map(Scalar::negate).collect();
    edges.extend(negated);
    edges
}

#[test]
fn multiples_by_table_are_right_at_every_edge() {
    let (point, m) = other_point();
    for window in WINDOWS {
        let table = Table::build_vartime(&point, window);
        for k in edges(window) {
            let due = Some(oracle::multiple_of_generator(&k.mul(&m)));
            assert_eq!(affine(&multiply(table.as_ref(), &k)), due, "{k:?}");
        }
    }
}

/// The scalar exists for which the last addition is a doubling, and the plain
/// addition would have failed there.
#[test]
fn one_scalar_of_each_window_doubles_at_the_last_addition() {
    let (point, m) = other_point();
    for window in WINDOWS {
        let table = Table::build_vartime(&point, window);
        let exceptional = |k: &&Scalar| {
            let sum = add_multiple_vartime(None, table.as_ref(), k);
            sum.is_identity().declassify()
        };
        let all = edges(window);
        let met: Vec<&Scalar> = all.iter().filter(exceptional).collect();
        assert!(!met.is_empty(), "{window:?}");
        for k in met {
            let due = Some(oracle::multiple_of_generator(&k.mul(&m)));
            assert_eq!(affine(&multiply(table.as_ref(), k)), due);
            let zero = Scalar::default();
            assert_eq!(affine(&sum_complete_vartime(&zero, k, &point)), due);
        }
    }
}

#[test]
fn multiples_without_a_table_are_right_at_every_edge() {
    let (point, m) = other_point();
    let mut doubled = 0;
    for k in edges(CHAIN_WINDOW) {
        let due = Some(oracle::multiple_of_generator(&k.mul(&m)));
        assert_eq!(affine(&multiply_point(&point, &k)), due, "{k:?}");
        match affine(&multiply_point_vartime(&point, &k)) {
            None => doubled += 1,
            public => assert_eq!(public, due, "{k:?}"),
        }
    }
    assert!(doubled > 0, "an edge meets the exception");
}

#[test]
fn zero_times_a_point_is_seen_as_an_exception() {
    let zero = Scalar::default();
    let sum = add_multiple_vartime(None, generator_for_public(), &zero);
    assert!(sum.is_identity().declassify());
    let (point, _) = other_point();
    assert_eq!(affine(&sum_complete_vartime(&zero, &zero, &point)), None);
}

/// What tests/suite/exceptional.rs relies on: its first two sorts of collisions
/// are exceptional here, wherever on the way, and the flag stays until the end.
#[test]
fn a_collision_at_any_window_is_seen_at_the_end() {
    let u = Scalar::reduce(&[11, 12, 13, 14, 15, 16]);
    let table = generator_for_public();
    let bits = table.window().bits();
    // S_i, from the digits.
    let digits = Digits::recode(&u, table.window());
    let mut before = Scalar::default();
    for i in 0..digits.count() {
        let digit = digits.digit(i);
        let magnitude = small(2 * digit.index + 1).mul(&power_of_two(bits * i));
        let negative = digit.negative.declassify();
        let digit = if negative {
            magnitude.negate()
        } else {
            magnitude
        };
        for product in [digit.add(&before.negate()), digit.add(&before).negate()] {
            let start = multiply(generator_for_secrets(), &product);
            let sum = add_multiple_vartime(Some(start), table, &u);
            assert!(sum.is_identity().declassify(), "window {i}");
        }
        before = before.add(&digit);
    }
}

#[test]
fn complete_sums_meet_every_case() {
    let (point, m) = other_point();
    let one = Scalar::ONE;
    let cases = [
        (one, one),
        (m, one),
        (m.negate(), one),
        (m, one.negate()),
        (m.add(&m), one.negate()),
        (Scalar::default(), m),
        (m, Scalar::default()),
    ];
    for (u1, u2) in cases {
        let sum = ProjectivePoint::GENERATOR * oracle::scalar(&u1.add(&u2.mul(&m)));
        let due = oracle::coordinates(&sum);
        assert_eq!(affine(&sum_complete_vartime(&u1, &u2, &point)), due);
    }
    let generator = Affine::from_coordinates(&GENERATOR);
    let sum = sum_complete_vartime(&one, &one, &generator);
    assert_eq!(affine(&sum), Some(oracle::multiple_of_generator(&small(2))));
}

#[test]
fn entries_are_the_odd_multiples_of_every_window() {
    let (point, m) = other_point();
    for window in WINDOWS {
        let table = Table::build_vartime(&point, window);
        assert_eq!(table.point(), point);
        let mut base = m;
        for (i, entries) in table.entries().chunks_exact(window.entries()).enumerate() {
            // Every entry of the first and the last window, one of each other.
            let edge = i == 0 || i == window.count() - 1;
            for (j, entry) in entries.iter().enumerate() {
                if edge || j == i % entries.len() {
                    let due = oracle::multiple_of_generator(&base.mul(&small(2 * j as u64 + 1)));
                    assert_eq!(Affine::unpack(entry).to_coordinates(), due);
                }
            }
            base = base.mul(&small(1 << window.bits()));
        }
    }
}

#[test]
fn points_off_the_curve_are_told() {
    let (mut point, _) = other_point();
    assert!(point.is_on_curve_vartime());
    assert_eq!(
        oracle::coordinates(&oracle::point(&point.to_coordinates())),
        Some(point.to_coordinates())
    );
    point.y = point.y.add(&Field::ONE);
    assert!(!point.is_on_curve_vartime());
}

proptest! {
    #[test]
    fn multiples_agree_with_the_oracle(k in any::<Limbs>(), public in any::<Limbs>()) {
        let k = Scalar::reduce(&k);
        let public = Scalar::reduce(&limbs::reduce_once(&public, false, &N));
        let (point, m) = other_point();
        let due = oracle::multiple_of_generator(&k);
        prop_assert_eq!(affine(&multiply(generator_for_secrets(), &k)), Some(due));
        let chained = oracle::multiple_of_generator(&k.mul(&m));
        prop_assert_eq!(affine(&multiply_point(&point, &k)), Some(chained));
        let start = multiply_point_vartime(&point, &k);
        let sum = add_multiple_vartime(Some(start), generator_for_public(), &public);
        let due = oracle::multiple_of_generator(&k.mul(&m).add(&public));
        prop_assert_eq!(affine(&sum), Some(due));
        prop_assert_eq!(affine(&sum_complete_vartime(&public, &k, &point)), Some(due));
    }
}
