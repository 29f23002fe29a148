//! The terms of a sum: entries of tables, chosen by public digits.

use alloc::vec;
use alloc::vec::Vec;

use super::field::Tight;
use super::point::{Affine, Sum, Xyzz, load, load_x};
use super::tree::Leaves;
use super::vector::Lanes;
use crate::backend::serial::point::Packed;
use crate::backend::serial::tables::TableRef;
use crate::recode::{Digits, Window};
use crate::scalar::Scalar;

/// As many as two scalars of the smallest window can have.
const MOST: usize = 192;

/// What a lane adds that has nothing to add: no point of the curve, but what comes of
/// it is not kept.
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
        let mut places = self.terms.iter_mut().skip(self.count);
        each_term_vartime(l, table, scalar, |term| {
            if let Some(place) = places.next() {
                *place = term;
            }
        });
        self.count += table.window().count();
    }

    /// The sum of at least 16 terms, in every lane. ZZ = 0 where an addition on
    /// the way was exceptional.
    pub(crate) fn sum<L: Lanes>(&self, l: L) -> Xyzz<L> {
        let (mut a, mut b) = (Affine::zero(l), Affine::zero(l));
        let mut sum = Sum::new(l);
        let (rounds, rest) = self.terms.split_at(self.count).0.as_chunks::<8>();
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
fn load_terms<L: Lanes>(l: L, out: &mut Affine<L>, terms: &[Term<'_>; 8]) {
    let bits = terms.iter().zip(0..8);
    let negative = bits.fold(0, |mask, (term, lane)| {
        mask | u8::from(term.negative) << lane
    });
    load(l, out, terms.map(|term| term.entry), negative);
}

/// Calls with each window's term of scalar·P for the table of P.
fn each_term_vartime<'a, L: Lanes>(
    l: L,
    table: TableRef<'a>,
    scalar: &Scalar,
    take: impl FnMut(Term<'a>),
) {
    match table.window() {
        Window::W4 => each_digit_vartime::<L, 4>(l, table, scalar, take),
        Window::W5 => each_digit_vartime::<L, 5>(l, table, scalar, take),
        Window::W6 => each_digit_vartime::<L, 6>(l, table, scalar, take),
        Window::W7 => each_digit_vartime::<L, 7>(l, table, scalar, take),
        Window::W8 => each_digit_vartime::<L, 8>(l, table, scalar, take),
    }
}

/// The same for windows of `WIDTH` bits.
#[inline]
fn each_digit_vartime<'a, L: Lanes, const WIDTH: usize>(
    l: L,
    table: TableRef<'a>,
    scalar: &Scalar,
    mut take: impl FnMut(Term<'a>),
) {
    let digits = Digits::recode(scalar, table.window());
    let windows = table.entries().chunks_exact(1 << (WIDTH - 1));
    for (i, entries) in (0..digits.count()).zip(windows) {
        let (index, negative) = digits.digit_vartime::<WIDTH>(i);
        if let Some(entry) = entries.get(index) {
            l.prefetch(entry);
            take(Term { entry, negative });
        }
    }
}

/// The terms of many sums, a lane for each: equally many for each.
pub(crate) struct Rounds<'a> {
    rounds: Vec<Round<'a>>,
    groups: usize,
}

/// A term for each lane.
#[derive(Clone, Copy)]
struct Round<'a> {
    entries: [&'a Packed; 8],
    negative: u8,
}

impl<'a> Rounds<'a> {
    /// Of so many groups of eight sums, with so many terms each.
    pub(crate) fn new(groups: usize, count: usize) -> Self {
        let nothing = Round {
            entries: [&NOTHING; 8],
            negative: 0,
        };
        Self {
            rounds: vec![nothing; groups * count],
            groups,
        }
    }

    /// Puts the terms of scalar·P, for the table of P, from a place on into the
    /// sum of a number.
    pub(crate) fn put_vartime<L: Lanes>(
        &mut self,
        l: L,
        (sum, place): (usize, usize),
        table: TableRef<'a>,
        scalar: &Scalar,
    ) {
        let (group, lane) = (sum / 8, sum % 8);
        let rounds = self.rounds.iter_mut().skip(place * self.groups + group);
        let mut rounds = rounds.step_by(self.groups);
        each_term_vartime(l, table, scalar, |term| {
            if let Some(round) = rounds.next() {
                round.negative |= u8::from(term.negative) << lane;
                if let Some(entry) = round.entries.get_mut(lane) {
                    *entry = term.entry;
                }
            }
        });
    }
}

impl<L: Lanes> Leaves<L> for Rounds<'_> {
    fn load_x(&self, l: L, out: &mut Tight<L>, number: usize) {
        if let Some(round) = self.rounds.get(number) {
            load_x(l, out, round.entries);
        }
    }

    fn load(&self, l: L, out: &mut Affine<L>, number: usize) {
        if let Some(round) = self.rounds.get(number) {
            load(l, out, round.entries, round.negative);
        }
    }
}
