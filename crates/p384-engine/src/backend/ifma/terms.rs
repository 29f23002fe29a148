//! The terms of a sum: entries of tables, chosen by public digits.

use super::point::{Affine, Sum, Xyzz, load};
use super::vector::Lanes;
use crate::backend::serial::point::Packed;
use crate::backend::serial::tables::TableRef;
use crate::recode::{Digits, Window};
use crate::scalar::Scalar;

/// As many as two scalars of the smallest window can have.
const MOST: usize = 192;

/// What a lane adds that has nothing to add: taken back at once.
static NOTHING: Packed = [0; 96];

/// An entry of a table, and whether to subtract it.
#[derive(Clone, Copy)]
pub(crate) struct Term<'a> {
    pub(crate) entry: &'a Packed,
    pub(crate) negative: bool,
}

/// The terms of one sum, in any order.
pub(crate) struct Terms<'a> {
    terms: [Term<'a>; MOST],
    count: usize,
}

impl<'a> Terms<'a> {
    pub(crate) const fn new() -> Self {
        let nothing = Term {
            entry: &NOTHING,
            negative: false,
        };
        Self {
            terms: [nothing; MOST],
            count: 0,
        }
    }

    /// The terms of scalar·P, for the table of P, in variable time.
    pub(crate) fn push_vartime<L: Lanes>(&mut self, l: L, table: TableRef<'a>, scalar: &Scalar) {
        match table.window() {
            Window::W4 => self.push_digits::<L, 4>(l, table, scalar),
            Window::W5 => self.push_digits::<L, 5>(l, table, scalar),
            Window::W6 => self.push_digits::<L, 6>(l, table, scalar),
            Window::W7 => self.push_digits::<L, 7>(l, table, scalar),
            Window::W8 => self.push_digits::<L, 8>(l, table, scalar),
        }
    }

    /// The same for windows of `WIDTH` bits.
    fn push_digits<L: Lanes, const WIDTH: usize>(
        &mut self,
        l: L,
        table: TableRef<'a>,
        scalar: &Scalar,
    ) {
        let digits = Digits::recode(scalar, table.window());
        let places = self.terms.iter_mut().skip(self.count);
        let windows = table.entries().chunks_exact(1 << (WIDTH - 1));
        for ((i, place), entries) in (0..digits.count()).zip(places).zip(windows) {
            let (index, negative) = digits.digit_vartime::<WIDTH>(i);
            if let Some(entry) = entries.get(index) {
                l.prefetch(entry);
                *place = Term { entry, negative };
            }
        }
        self.count += digits.count();
    }

    pub(crate) fn as_slice(&self) -> &[Term<'a>] {
        self.terms.get(..self.count).unwrap_or_default()
    }

    /// The sum of at least 16 terms, in every lane. ZZ = 0 where an addition on
    /// the way was exceptional.
    pub(crate) fn sum<L: Lanes>(&self, l: L) -> Xyzz<L> {
        let (mut a, mut b) = (Affine::zero(l), Affine::zero(l));
        let mut sum = Sum::new(l);
        let (rounds, rest) = self.as_slice().as_chunks::<8>();
        let mut rounds = rounds.iter();
        if let (Some(first), Some(second)) = (rounds.next(), rounds.next()) {
            load_terms(l, &mut a, first);
            load_terms(l, &mut b, second);
            sum.begin(&a, &b);
        }
        for round in rounds {
            load_terms(l, &mut a, round);
            sum.add(&a);
        }
        if !rest.is_empty() {
            let mut round = [Term {
                entry: &NOTHING,
                negative: false,
            }; 8];
            for (place, term) in round.iter_mut().zip(rest) {
                *place = *term;
            }
            load_terms(l, &mut a, &round);
            sum.add_except(&a, u8::MAX << rest.len());
        }
        sum.fold(4);
        sum.fold(2);
        sum.fold(1);
        sum.point
    }
}

/// Loads a term for each lane.
pub(crate) fn load_terms<L: Lanes>(l: L, out: &mut Affine<L>, terms: &[Term<'_>; 8]) {
    let bits = terms.iter().zip(0..8);
    let negative = bits.fold(0, |mask, (term, lane)| {
        mask | u8::from(term.negative) << lane
    });
    load(l, out, terms.map(|term| term.entry), negative);
}
