//! Affine coordinates of many points, with one inversion.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::field::{ONE, Tight, invert_lanes, mul, mul_assign};
use super::point::{Affine, Xyzz};
use super::safegcd::invert;
use super::vector::Lanes;
use crate::backend::serial::field::Field;
use crate::field::Coordinates;
use crate::wipe::wipe;

/// The affine coordinates of points, with one inversion in constant time. None
/// where one has ZZ = 0. Wipes the points.
pub(crate) fn normalize<L: Lanes>(
    l: L,
    points: &mut [Xyzz<L>],
) -> Option<Zeroizing<Vec<[Coordinates; 8]>>> {
    let mut affine = to_affine(l, points, |product| invert(l, product));
    wipe(points);
    let coordinates = affine.as_ref().map(|affine| {
        let coordinates = affine.iter().map(|point| to_coordinates(l, point));
        Zeroizing::new(coordinates.collect())
    });
    wipe(affine.as_deref_mut().unwrap_or_default());
    coordinates
}

/// The same in Montgomery form.
pub(crate) fn to_affine<L: Lanes>(
    l: L,
    points: &[Xyzz<L>],
    invert: impl Fn(&Field) -> Field,
) -> Option<Vec<Affine<L>>> {
    let mut product = Tight::splat(l, &ONE);
    let mut before = Vec::with_capacity(points.len());
    for point in points {
        before.push(product);
        mul_assign(l, &mut product, &point.zzz);
    }
    let finite = invert_lanes(l, &mut product, invert);
    let mut affine: Vec<Affine<L>> = before
        .iter()
        .zip(points)
        .rev()
        .map(|(before, point)| {
            let mut inverse = *before;
            mul_assign(l, &mut inverse, &product);
            mul_assign(l, &mut product, &point.zzz);
            point.by_inverse(l, &inverse)
        })
        .collect();
    affine.reverse();
    wipe(&mut before);
    wipe(core::slice::from_mut(&mut product));
    finite.then_some(affine)
}

/// The coordinates as numbers.
#[expect(clippy::indexing_slicing, reason = "eight lanes")]
fn to_coordinates<L: Lanes>(l: L, point: &Affine<L>) -> [Coordinates; 8] {
    let one = Tight::splat(l, &[1, 0, 0, 0, 0, 0]);
    let (mut x, mut y) = (one, one);
    mul(l, &mut x, &point.x, &one);
    mul(l, &mut y, &point.y, &one);
    let mut words = [x.to_words(l), y.to_words(l)];
    wipe(core::slice::from_mut(&mut x));
    wipe(core::slice::from_mut(&mut y));
    let [xs, ys] = &words;
    let coordinates = core::array::from_fn(|lane| Coordinates {
        x: xs[lane],
        y: ys[lane],
    });
    wipe(&mut words);
    coordinates
}
