//! Proofs about the kernels of the field, for all numbers that they take: the
//! kernels themselves are executed, not on numbers but on what is known of them.
//!
//! Of each value two things are known. Its *bounds*: every operation checks by
//! them that nothing wraps, that a multiplication reads all bits of its operands,
//! and that a shift of bits is a division. And its *terms*: the value as a sum
//! of products of the inputs and of integers that nobody needs to know, one for
//! the high half of each product and one for each quotient that was rounded down.
//! If those drop out of a result modulo p, the result is what the rest says.
//!
//! An operation is described here by its definition in [`Vectors`]; that the
//! processor's and the software's are these is for their own tests.

extern crate std;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cell::RefCell;

use super::field::{Limbs, Tight};
use super::vector::{ENTRY_WORDS, Kernel, Lanes, Vectors};
use crate::backend::serial::point::Packed;
use crate::wipe::Blank;

mod formulas;
mod number;
mod products;

use number::Number;

/// Lanes of values of which something is known. Each thread has its own.
#[derive(Clone, Copy)]
pub(super) struct Proof;

/// A value, by its number.
type Value = usize;

impl Blank for Value {
    /// No value's number: what is blank is written before it is read.
    const BLANK: Self = Self::MAX;
}

/// What a sum is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Symbol {
    One,
    /// An input, or a value that is multiplied as if it were one.
    Factor(usize),
    Product(usize, usize),
    /// ⌊a·b/2^52⌋ of a pair of values.
    High(usize),
    /// ⌊sum/2^n⌋ of a sum.
    Quotient(usize),
}

type Terms = BTreeMap<Symbol, i128>;

#[derive(Clone, Debug)]
struct Known {
    low: i128,
    high: i128,
    terms: Terms,
}

#[derive(Default)]
struct Facts {
    values: Vec<Known>,
    factors: BTreeMap<Value, usize>,
    highs: BTreeMap<(Value, Value), usize>,
    quotients: BTreeMap<(u32, Vec<(Symbol, i128)>), usize>,
}

std::thread_local! {
    static FACTS: RefCell<Facts> = RefCell::default();
}

fn facts<T>(with: impl FnOnce(&mut Facts) -> T) -> T {
    FACTS.with_borrow_mut(with)
}

/// The number of a thing, a new one where it has none.
fn number_of<K: Ord>(numbers: &mut BTreeMap<K, usize>, thing: K) -> usize {
    let next = numbers.len();
    *numbers.entry(thing).or_insert(next)
}

impl Facts {
    fn keep(&mut self, mut known: Known) -> Value {
        let Known { low, high, .. } = known;
        if low == high {
            known.terms = Terms::from([(Symbol::One, low)]);
        }
        assert!(low <= high, "no value is between {low} and {high}");
        let fits = low >= i128::from(i64::MIN) && high <= i128::from(i64::MAX);
        assert!(fits, "a value between {low} and {high} may wrap");
        self.values.push(known);
        self.values.len() - 1
    }

    fn constant(&mut self, value: i128) -> Value {
        let terms = Terms::from([(Symbol::One, value)]);
        self.keep(Known {
            low: value,
            high: value,
            terms,
        })
    }

    /// An input in these bounds, of which nothing else is known.
    fn input(&mut self, low: i128, high: i128) -> Value {
        let value = self.keep(Known {
            low,
            high,
            terms: Terms::new(),
        });
        let factor = number_of(&mut self.factors, value);
        self.values[value].terms.insert(Symbol::Factor(factor), 1);
        value
    }

    fn add(&mut self, a: Value, times: i128, b: Value) -> Value {
        let (a, b) = (&self.values[a], &self.values[b]);
        let ends = [times * b.low, times * b.high];
        let known = Known {
            low: a.low + ends[0].min(ends[1]),
            high: a.high + ends[0].max(ends[1]),
            terms: plus(&a.terms, times, &b.terms),
        };
        self.keep(known)
    }

    /// ⌊a/2^bits⌋.
    fn quotient(&mut self, bits: u32, a: Value) -> Value {
        let Known { low, high, terms } = self.values[a].clone();
        // What is divisible is taken out, so that the quotients of sums that
        // differ by it alone have the same name.
        let modulus = 1_i128 << bits;
        let (mut whole, mut rest) = (Terms::new(), Terms::new());
        for (symbol, factor) in terms {
            let least = (factor + modulus / 2).rem_euclid(modulus) - modulus / 2;
            whole.insert(symbol, (factor - least) / modulus);
            rest.insert(symbol, least);
        }
        rest.retain(|_, factor| *factor != 0);
        if !rest.is_empty() {
            let name = (bits, rest.into_iter().collect());
            let quotient = Symbol::Quotient(number_of(&mut self.quotients, name));
            whole = plus(&whole, 1, &Terms::from([(quotient, 1)]));
        }
        whole.retain(|_, factor| *factor != 0);
        self.keep(Known {
            low: low >> bits,
            high: high >> bits,
            terms: whole,
        })
    }

    /// a modulo 2^bits.
    fn remainder(&mut self, bits: u32, a: Value) -> Value {
        let Known { low, high, .. } = self.values[a];
        if low >= 0 && high < 1 << bits {
            return a;
        }
        let quotient = self.quotient(bits, a);
        let quotient = &self.values[quotient].terms;
        let known = Known {
            low: 0,
            high: (1 << bits) - 1,
            terms: plus(&self.values[a].terms, -(1 << bits), quotient),
        };
        self.keep(known)
    }

    /// The terms of what is multiplied, of which the multiplier reads 52 bits.
    fn operand(&mut self, value: Value) -> (i128, Terms) {
        let Known { low, high, terms } = self.values[value].clone();
        let read = low >= 0 && high < 1 << 52;
        assert!(read, "an operand is between {low} and {high}");
        let is_linear = |symbol: &Symbol| matches!(symbol, Symbol::One | Symbol::Factor(_));
        if terms.keys().all(is_linear) {
            return (high, terms);
        }
        let factor = number_of(&mut self.factors, value);
        (high, Terms::from([(Symbol::Factor(factor), 1)]))
    }

    fn high(&mut self, a: Value, b: Value) -> Terms {
        let number = number_of(&mut self.highs, (a, b));
        Terms::from([(Symbol::High(number), 1)])
    }

    fn mul_low(&mut self, c: Value, a: Value, b: Value) -> Value {
        let ((a_high, a_terms), (b_high, b_terms)) = (self.operand(a), self.operand(b));
        let mut product = Terms::new();
        for (a, m) in &a_terms {
            for (b, n) in &b_terms {
                *product.entry(of_both(*a, *b)).or_default() += m * n;
            }
        }
        let high = self.high(a, b);
        let low_half = plus(&product, -(1 << 52), &high);
        let c = &self.values[c];
        let known = Known {
            low: c.low,
            high: c.high + (a_high * b_high).min((1 << 52) - 1),
            terms: plus(&c.terms, 1, &low_half),
        };
        self.keep(known)
    }

    fn mul_high(&mut self, c: Value, a: Value, b: Value) -> Value {
        let ((a_high, _), (b_high, _)) = (self.operand(a), self.operand(b));
        let high = self.high(a, b);
        let c = &self.values[c];
        let known = Known {
            low: c.low,
            high: c.high + ((a_high * b_high) >> 52),
            terms: plus(&c.terms, 1, &high),
        };
        self.keep(known)
    }

    fn as_constant(&self, value: Value) -> i128 {
        let Known { low, high, .. } = self.values[value];
        assert_eq!(low, high, "this has to be a constant");
        low
    }
}

fn plus(a: &Terms, times: i128, b: &Terms) -> Terms {
    let mut sum = a.clone();
    for (symbol, factor) in b {
        *sum.entry(*symbol).or_default() += times * factor;
    }
    sum.retain(|_, factor| *factor != 0);
    sum
}

fn of_both(a: Symbol, b: Symbol) -> Symbol {
    match (a.min(b), a.max(b)) {
        (Symbol::One, other) => other,
        (Symbol::Factor(a), Symbol::Factor(b)) => Symbol::Product(a, b),
        other => panic!("no product of two factors: {other:?}"),
    }
}

/// A vector from what is done in each lane.
fn lanes(lane: impl Fn(&mut Facts, usize) -> Value) -> [Value; 8] {
    facts(|facts| core::array::from_fn(|i| lane(facts, i)))
}

impl Vectors for Proof {
    type Vector = [Value; 8];

    fn run<K: Kernel<Self>>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }
    fn splat(self, value: u64) -> [Value; 8] {
        self.load(&[value; 8])
    }
    fn load(self, values: &[u64; 8]) -> [Value; 8] {
        lanes(|facts, i| facts.constant(i128::from(values[i].cast_signed())))
    }
    fn add(self, a: [Value; 8], b: [Value; 8]) -> [Value; 8] {
        lanes(|facts, i| facts.add(a[i], 1, b[i]))
    }
    fn sub(self, a: [Value; 8], b: [Value; 8]) -> [Value; 8] {
        lanes(|facts, i| facts.add(a[i], -1, b[i]))
    }
    fn and(self, a: [Value; 8], mask: [Value; 8]) -> [Value; 8] {
        lanes(|facts, i| {
            let mask = facts.as_constant(mask[i]) + 1;
            assert_eq!(mask.count_ones(), 1, "the mask of a remainder");
            facts.remainder(mask.trailing_zeros(), a[i])
        })
    }
    fn shl<const N: u32>(self, a: [Value; 8]) -> [Value; 8] {
        lanes(|facts, i| {
            let zero = facts.constant(0);
            facts.add(zero, 1 << N, a[i])
        })
    }
    fn shr<const N: u32>(self, a: [Value; 8]) -> [Value; 8] {
        lanes(|facts, i| {
            let low = facts.values[a[i]].low;
            assert!(low >= 0, "{low} would lose its sign");
            facts.quotient(N, a[i])
        })
    }
    fn sra<const N: u32>(self, a: [Value; 8]) -> [Value; 8] {
        lanes(|facts, i| facts.quotient(N, a[i]))
    }
    fn low16_shl32(self, a: [Value; 8]) -> [Value; 8] {
        let low = lanes(|facts, i| facts.remainder(16, a[i]));
        self.shl::<32>(low)
    }
    fn mul_low(self, c: [Value; 8], a: [Value; 8], b: [Value; 8]) -> [Value; 8] {
        lanes(|facts, i| facts.mul_low(c[i], a[i], b[i]))
    }
    fn mul_high(self, c: [Value; 8], a: [Value; 8], b: [Value; 8]) -> [Value; 8] {
        lanes(|facts, i| facts.mul_high(c[i], a[i], b[i]))
    }
    fn blend(self, mask: u8, if_clear: [Value; 8], if_set: [Value; 8]) -> [Value; 8] {
        core::array::from_fn(|i| {
            if mask >> i & 1 == 1 {
                if_set[i]
            } else {
                if_clear[i]
            }
        })
    }
    fn permute(self, a: [Value; 8], lanes: [Value; 8]) -> [Value; 8] {
        let from = facts(|facts| lanes.map(|lane| facts.as_constant(lane)));
        from.map(|lane| a[usize::try_from(lane).unwrap()])
    }

    fn store(self, _: [Value; 8]) -> [u64; 8] {
        unproved()
    }
    fn or(self, _: [Value; 8], _: [Value; 8]) -> [Value; 8] {
        unproved()
    }
    fn andnot(self, _: [Value; 8], _: [Value; 8]) -> [Value; 8] {
        unproved()
    }
    fn ror<const N: u32>(self, _: [Value; 8]) -> [Value; 8] {
        unproved()
    }
    fn xor(self, _: [Value; 8], _: [Value; 8]) -> [Value; 8] {
        unproved()
    }
    fn xor3(self, _: [Value; 8], _: [Value; 8], _: [Value; 8]) -> [Value; 8] {
        unproved()
    }
    fn choose(self, _: [Value; 8], _: [Value; 8], _: [Value; 8]) -> [Value; 8] {
        unproved()
    }
    fn majority(self, _: [Value; 8], _: [Value; 8], _: [Value; 8]) -> [Value; 8] {
        unproved()
    }
}

impl Lanes for Proof {
    type Four = Self;

    fn four(self) -> Self {
        self
    }
    fn load_bytes(self, _: &[u8; 64]) -> [Value; 8] {
        unproved()
    }
    fn store_bytes(self, _: [Value; 8]) -> [u8; 64] {
        unproved()
    }
    fn shl_by(self, _: [Value; 8], _: u64) -> [Value; 8] {
        unproved()
    }
    fn shr_by(self, _: [Value; 8], _: u64) -> [Value; 8] {
        unproved()
    }
    fn equal(self, _: [Value; 8], _: [Value; 8]) -> u8 {
        unproved()
    }
    fn lookup16(self, _: [Value; 8], _: [Value; 8], _: [Value; 8]) -> [Value; 8] {
        unproved()
    }
    fn transpose(self, _: [&Packed; 8]) -> [[Value; 8]; ENTRY_WORDS] {
        unproved()
    }
    fn prefetch(self, _: &Packed) {}
}

fn unproved() -> ! {
    panic!("an operation that no proof knows")
}

/// Limbs that may be anything below a bound, in every lane something else.
pub(super) fn any_limbs(below: [i128; 8]) -> Limbs<Proof> {
    [(); 8].map(|()| lanes(|facts, lane| facts.input(0, below[lane] - 1)))
}

/// The bound of each lane: its limbs are not negative, and below it.
pub(super) fn bounds(limbs: &Limbs<Proof>) -> [i128; 8] {
    facts(|facts| {
        core::array::from_fn(|lane| {
            let limbs = limbs.iter().map(|limb| &facts.values[limb[lane]]);
            let highest = limbs.map(|limb| {
                assert!(limb.low >= 0, "a limb may be {}", limb.low);
                limb.high
            });
            highest.max().unwrap() + 1
        })
    })
}

/// Everything that a multiplication may leave.
pub(super) const TIGHT: i128 = (1 << 48) + (1 << 15);
/// A table's ordinate, or the negative of one.
pub(super) const ORDINATE: i128 = (1 << 49) + (1 << 48);
/// What a multiplication takes.
pub(super) const LOOSE: i128 = 1 << 51;

/// A tight element of any value.
pub(super) fn any_tight() -> Tight<Proof> {
    Tight(any_limbs([TIGHT; 8]))
}
