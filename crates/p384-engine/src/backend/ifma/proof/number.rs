//! Numbers modulo p, of which the terms are known.

use alloc::collections::BTreeMap;

use super::{Limbs, Proof, Symbol, facts, of_both};
use crate::backend::serial::field::Field;

/// A number modulo p: its symbols with their factors.
#[derive(Clone, Debug)]
pub(super) struct Number(BTreeMap<Symbol, Field>);

impl Number {
    /// What limbs stand for in a lane.
    pub(super) fn of(limbs: &Limbs<Proof>, lane: usize) -> Self {
        let radix = integer(1 << 48);
        let (number, _) = limbs.iter().fold(
            (Self(BTreeMap::new()), Field::ONE),
            |(sum, weight), limb| {
                let terms = facts(|facts| facts.values[limb[lane]].terms.clone());
                let terms = terms.into_iter();
                let limb = terms.map(|(symbol, factor)| (symbol, integer(factor).mul(&weight)));
                (sum.plus(&Self(limb.collect())), weight.mul(&radix))
            },
        );
        number
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut sum = self.0.clone();
        for (symbol, factor) in &other.0 {
            let term = sum.entry(*symbol).or_default();
            *term = term.add(factor);
        }
        sum.retain(|_, factor| *factor != Field::ZERO);
        Self(sum)
    }

    pub(super) fn times(&self, times: i128) -> Self {
        let times = integer(times);
        let terms = self.0.iter();
        Self(
            terms
                .map(|(symbol, factor)| (*symbol, factor.mul(&times)))
                .collect(),
        )
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.plus(&other.times(-1))
    }

    pub(super) fn mul(&self, other: &Self) -> Self {
        let none = Self(BTreeMap::new());
        self.0.iter().fold(none, |sum, (a, m)| {
            let row = other.0.iter().map(|(b, n)| (of_both(*a, *b), m.mul(n)));
            sum.plus(&Self(row.collect()))
        })
    }

    /// Times 2^384, the factor by which a reduction divides.
    pub(super) fn unreduced(&self) -> Self {
        (0..8).fold(self.clone(), |number, _| number.times(1 << 48))
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.minus(other).0.is_empty()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low and the high half")]
fn integer(value: i128) -> Field {
    let size = value.unsigned_abs();
    let field = Field::from_canonical(&[size as u64, (size >> 64) as u64, 0, 0, 0, 0]);
    if value < 0 {
        Field::ZERO.sub(&field)
    } else {
        field
    }
}
