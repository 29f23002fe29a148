//! The digits of eight secret scalars, a lane for each.

use super::vector::Lanes;
use crate::recode::{Digits, Window};
use crate::scalar::Scalar;
use crate::wipe::{Blank, wipe};

/// Words that hold a scalar's recoded bits.
const WORDS: usize = 7;

/// Eight scalars, recoded for the same window; wiped when dropped.
pub(crate) struct LaneDigits<L: Lanes> {
    words: [L::Vector; WORDS],
    /// The lanes whose signs are flipped.
    flip: u8,
    window: Window,
}

/// Where the lanes' digits of one window are, for a kernel to take them out.
#[derive(Clone, Copy)]
pub(crate) struct LaneDigit<'a, L: Lanes> {
    low: &'a L::Vector,
    high: &'a L::Vector,
    shift: u64,
    width: u64,
    flip: u8,
}

impl<L: Lanes> LaneDigits<L> {
    /// Recodes in constant time.
    pub(crate) fn recode(l: L, scalars: [&Scalar; 8], window: Window) -> Self {
        let digits = scalars.map(|scalar| Digits::recode(scalar, window));
        let mut words = [L::Vector::BLANK; WORDS];
        for (place, word) in words.iter_mut().zip(0..) {
            *place = l.load(&digits.each_ref().map(|digits| digits.word(word)));
        }
        let flips = digits.iter().zip(0..);
        Self {
            words,
            flip: flips.fold(0, |mask, (digits, lane)| mask | digits.flip_bit() << lane),
            window,
        }
    }

    /// How many digits each has.
    pub(crate) const fn count(&self) -> usize {
        self.window.count()
    }

    /// The digits of weight 2^(w·i), in constant time; only `i` may be seen.
    #[inline(always)]
    #[expect(
        clippy::indexing_slicing,
        reason = "i is below the count, so the bit is below 384"
    )]
    pub(crate) fn digit(&self, i: usize) -> LaneDigit<'_, L> {
        let (word, shift) = self.window.place(i);
        LaneDigit {
            low: &self.words[word],
            high: &self.words[word + 1],
            shift: shift as u64,
            width: self.window.bits() as u64,
            flip: self.flip,
        }
    }
}

impl<L: Lanes> LaneDigit<'_, L> {
    /// The place of each lane's entry in the window's table, and the lanes whose
    /// digit is negative: as [`Digits::digit`], inside a kernel.
    #[inline(always)]
    pub(crate) fn take(self, l: L) -> (L::Vector, u8) {
        let one = l.splat(1);
        let low = l.shr_by(*self.low, self.shift);
        let field = l.or(low, l.shl_by(*self.high, 64 - self.shift));
        let top = l.and(l.shr_by(field, self.width - 1), one);
        // All ones where the digit is negative: its top bit is clear.
        let complement = l.sub(top, one);
        let index_bits = l.splat((1 << (self.width - 1)) - 1);
        let index = l.and(l.xor(field, complement), index_bits);
        (index, l.equal(top, l.splat(0)) ^ self.flip)
    }
}

impl<L: Lanes> Drop for LaneDigits<L> {
    #[inline(always)]
    fn drop(&mut self) {
        wipe(&mut self.words);
        wipe(core::slice::from_mut(&mut self.flip));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::ifma::tests::{on_every_lanes, pseudo_random};

    fn check<L: Lanes>(l: L, window: Window) {
        let scalars: [Scalar; 8] = core::array::from_fn(|lane| pseudo_random(lane as u64));
        let digits = scalars.map(|scalar| Digits::recode(&scalar, window));
        let lanes = LaneDigits::recode(l, scalars.each_ref(), window);
        for i in 0..window.count() {
            let (index, negative) = lanes.digit(i).take(l);
            let expected = digits.each_ref().map(|digits| digits.digit(i));
            assert_eq!(l.store(index), expected.map(|digit| digit.index));
            let signs = expected.map(|digit| digit.negative.bits() & 1);
            assert_eq!(
                core::array::from_fn(|lane| u64::from(negative >> lane & 1)),
                signs
            );
        }
    }

    #[test]
    fn every_digit_is_that_of_its_scalar() {
        for window in [Window::W4, Window::W5, Window::W6, Window::W7, Window::W8] {
            on_every_lanes!(l => check(l, window));
        }
    }
}
