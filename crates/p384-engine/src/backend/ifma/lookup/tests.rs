//! Both lookups against plain indexing.

use alloc::vec::Vec;

use super::*;
use crate::backend::ifma::digits::LaneDigits;
use crate::backend::ifma::tests::{on_every_lanes, pseudo_random};
use crate::recode::{Digits, Window};
use crate::scalar::Scalar;

/// Entries of bytes that tell where they stand.
fn entries(window: Window) -> Vec<Packed> {
    let number = |i: usize| u8::try_from(i % 251).unwrap();
    let entry = |i: usize| core::array::from_fn(|byte| number(i * 96 + byte));
    (0..window.entries()).map(entry).collect()
}

fn lookups<L: Lanes>(l: L, window: Window) {
    let entries = entries(window);
    for seed in 0..20 {
        let scalars: [Scalar; 8] =
            core::array::from_fn(|lane| pseudo_random(8 * seed + lane as u64));
        let digits = scalars.map(|scalar| Digits::recode(&scalar, window));
        let place = usize::try_from(seed).unwrap() % window.count();
        let digit = digits.each_ref().map(|digits| digits.digit(place));
        let chosen = digit.map(|digit| &entries[usize::try_from(digit.index).unwrap()]);
        let signs = digit.iter().zip(0..8);
        let negative = signs.fold(0, |mask, (digit, lane)| {
            mask | u8::from(digit.negative.declassify()) << lane
        });
        let mut expected = Affine::zero(l);
        load(l, &mut expected, chosen, negative);
        let mut scanned = Affine::zero(l);
        scan(l, &mut scanned, &mut [[0; 96]; 8], |lane| {
            (&entries[..], digit[lane])
        });
        let mut slices = Slices::new(l);
        let mut permuted = Affine::zero(l);
        let lanes = LaneDigits::recode(l, scalars.each_ref(), window);
        permute(l, &mut permuted, slices.of(&entries), lanes.digit(place));
        for found in [scanned, permuted] {
            assert_eq!(
                found.x.0.map(|limb| l.store(limb)),
                expected.x.0.map(|limb| l.store(limb))
            );
            assert_eq!(
                found.y.0.map(|limb| l.store(limb)),
                expected.y.0.map(|limb| l.store(limb))
            );
        }
    }
}

#[test]
fn lookups_find_the_entries_of_every_window() {
    for window in [Window::W4, Window::W5, Window::W6, Window::W7, Window::W8] {
        on_every_lanes!(l => lookups(l, window));
    }
}
