//! Secret multiples of points, as coordinates: constant time.

use alloc::vec::Vec;

use zeroize::{Zeroize, Zeroizing};

use crate::backend::serial::field::Field;
use crate::backend::serial::multiply::{generator_for_secrets, multiply, multiply_point};
use crate::backend::serial::point::{Affine, Point};
use crate::backend::serial::tables::{Table, TableRef, normalize};
use crate::field::Coordinates;
use crate::limbs::Limbs;
use crate::scalar::Scalar;

/// k·G.
pub(crate) fn multiply_generator(k: &Scalar) -> Coordinates {
    finish(multiply(generator_for_secrets(), k), Field::invert)
}

/// x(k·G), and 1/k modulo n: what a signature needs of its nonce.
pub(crate) fn x_and_inverse(k: &Scalar) -> (Limbs, Scalar) {
    let mut point = multiply(generator_for_secrets(), k);
    let parts = finish_x(&point.x, point.zz.invert_beside(k));
    point.zeroize();
    parts
}

/// k·G for each k, with one inversion.
pub(crate) fn multiply_generator_batch(scalars: &[&Scalar]) -> Vec<Coordinates> {
    let table = generator_for_secrets();
    let points = scalars.iter().map(|k| multiply(table, k));
    finish_batch(points)
        .iter()
        .map(|point| point.to_coordinates())
        .collect()
}

/// The recipient's side: x(k·P).
pub(crate) fn agree(k: &Scalar, point: &Coordinates) -> Limbs {
    let mut product = multiply_point(&Affine::from_coordinates(point), k);
    let x = product.to_affine(&product.zzz.invert()).x.to_canonical();
    product.zeroize();
    x
}

/// The recipient's side for each pair, with one inversion at the end.
pub(crate) fn agree_batch(items: &[(&Scalar, &Coordinates)]) -> Vec<Limbs> {
    let points = items
        .iter()
        .map(|(k, point)| multiply_point(&Affine::from_coordinates(point), k));
    finish_batch(points)
        .iter()
        .map(|point| point.x.to_canonical())
        .collect()
}

/// The sender's side: k·G, and x(k·Q) for a prepared Q.
pub(crate) fn send(table: &Table, k: &Scalar) -> (Coordinates, Limbs) {
    finish_pair(
        multiply(generator_for_secrets(), k),
        multiply(table.as_ref(), k),
        Field::invert,
    )
}

/// The sender's side for a Q without a table.
pub(crate) fn send_unprepared(q: &Coordinates, k: &Scalar) -> (Coordinates, Limbs) {
    let shared = multiply_point(&Affine::from_coordinates(q), k);
    finish_pair(multiply(generator_for_secrets(), k), shared, Field::invert)
}

/// The sender's side for each pair, with one inversion.
pub(crate) fn send_batch(items: &[(&Table, &Scalar)]) -> Vec<(Coordinates, Limbs)> {
    send_all(
        items
            .iter()
            .map(|(table, k)| (multiply(table.as_ref(), k), *k)),
    )
}

/// The sender's side for each pair of a Q without a table and a k.
pub(crate) fn send_unprepared_batch(
    items: &[(&Coordinates, &Scalar)],
) -> Vec<(Coordinates, Limbs)> {
    let shared = |q, k| multiply_point(&Affine::from_coordinates(q), k);
    send_all(items.iter().map(|(q, k)| (shared(q, k), *k)))
}

fn send_all<'a>(shared: impl Iterator<Item = (Point, &'a Scalar)>) -> Vec<(Coordinates, Limbs)> {
    let table: TableRef<'_> = generator_for_secrets();
    let points = shared.flat_map(|(shared, k)| [multiply(table, k), shared]);
    let affine = finish_batch(points);
    let (pairs, _) = affine.as_chunks::<2>();
    pairs
        .iter()
        .map(|[ephemeral, shared]| (ephemeral.to_coordinates(), shared.x.to_canonical()))
        .collect()
}

/// X/ZZ as a number, and 1/k, from 1/ZZ and 1/k.
pub(crate) fn finish_x(x: &Field, (mut of_zz, of_k): (Field, Scalar)) -> (Limbs, Scalar) {
    let x = x.mul(&of_zz).to_canonical();
    of_zz.zeroize();
    (x, of_k)
}

/// Affine coordinates of a point; it is wiped.
pub(crate) fn finish(mut point: Point, invert: impl Fn(&Field) -> Field) -> Coordinates {
    let mut inverse = invert(&point.zzz);
    let coordinates = point.to_affine(&inverse).to_coordinates();
    point.zeroize();
    inverse.zeroize();
    coordinates
}

/// Affine coordinates of two points, with one inversion; both are wiped.
pub(crate) fn finish_pair(
    mut ephemeral: Point,
    mut shared: Point,
    invert: impl Fn(&Field) -> Field,
) -> (Coordinates, Limbs) {
    let mut inverse = invert(&ephemeral.zzz.mul(&shared.zzz));
    let public = ephemeral
        .to_affine(&inverse.mul(&shared.zzz))
        .to_coordinates();
    let x = shared
        .to_affine(&inverse.mul(&ephemeral.zzz))
        .x
        .to_canonical();
    ephemeral.zeroize();
    shared.zeroize();
    inverse.zeroize();
    (public, x)
}

/// Affine coordinates of points, with one inversion.
fn finish_batch(points: impl Iterator<Item = Point>) -> Zeroizing<Vec<Affine>> {
    let points: Zeroizing<Vec<Point>> = Zeroizing::new(points.collect());
    Zeroizing::new(normalize(&points, Field::invert))
}
