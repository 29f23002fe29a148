//! Entries of tables chosen by secret digits: every entry of a window is read.

use super::digits::LaneDigit;
use super::field::{negate_lanes, unpack};
use super::point::{Affine, load};
use super::vector::{ENTRY_WORDS, Lanes, kernel, twelve};
use crate::backend::serial::point::Packed;
use crate::ct::{Mask, barrier};
use crate::generator::Slice;
use crate::recode::Digit;

/// As many as the largest window's 128 entries make.
const MOST_SLICES: usize = 16;

/// A window of one table, for digits of eight scalars.
pub(crate) struct Slices<'a, L: Lanes> {
    l: L,
    sliced: Aligned,
    entries: &'a [Packed],
}

#[repr(align(64))]
struct Aligned([Slice; MOST_SLICES]);

impl<'a, L: Lanes> Slices<'a, L> {
    pub(crate) fn new(l: L) -> Self {
        Self {
            l,
            sliced: Aligned([[[0; 64]; ENTRY_WORDS]; MOST_SLICES]),
            entries: &[],
        }
    }

    /// The slices of a window's entries: 8, 16, 32, 64 or 128; at no cost those of
    /// the same as before.
    pub(crate) fn of(&mut self, entries: &'a [Packed]) -> &[Slice] {
        let (eights, _) = entries.as_chunks::<8>();
        if !core::ptr::eq(self.entries, entries) {
            self.entries = entries;
            for (slice, eight) in self.sliced.0.iter_mut().zip(eights) {
                transpose(self.l, slice, eight);
            }
        }
        self.sliced.0.split_at(eights.len().min(MOST_SLICES)).0
    }
}

/// Where entries are put beside each other; a secret tells which these are.
pub(crate) type Rows = [Packed; 8];

/// The entry of each lane's digit, each of its own window. Leaves `rows` to be
/// wiped.
pub(crate) fn scan<'a, L: Lanes>(
    l: L,
    out: &mut Affine<L>,
    rows: &mut Rows,
    window: impl Fn(usize) -> (&'a [Packed], Digit),
) {
    let mut negative = 0;
    for (lane, row) in rows.iter_mut().enumerate() {
        let (entries, digit) = window(lane);
        select(l, row, entries, digit.index);
        negative |= (digit.negative.bits() & 1) << lane;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a mask of eight lanes")]
    load(l, out, rows.each_ref(), barrier(negative) as u8);
}

kernel! {
    fn transpose<L>(l, out: &mut Slice, entries: &[Packed; 8]) {
        let [a, b, c, d, e, f, g, h] = entries;
        let words = l.transpose([a, b, c, d, e, f, g, h]);
        *out = twelve!(I => l.store_bytes(words[I]));
    }
}

kernel! {
    /// The entry of each lane's digit, of one window for all: of each two slices, 16
    /// entries, the one of the index's low four bits; kept where the other bits are
    /// the two slices' own.
    pub(crate) fn permute<L>(l, out: &mut Affine<L>, slices: &[Slice], digit: LaneDigit<'_, L>) {
        let (index, negative) = digit.take(l);
        let high = l.shr::<4>(index);
        let mut words = [l.splat(0); ENTRY_WORDS];
        for (pair, number) in slices.chunks(2).zip(0..) {
            let here = l.equal(high, l.splat(number));
            // The smallest window has one slice, which is then both.
            if let [low, .., high] | [low @ high] = pair {
                words = twelve!(I => {
                    let found = l.lookup16(index, l.load_bytes(&low[I]), l.load_bytes(&high[I]));
                    l.blend(here, words[I], found)
                });
            }
        }
        let [x0, x1, x2, x3, x4, x5, y0, y1, y2, y3, y4, y5] = words;
        out.x.0 = unpack(l, &[x0, x1, x2, x3, x4, x5]);
        out.y.0 = negate_lanes(l, &unpack(l, &[y0, y1, y2, y3, y4, y5]), negative);
    }
}

kernel! {
    /// The entry of an index, by reading all of them, two at a time: together
    /// they fill three vectors.
    #[expect(clippy::cast_possible_truncation, reason = "masks of eight lanes")]
    pub(super) fn select<L>(l, out: &mut Packed, entries: &[Packed], index: u64) {
        let (pairs, _) = entries.as_chunks::<2>();
        let (zero, one) = (l.splat(0), l.splat(1));
        let mut found = [zero; 3];
        // How many pairs are still to come before the one.
        let mut ahead = l.splat(barrier(index >> 1));
        for pair in pairs {
            let here = l.equal(ahead, zero);
            ahead = l.sub(ahead, one);
            let (words, _) = pair.as_flattened().as_chunks::<64>();
            if let [a, b, c] = words {
                found[0] = l.blend(here, found[0], l.load_bytes(a));
                found[1] = l.blend(here, found[1], l.load_bytes(b));
                found[2] = l.blend(here, found[2], l.load_bytes(c));
            }
        }
        // Words 0 to 7, and 4 to 11, of the first and the second of the two.
        let odd = Mask::from_bit(index & 1).bits() as u8;
        let middle = l.load(&[4, 5, 6, 7, 0, 1, 2, 3]);
        let [a, b, c] = found;
        let (a_swapped, b_swapped, c_swapped) = (l.permute(a, middle), l.permute(b, middle), l.permute(c, middle));
        let first_end = l.blend(0xf0, a_swapped, b_swapped);
        let second_start = l.blend(0xf0, b_swapped, c_swapped);
        let start = l.blend(odd, a, second_start);
        let end = l.blend(odd, first_end, c);
        let (low, high) = out.split_at_mut(32);
        low.copy_from_slice(l.store_bytes(start).split_at(32).0);
        high.copy_from_slice(&l.store_bytes(end));
    }
}

#[cfg(test)]
mod tests;
