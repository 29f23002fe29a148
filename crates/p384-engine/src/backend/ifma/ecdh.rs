//! Secret multiples of points in lanes, as coordinates: constant time.

#![expect(
    clippy::indexing_slicing,
    reason = "by places below the items' count, and in lists that mirror each other"
)]

use alloc::vec;
use alloc::vec::Vec;

use super::affine::normalize;
use super::multiply::batch::multiply_all;
use super::multiply::{Product, multiply_one, multiply_two};
use super::point::Xyzz;
use super::safegcd::{invert, invert_both};
use super::unprepared::{multiply_point, multiply_points};
use super::vector::{Lanes, filled};
use crate::backend::serial::ecdh as complete;
use crate::backend::serial::field::Field;
use crate::backend::serial::multiply::generator_for_secrets;
use crate::backend::serial::point::Point;
use crate::backend::serial::tables::Table;
use crate::field::Coordinates;
use crate::limbs::Limbs;
use crate::recode::Digits;
use crate::scalar::Scalar;
use crate::wipe::{Blank, wipe};

/// How many products go through a tree together.
const TOGETHER: usize = 32;

/// From so many scalars on, a lane for each is better than all lanes for each.
const WORTH_LANES: usize = 4;

/// k·G.
pub(crate) fn multiply_generator<L: Lanes>(l: L, k: &Scalar) -> Coordinates {
    let point = multiple_of_generator(l, k);
    point.map_or_else(
        || complete::multiply_generator(k),
        |point| complete::finish(point, |zzz| invert(l, zzz)),
    )
}

/// x(k·G), and 1/k modulo n: what a signature needs of its nonce.
pub(crate) fn x_and_inverse<L: Lanes>(l: L, k: &Scalar) -> (Limbs, Scalar) {
    let table = generator_for_secrets();
    let digits = &Digits::recode(k, table.window());
    let mut sum = multiply_one(l, Product { table, digits });
    let mut words = [sum.x, sum.zz].map(|coordinate| coordinate.to_words(l));
    wipe(core::slice::from_mut(&mut sum));
    // All lanes are alike.
    let [[x, ..], [zz, ..]] = &words;
    let (x, zz) = (Field::from_limbs(*x), Field::from_limbs(*zz));
    wipe(&mut words);
    if zz.is_zero().declassify() {
        return complete::x_and_inverse(k);
    }
    complete::finish_x(&x, invert_both(l, &zz, k))
}

/// k·G; none where an addition was exceptional.
fn multiple_of_generator<L: Lanes>(l: L, k: &Scalar) -> Option<Point> {
    let table = generator_for_secrets();
    let digits = &Digits::recode(k, table.window());
    let [point] = points_of(l, multiply_one(l, Product { table, digits }), [0])?;
    Some(point)
}

/// k·G for each k, a lane for each.
pub(crate) fn multiply_generator_batch<L: Lanes>(l: L, scalars: &[&Scalar]) -> Vec<Coordinates> {
    in_lanes(
        scalars,
        2 * TOGETHER,
        |k| multiply_generator(l, k),
        |scalars| multiply_generator_together(l, scalars),
    )
}

fn multiply_generator_together<L: Lanes>(l: L, scalars: &[&Scalar]) -> Vec<Coordinates> {
    let points = normalize(l, &mut multiply_all(l, scalars, &[]));
    points.map_or_else(
        || complete::multiply_generator_batch(scalars),
        |points| lanes(&points, scalars.len()).copied().collect(),
    )
}

/// The sender's side: k·G, and x(k·Q) for a prepared Q.
pub(crate) fn send<L: Lanes>(l: L, table: &Table, k: &Scalar) -> (Coordinates, Limbs) {
    let tables = [generator_for_secrets(), table.as_ref()];
    let digits = tables.map(|table| Digits::recode(k, table.window()));
    let [generator, point] = [0, 1].map(|i: usize| Product {
        table: tables[i],
        digits: &digits[i],
    });
    let points = points_of(l, multiply_two(l, [generator, point]), [0, 4]);
    points.map_or_else(
        || complete::send(table, k),
        |[ephemeral, shared]| complete::finish_pair(ephemeral, shared, |zzz| invert(l, zzz)),
    )
}

/// The sender's side for each pair, a lane for each.
pub(crate) fn send_batch<L: Lanes>(l: L, items: &[(&Table, &Scalar)]) -> Vec<(Coordinates, Limbs)> {
    let mut sent = vec![Blank::BLANK; items.len()];
    let mut order: Vec<usize> = (0..items.len()).collect();
    // Lanes are better off with one table, and a tree needs one window.
    order.sort_by_key(|i| (items[*i].0.window(), core::ptr::from_ref(items[*i].0)));
    for alike in order.chunk_by(|a, b| items[*a].0.window() == items[*b].0.window()) {
        let chosen: Vec<(&Table, &Scalar)> = alike.iter().map(|i| items[*i]).collect();
        let mut results = in_lanes(
            &chosen,
            TOGETHER,
            |(table, k)| send(l, table, k),
            |items| send_together(l, items),
        );
        for (i, result) in alike.iter().zip(&results) {
            sent[*i] = *result;
        }
        wipe(&mut results);
    }
    sent
}

fn send_together<L: Lanes>(l: L, items: &[(&Table, &Scalar)]) -> Vec<(Coordinates, Limbs)> {
    let scalars: Vec<&Scalar> = items.iter().map(|(_, k)| *k).collect();
    let products = items.iter().map(|(table, k)| (table.as_ref(), *k));
    let products: Vec<_> = products.collect();
    let coordinates = normalize(l, &mut multiply_all(l, &scalars, &products));
    coordinates.map_or_else(
        || complete::send_batch(items),
        |points| pairs(&points, items.len()),
    )
}

/// The recipient's side: x(k·P).
pub(crate) fn agree<L: Lanes>(l: L, k: &Scalar, point: &Coordinates) -> Limbs {
    let product = points_of(l, multiply_point(l, k, point), [0]);
    product.map_or_else(
        || complete::agree(k, point),
        |[product]| complete::finish(product, |zzz| invert(l, zzz)).x,
    )
}

/// The recipient's side for each pair, a lane for each.
pub(crate) fn agree_batch<L: Lanes>(l: L, items: &[(&Scalar, &Coordinates)]) -> Vec<Limbs> {
    in_lanes(
        items,
        TOGETHER,
        |(k, point)| agree(l, k, point),
        |items| {
            let mut products = multiply_points_all(l, items);
            normalize(l, &mut products).map_or_else(
                || complete::agree_batch(items),
                |points| lanes(&points, items.len()).map(|point| point.x).collect(),
            )
        },
    )
}

/// The sender's side for a Q without a table: k·G, and x(k·Q).
pub(crate) fn send_unprepared<L: Lanes>(l: L, q: &Coordinates, k: &Scalar) -> (Coordinates, Limbs) {
    let ephemeral = multiple_of_generator(l, k);
    let shared = points_of(l, multiply_point(l, k, q), [0]);
    match (ephemeral, shared) {
        (Some(ephemeral), Some([shared])) => {
            complete::finish_pair(ephemeral, shared, |zzz| invert(l, zzz))
        }
        _ => complete::send_unprepared(q, k),
    }
}

/// The sender's side for each pair of a Q without a table and a k, a lane for each.
pub(crate) fn send_unprepared_batch<L: Lanes>(
    l: L,
    items: &[(&Coordinates, &Scalar)],
) -> Vec<(Coordinates, Limbs)> {
    in_lanes(
        items,
        TOGETHER,
        |(q, k)| send_unprepared(l, q, k),
        |items| {
            let scalars: Vec<&Scalar> = items.iter().map(|(_, k)| *k).collect();
            let generators = multiply_all(l, &scalars, &[]);
            let swapped: Vec<_> = items.iter().map(|(q, k)| (*k, *q)).collect();
            let mut sums = joined(generators, multiply_points_all(l, &swapped));
            normalize(l, &mut sums).map_or_else(
                || complete::send_unprepared_batch(items),
                |points| pairs(&points, items.len()),
            )
        },
    )
}

/// k·P for each pair, a vector for every eight.
fn multiply_points_all<L: Lanes>(l: L, items: &[(&Scalar, &Coordinates)]) -> Vec<Xyzz<L>> {
    let multiply = |eight: [(&Scalar, &Coordinates); 8]| {
        multiply_points(l, &eight.map(|(k, _)| k), &eight.map(|(_, point)| *point))
    };
    items.chunks(8).map(filled).map(multiply).collect()
}

/// One list of two, which are wiped: a list that grows leaves copies behind.
fn joined<L: Lanes>(mut first: Vec<Xyzz<L>>, mut second: Vec<Xyzz<L>>) -> Vec<Xyzz<L>> {
    let joined = [&*first, &*second].concat();
    wipe(&mut first);
    wipe(&mut second);
    joined
}

/// The first lanes of vectors.
fn lanes(points: &[[Coordinates; 8]], count: usize) -> impl Iterator<Item = &Coordinates> {
    points.as_flattened().iter().take(count)
}

/// The first half of the vectors are ephemeral points, the second half shared ones.
fn pairs(points: &[[Coordinates; 8]], count: usize) -> Vec<(Coordinates, Limbs)> {
    let (ephemeral, shared) = points.split_at(points.len() / 2);
    let pairs = lanes(ephemeral, count).zip(lanes(shared, count));
    pairs
        .map(|(ephemeral, shared)| (*ephemeral, shared.x))
        .collect()
}

/// Handles items together, at most so many at once, and the last few singly where
/// they would not fill enough lanes.
fn in_lanes<T: Copy, R: Blank>(
    items: &[T],
    together: usize,
    single: impl Fn(T) -> R,
    batch: impl Fn(&[T]) -> Vec<R>,
) -> Vec<R> {
    let rest = items.len() % 8;
    let single_count = if rest < WORTH_LANES { rest } else { 0 };
    let (grouped, singles) = items.split_at(items.len() - single_count);
    // A list that grows would leave copies behind.
    let mut results = Vec::with_capacity(items.len());
    for chunk in grouped.chunks(together) {
        let mut some = batch(chunk);
        results.extend_from_slice(&some);
        wipe(&mut some);
    }
    results.extend(singles.iter().map(|item| single(*item)));
    results
}

/// The points of some lanes; none where one of them has ZZ = 0. The vector is wiped.
fn points_of<L: Lanes, const N: usize>(
    l: L,
    mut sum: Xyzz<L>,
    lanes: [usize; N],
) -> Option<[Point; N]> {
    let mut coordinates = [sum.x, sum.y, sum.zz, sum.zzz].map(|coordinate| coordinate.to_words(l));
    let [x, y, zz, zzz] = &coordinates;
    wipe(core::slice::from_mut(&mut sum));
    let points = lanes.map(|lane| Point {
        x: Field::from_limbs(x[lane]),
        y: Field::from_limbs(y[lane]),
        zz: Field::from_limbs(zz[lane]),
        zzz: Field::from_limbs(zzz[lane]),
    });
    wipe(&mut coordinates);
    let exceptional = points.iter().any(|point| point.is_identity().declassify());
    (!exceptional).then_some(points)
}

#[cfg(test)]
pub(crate) mod tests;
