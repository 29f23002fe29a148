//! Secret multiples by p384's judgement, on the software lanes and on the
//! processor's.

use super::*;
use crate::backend::ifma::tests::{on_every_lanes, pseudo_random, small};
use crate::backend::serial::point::Affine;
use crate::oracle;
use crate::recode::Window;

const WINDOWS: [Window; 5] = [Window::W4, Window::W5, Window::W6, Window::W7, Window::W8];

/// Edges, random ones, and for each window the scalars whose last addition meets
/// equal points, as [`crate::backend::ifma::multiply`] explains: alone, or in a tree.
fn scalars() -> Vec<Scalar> {
    let mut scalars: Vec<Scalar> = [1, 2, 3, 4, 1 << 32].map(small).to_vec();
    scalars.extend([1, 2, 3].map(|value| small(value).negate()));
    scalars.extend((1..6).map(pseudo_random));
    for window in WINDOWS {
        scalars.push(colliding(window, &odd_windows(window)));
        scalars.extend((0..5).map(|levels| colliding(window, &last_point(window, levels))));
    }
    scalars
}

/// What is added last where all lanes, or four, calculate one product.
pub(crate) fn odd_windows(window: Window) -> Vec<usize> {
    (1..window.count()).step_by(2).collect()
}

/// What is added last in a tree: the windows of a group's last point after so many
/// levels.
fn last_point(window: Window, levels: usize) -> Vec<usize> {
    let mut points: Vec<Vec<usize>> = (0..window.count()).map(|i| vec![i]).collect();
    for _ in 0..levels {
        let pairs = points.len() / 2;
        let left_over = points.split_off(2 * pairs);
        let seconds = points.split_off(pairs);
        for (first, second) in points.iter_mut().zip(seconds) {
            first.extend(second);
        }
        points.extend(left_over);
    }
    points.pop().unwrap()
}

/// With the digits d_i of n: what has the digits −d_i in some windows and d_i in the
/// others, so that the two sums differ by n.
pub(crate) fn colliding(window: Window, some: &[usize]) -> Scalar {
    // n is odd, so recoding it as it stands is what recoding zero does.
    let digits = Digits::recode(&small(0), window);
    let step = small(1 << window.bits());
    let sum_of_some = (0..digits.count()).rev().fold(small(0), |sum, i| {
        let digit = digits.digit(i);
        let value = small(2 * digit.index + 1);
        // Zero counts as even: all signs are flipped.
        let value = if digit.negative.declassify() {
            value
        } else {
            value.negate()
        };
        let term = if some.contains(&i) { value } else { small(0) };
        sum.mul(&step).add(&term)
    });
    sum_of_some.add(&sum_of_some).negate()
}

fn table(d: &Scalar, window: Window) -> Table {
    let point = Affine::from_coordinates(&oracle::multiple_of_generator(d));
    Table::build_vartime(&point, window)
}

#[test]
fn multiples_of_the_generator_are_right() {
    for k in scalars() {
        let expected = oracle::multiple_of_generator(&k);
        on_every_lanes!(l => assert_eq!(multiply_generator(l, &k), expected));
    }
}

#[test]
fn batches_of_multiples_are_right_at_any_size() {
    let scalars = scalars();
    for count in [0, 1, 3, 4, 7, 8, 9, 16, 17, 70] {
        let chosen: Vec<&Scalar> = scalars.iter().cycle().skip(count).take(count).collect();
        let expected: Vec<_> = chosen
            .iter()
            .map(|k| oracle::multiple_of_generator(k))
            .collect();
        on_every_lanes!(l => assert_eq!(multiply_generator_batch(l, &chosen), expected));
    }
}

/// Trees of every depth meet an exception with the scalars made for them.
#[test]
fn the_colliding_scalars_are_noticed_in_trees() {
    let d = pseudo_random(78);
    let table = table(&d, Window::W6);
    // Groups, and how many levels those of the generator and of the table then have.
    for (groups, w7, w6) in [
        (1, 0, 1),
        (2, 2, 2),
        (3, 2, 2),
        (4, 3, 3),
        (7, 3, 4),
        (8, 3, 4),
    ] {
        let scalar = |window, levels| colliding(window, &last_point(window, levels));
        let (of_generator, of_table) = (scalar(Window::W7, w7), scalar(Window::W6, w6));
        on_every_lanes!(l => {
            let scalars = vec![&of_generator; 8 * groups];
            assert!(normalize(l, &mut multiply_all(l, &scalars, &[])).is_none());
            let right = vec![oracle::multiple_of_generator(&of_generator); 8 * groups];
            assert_eq!(multiply_generator_batch(l, &scalars), right);
            let products = vec![(table.as_ref(), &of_table); 8 * groups];
            assert!(normalize(l, &mut multiply_all(l, &[], &products)).is_none());
        });
    }
}

fn expected(d: &Scalar, k: &Scalar) -> (Coordinates, Limbs) {
    let shared = oracle::multiple_of_generator(&k.mul(d));
    (oracle::multiple_of_generator(k), shared.x)
}

#[test]
fn senders_get_both_points_with_every_window() {
    let d = pseudo_random(77);
    for window in WINDOWS {
        let table = table(&d, window);
        for k in [
            small(1),
            small(2),
            small(1).negate(),
            pseudo_random(3),
            colliding(window, &odd_windows(window)),
        ] {
            let expected = expected(&d, &k);
            on_every_lanes!(l => assert_eq!(send(l, &table, &k), expected));
        }
    }
}

#[test]
fn batches_of_senders_are_right_at_any_size_and_over_many_keys() {
    let keys: Vec<(Scalar, Table)> = (100..107)
        .zip(WINDOWS[..3].iter().cycle())
        .map(|(seed, &window)| {
            let d = pseudo_random(seed);
            (d, table(&d, window))
        })
        .collect();
    let scalars = scalars();
    for (count, kinds) in [(1, 1), (7, 7), (8, 1), (9, 2), (17, 7), (64, 3), (40, 1)] {
        let pick = |i: usize| (&keys[i % kinds], &scalars[(i * 5) % scalars.len()]);
        let chosen: Vec<_> = (0..count).map(pick).collect();
        let items: Vec<_> = chosen.iter().map(|((_, table), k)| (table, *k)).collect();
        let expected: Vec<_> = chosen.iter().map(|((d, _), k)| expected(d, k)).collect();
        on_every_lanes!(l => assert_eq!(send_batch(l, &items), expected));
    }
}

#[test]
fn recipients_agree_at_any_size() {
    let scalars = scalars();
    for count in [1, 3, 4, 8, 9, 17] {
        let pick = |i: usize| {
            (
                scalars[(i * 7) % scalars.len()],
                pseudo_random(60 + i as u64),
            )
        };
        let chosen: Vec<(Scalar, Scalar)> = (0..count).map(pick).collect();
        let points: Vec<_> = chosen
            .iter()
            .map(|(_, d)| oracle::multiple_of_generator(d))
            .collect();
        let items: Vec<_> = chosen
            .iter()
            .zip(&points)
            .map(|((k, _), point)| (k, point))
            .collect();
        let swapped: Vec<_> = items.iter().map(|(k, point)| (*point, *k)).collect();
        let expected: Vec<_> = chosen.iter().map(|(k, d)| expected(d, k)).collect();
        let shared: Vec<_> = expected.iter().map(|(_, shared)| *shared).collect();
        on_every_lanes!(l => {
            assert_eq!(agree_batch(l, &items), shared);
            assert_eq!(send_unprepared_batch(l, &swapped), expected);
        });
    }
}
