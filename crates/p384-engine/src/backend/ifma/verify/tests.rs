//! Equations that hold and equations that do not, by p384's judgement, on the
//! software lanes and on the processor's.

use alloc::vec::Vec;

use p384::ProjectivePoint;

use super::*;
use crate::backend::ifma::tests::{on_every_lanes, pseudo_random, small};
use crate::backend::serial::point::Affine;
use crate::field::Coordinates;
use crate::limbs;
use crate::oracle;
use crate::recode::Window;
use crate::scalar::{N, Scalar};

/// A key d·G in a table, and scalars; with the r that makes the equation hold.
struct Case {
    q: Coordinates,
    table: Table,
    equation: Equation,
}

impl Case {
    fn new(d: &Scalar, u1: Scalar, u2: Scalar, window: Window) -> Option<Self> {
        let q = oracle::multiple_of_generator(d);
        let sum = ProjectivePoint::GENERATOR * oracle::scalar(&u1)
            + oracle::point(&q) * oracle::scalar(&u2);
        let Coordinates { x, .. } = oracle::coordinates(&sum)?;
        let table = Table::build_vartime(&Affine::from_coordinates(&q), window);
        let r = Scalar::reduce(&x);
        let equation = Equation { u1, u2, r };
        Some(Self { q, table, equation })
    }

    fn wrong(&self) -> Equation {
        Equation {
            r: self.equation.r.add(&Scalar::ONE),
            ..self.equation
        }
    }
}

fn judge<L: Lanes>(l: L, case: &Case) {
    assert!(holds_vartime(l, &case.table, &case.equation));
    assert!(!holds_vartime(l, &case.table, &case.wrong()));
    assert!(holds_unprepared_vartime(l, &case.q, &case.equation));
    assert!(!holds_unprepared_vartime(l, &case.q, &case.wrong()));
}

const WINDOWS: [Window; 5] = [Window::W4, Window::W5, Window::W6, Window::W7, Window::W8];

#[test]
fn equations_are_judged_with_every_window() {
    for (seed, window) in (1..).zip(WINDOWS) {
        let [d, u1, u2] = [3, 5, 7].map(|factor| pseudo_random(factor * seed));
        let case = Case::new(&d, u1, u2, window).unwrap();
        on_every_lanes!(l => judge(l, &case));
    }
}

#[test]
fn equations_with_edge_scalars_are_judged() {
    let minus_one = small(1).negate();
    let edges = [
        small(0),
        small(1),
        small(2),
        minus_one,
        small(2).negate(),
        pseudo_random(9),
    ];
    let d = pseudo_random(11);
    for u1 in edges {
        for u2 in edges {
            if let Some(case) = Case::new(&d, u1, u2, Window::W4) {
                on_every_lanes!(l => judge(l, &case));
            }
        }
    }
}

/// Keys that are small multiples of G, or their negatives, make additions meet
/// equal and opposite points.
#[test]
fn equations_of_keys_that_force_exceptions_are_judged() {
    let scalars = [small(1), small(3), pseudo_random(2), small(1).negate()];
    for d in [
        small(1),
        small(1).negate(),
        small(2),
        small(16),
        small(4).negate(),
    ] {
        for u in scalars {
            for (u1, u2) in [(u, u), (u, u.negate()), (u.mul(&d), u), (u, u.mul(&d))] {
                if let Some(case) = Case::new(&d, u1, u2, Window::W4) {
                    on_every_lanes!(l => judge(l, &case));
                }
            }
        }
    }
}

#[test]
fn a_sum_that_is_the_identity_never_holds() {
    let (d, u2) = (pseudo_random(3), pseudo_random(4));
    let u1 = u2.mul(&d).negate();
    assert!(Case::new(&d, u1, u2, Window::W4).is_none());
    let mut case = Case::new(&d, pseudo_random(1), u2, Window::W4).unwrap();
    case.equation.u1 = u1;
    on_every_lanes!(l => assert!(!holds_vartime(l, &case.table, &case.equation)));
}

/// No signature is known whose x is n or more; but the equation can be tested
/// with a u2·Q of any x, because Q can be.
#[test]
fn an_x_of_n_or_more_is_found_by_r_plus_n() {
    let found: Vec<Coordinates> = (0..64)
        .filter_map(point_with_small_excess)
        .take(2)
        .collect();
    assert_eq!(found.len(), 2);
    for q in found {
        let table = Table::build_vartime(&Affine::from_coordinates(&q), Window::W4);
        let (excess, _) = limbs::sub(&q.x, &N);
        let equation = Equation {
            u1: small(0),
            u2: small(1),
            r: Scalar(excess),
        };
        on_every_lanes!(l => assert!(holds_vartime(l, &table, &equation)));
    }
}

/// A point with x = n + excess, where the curve has one.
fn point_with_small_excess(excess: u64) -> Option<Coordinates> {
    let (x, _) = limbs::add(&N, &[excess, 0, 0, 0, 0, 0]);
    oracle::lift(&x)
}

/// A batch of any size, over keys with different windows, some signatures wrong
/// and some of keys that force exceptions: each judged alone.
fn judge_batch<L: Lanes>(l: L, cases: &[Case], count: usize) {
    let picked = || cases.iter().cycle().take(count);
    let wrong = |i: usize| i % 5 == 3;
    let items: Vec<(&Table, Equation)> = picked()
        .enumerate()
        .map(|(i, case)| {
            let equation = if wrong(i) {
                case.wrong()
            } else {
                case.equation
            };
            (&case.table, equation)
        })
        .collect();
    let results = hold_vartime(l, &items);
    assert_eq!(results.len(), count);
    for (i, holds) in results.into_iter().enumerate() {
        assert_eq!(holds, !wrong(i), "item {i} of {count}");
    }
}

#[test]
fn batches_of_any_size_are_judged_one_by_one() {
    let case = |seed: u64| {
        let [d, u1, u2] = [3, 5, 7].map(|factor| pseudo_random(factor * seed));
        Case::new(
            &d,
            u1,
            u2,
            if seed.is_multiple_of(4) {
                Window::W5
            } else {
                Window::W4
            },
        )
    };
    let mut cases: Vec<Case> = (1..=9).filter_map(case).collect();
    on_every_lanes!(l => for count in [0, 1, 7, 8, 9, 16, 17, 64, 70] {
        judge_batch(l, &cases, count);
    });
    // d = 1 and u1 = ±u2, with equal and opposite terms of G and of Q.
    let (one, u) = (small(1), pseudo_random(5));
    cases.insert(2, Case::new(&one, u, u, Window::W8).unwrap());
    cases.insert(
        7,
        Case::new(&one.negate(), u, u.add(&small(1)), Window::W4).unwrap(),
    );
    cases.insert(8, Case::new(&one, u, u.mul(&u), Window::W4).unwrap());
    on_every_lanes!(l => for count in [9, 12, 40] {
        judge_batch(l, &cases, count);
    });
}
