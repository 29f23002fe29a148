#![doc = include_str!("../../../docs/lanes-safegcd.md")]

use super::vector::{Lanes, Vectors, eight, kernel};
use crate::backend::serial::field::Field;
use crate::ct::Mask;
use crate::field::P;
use crate::limbs::{self, Limbs};
use crate::scalar::{N, Scalar};
use crate::wipe::wipe;

/// Division steps between two updates of the long numbers, and bits of a limb.
const STEPS: u32 = 50;
const MASK: u64 = (1 << STEPS) - 1;

/// 18·50 = 900 steps; 886 are enough for any input below a modulus of 384 bits.
const ROUNDS: usize = 18;

/// Added to both factors of a row, so that they are not negative.
const OFFSET: u64 = 1 << STEPS;

/// Added to the columns but the last, so that they are not negative, and what that
/// is in the next.
const BIAS: u64 = 1 << 52;
const BIAS_CARRIED: u64 = BIAS >> STEPS;

/// So many times the modulus, d is certainly not negative.
const MULTIPLE: u64 = 19;

/// An odd modulus above 2^384 − 2^192 and what its inversions need.
struct Modulus {
    value: Limbs,
    /// Of 50 bits.
    limbs: [u64; 8],
    /// −modulus⁻¹ mod 2^50.
    factor: u64,
    /// 2^384 − modulus.
    complement: Limbs,
}

static FIELD: Modulus = Modulus::new(&P);
static ORDER: Modulus = Modulus::new(&N);

/// Four numbers, Σ limb·2^(50·i): all limbs but the last below 2^50 + 2^6, the last
/// one signed.
type Long<V> = [<V as Vectors>::Vector; 8];

/// The same outside of kernels; there may be more lanes, with nothing in them.
type Columns = [[u64; 8]; 8];

/// What [`STEPS`] division steps do, times 2^50: each number, and the one in the
/// lane beside, times these factors; [`OFFSET`] is added to both.
#[derive(Clone, Copy)]
struct Transition<V: Vectors> {
    own: V::Vector,
    other: V::Vector,
}

/// The columns of Σ factor·number, the low and the high halves of the products.
#[derive(Clone, Copy)]
struct Sums<V: Vectors> {
    low: Long<V>,
    high: Long<V>,
    /// The low halves of column 8.
    last: V::Vector,
}

/// 1/a, and zero for zero, in constant time.
pub(crate) fn invert<L: Lanes>(l: L, a: &Field) -> Field {
    let [inverse, _] = invert_two(l, [(&FIELD, a.to_limbs()), (&ORDER, [0; 6])]);
    Field::from_inverse(inverse)
}

/// 1/a and 1/k, and zero for zero, in constant time.
pub(crate) fn invert_both<L: Lanes>(l: L, a: &Field, k: &Scalar) -> (Field, Scalar) {
    let [a, k] = invert_two(l, [(&FIELD, a.to_limbs()), (&ORDER, k.0)]);
    (Field::from_inverse(a), Scalar(k))
}

/// The inverses of numbers below their moduli.
fn invert_two<L: Lanes>(l: L, pairs: [(&Modulus, Limbs); 2]) -> [Limbs; 2] {
    let [(m, a), (n, b)] = pairs;
    let (a, b) = (split(&a), split(&b));
    let moduli = eight!(I => [m.limbs[I], m.limbs[I], n.limbs[I], n.limbs[I], 0, 0, 0, 0]);
    let factors = [m.factor, m.factor, n.factor, n.factor, 0, 0, 0, 0];
    let mut values = eight!(I => [m.limbs[I], a[I], n.limbs[I], b[I], 0, 0, 0, 0]);
    let mut coefficients = [[0; 8]; 8];
    coefficients[0] = [0, 1, 0, 1, 0, 0, 0, 0];
    divide(l.four(), &mut values, &mut coefficients, &moduli, &factors);
    #[expect(clippy::indexing_slicing, reason = "lanes 0 and 2")]
    let lane = |columns: &Columns, lane: usize| eight!(I => columns[I][lane]);
    let inverses = [
        m.finish(lane(&values, 0), lane(&coefficients, 0)),
        n.finish(lane(&values, 2), lane(&coefficients, 2)),
    ];
    wipe(&mut values);
    wipe(&mut coefficients);
    inverses
}

kernel! {
    /// All steps: f and g, of both pairs, are `values`, and d and e `coefficients`.
    fn divide<V: Vectors>(v, values: &mut Columns, coefficients: &mut Columns, moduli: &Columns, factors: &[u64; 8]) {
        let mut fg = eight!(I => v.load(&values[I]));
        let mut de = eight!(I => v.load(&coefficients[I]));
        let modulus = eight!(I => v.load(&moduli[I]));
        let factor = v.load(factors);
        let mut zeta = v.splat(u64::MAX);
        for _ in 0..ROUNDS {
            let low_words = v.add(fg[0], v.shl::<STEPS>(fg[1]));
            let t;
            (zeta, t) = steps(v, zeta, low_words);
            let sums = products(v, &fg, &t);
            fg = divided(v, &sums);
            let sums = products(v, &de, &t);
            de = divided(v, &cleared(v, &sums, &modulus, factor));
        }
        *values = eight!(I => v.store(fg[I]));
        *coefficients = eight!(I => v.store(de[I]));
    }
}

/// [`STEPS`] division steps on the low words of f and g, in lanes beside each other.
///
/// `zeta` is −(δ + 1/2), in both lanes of a pair.
#[inline(always)]
fn steps<V: Vectors>(v: V, zeta: V::Vector, words: V::Vector) -> (V::Vector, Transition<V>) {
    let mut zeta = zeta;
    // In both lanes of a pair: f, and g. Of a pair: u and v, and q and r.
    let mut f = v.permute(words, v.load(&[0, 0, 2, 2, 0, 0, 0, 0]));
    let mut g = v.permute(words, v.load(&[1, 1, 3, 3, 0, 0, 0, 0]));
    let mut uv = v.load(&[1, 0, 1, 0, 0, 0, 0, 0]);
    let mut qr = v.load(&[0, 1, 0, 1, 0, 0, 0, 0]);
    let ones = v.splat(u64::MAX);
    // The order is that of the instructions: those first that the next step waits for.
    for _ in 0..STEPS {
        let sign = v.sra::<63>(zeta);
        let odd = v.sub(v.splat(0), v.and(g, v.splat(1)));
        let signed_f = v.choose(sign, v.sub(v.splat(0), f), f);
        let swap = v.and(sign, odd);
        // g odd: g + f, or g − f where the two change places.
        let added = v.and(signed_f, odd);
        f = v.choose(swap, g, f);
        g = v.shr::<1>(v.add(g, added));
        zeta = v.choose(swap, v.sub(v.splat(u64::MAX - 1), zeta), v.add(zeta, ones));
        // −x is the complement of x, plus one.
        let added = v.and(v.xor(uv, sign), odd);
        let less = v.sub(qr, swap);
        uv = v.choose(swap, qr, uv);
        qr = v.add(less, added);
        uv = v.add(uv, uv);
    }
    // f ← u·f + v·g and g ← r·g + q·f.
    let other = v.permute(v.blend(0b0101, uv, qr), v.load(&BESIDE));
    let offset = v.splat(OFFSET);
    let transition = Transition {
        own: v.add(v.blend(0b1010, uv, qr), offset),
        other: v.add(other, offset),
    };
    (zeta, transition)
}

/// The number of the lane beside.
const BESIDE: [u64; 8] = [1, 0, 3, 2, 5, 4, 7, 6];

#[inline(always)]
fn beside<V: Vectors>(v: V, x: &Long<V>) -> Long<V> {
    let lanes = v.load(&BESIDE);
    eight!(I => v.permute(x[I], lanes))
}

/// own·x + other·x′, with ′ for the lane beside, without the offset. Column i + 1 of
/// the low halves begins with what column i has to be made less by.
#[inline(always)]
fn products<V: Vectors>(v: V, x: &Long<V>, t: &Transition<V>) -> Sums<V> {
    const BIASES: [u64; 8] = {
        let carried = BIAS_CARRIED.wrapping_neg();
        let between = BIAS - BIAS_CARRIED;
        [
            BIAS, between, between, between, between, between, between, carried,
        ]
    };
    let (other, zero) = (beside(v, x), v.splat(0));
    let begin = eight!(I => v.sub(v.splat(BIASES[I]), v.add(x[I], other[I])));
    let [b0, b1, b2, b3, b4, b5, b6, b7] = begin;
    let begin = [zero, b0, b1, b2, b3, b4, b5, b6];
    let low = eight!(I => v.mul_low(v.mul_low(begin[I], t.own, x[I]), t.other, other[I]));
    let mut high = eight!(I => v.mul_high(v.mul_high(zero, t.own, x[I]), t.other, other[I]));
    // The multiplier took the last limbs for 2^52 more where they are negative.
    let own = v.and(t.own, v.sra::<63>(x[7]));
    let beside = v.and(t.other, v.sra::<63>(other[7]));
    high[7] = v.sub(high[7], v.add(own, beside));
    Sums {
        low,
        high,
        last: b7,
    }
}

/// With the multiple of the modulus that clears the low 50 bits.
#[inline(always)]
fn cleared<V: Vectors>(v: V, sums: &Sums<V>, modulus: &Long<V>, factor: V::Vector) -> Sums<V> {
    let multiple = v.mul_low(v.splat(0), sums.low[0], factor);
    let multiple = v.and(multiple, v.splat(MASK));
    Sums {
        low: eight!(I => v.mul_low(sums.low[I], multiple, modulus[I])),
        high: eight!(I => v.mul_high(sums.high[I], multiple, modulus[I])),
        last: sums.last,
    }
}

/// The sums divided by 2^50, and carried once.
#[inline(always)]
fn divided<V: Vectors>(v: V, sums: &Sums<V>) -> Long<V> {
    let mask = v.splat(MASK);
    let [l0, l1, l2, l3, l4, l5, l6, l7] = sums.low;
    // Column i + 1 becomes column i.
    let lows = [
        v.add(l1, v.shr::<STEPS>(l0)),
        l2,
        l3,
        l4,
        l5,
        l6,
        l7,
        sums.last,
    ];
    let column = eight!(I => v.add(lows[I], v.shl::<2>(sums.high[I])));
    let carry = eight!(I => v.shr::<STEPS>(column[I]));
    [
        v.and(column[0], mask),
        v.add(v.and(column[1], mask), carry[0]),
        v.add(v.and(column[2], mask), carry[1]),
        v.add(v.and(column[3], mask), carry[2]),
        v.add(v.and(column[4], mask), carry[3]),
        v.add(v.and(column[5], mask), carry[4]),
        v.add(v.and(column[6], mask), carry[5]),
        v.add(column[7], carry[6]),
    ]
}

impl Modulus {
    const fn new(value: &Limbs) -> Self {
        // Newton's iteration doubles the correct bits; odd·odd = 1 mod 8 gives three.
        let low = value[0];
        let mut inverse = low;
        let mut bits = 3;
        while bits < STEPS {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(low.wrapping_mul(inverse)));
            bits *= 2;
        }
        let [a, b, c, ..] = *value;
        Self {
            value: *value,
            limbs: split(value),
            factor: inverse.wrapping_neg() & MASK,
            // The upper half of the modulus is all ones.
            complement: [a.wrapping_neg(), !b, !c, 0, 0, 0],
        }
    }

    /// The inverse, d times the sign of f, canonical; from uncarried limbs, d
    /// between −19·modulus and 19·modulus.
    fn finish(&self, f: [u64; 8], d: [u64; 8]) -> Limbs {
        let sign = Mask::is_negative(carried(&f)[7].cast_signed()).bits();
        // ±d + 19·modulus.
        let mut positive = carried(&eight!(I => {
            let signed = (d[I] ^ sign).wrapping_sub(sign);
            signed.wrapping_add(MULTIPLE * self.limbs[I])
        }));
        let (mut sum, over) = join(&positive);
        wipe(&mut positive);
        // 2^384 is the complement, modulo the modulus.
        let mut carry = 0;
        for (sum, complement) in sum.iter_mut().zip(&self.complement) {
            (*sum, carry) = over.carrying_mul_add(*complement, *sum, carry);
        }
        limbs::reduce_once(&sum, carry != 0, &self.value)
    }
}

/// The same number, all limbs but the last in 0…2^50 − 1.
#[inline(always)]
fn carried(number: &[u64; 8]) -> [u64; 8] {
    let mut carry = 0;
    let mut limbs = eight!(I => {
        let sum = number[I].wrapping_add(carry);
        carry = (sum.cast_signed() >> STEPS).cast_unsigned();
        sum & MASK
    });
    limbs[7] = limbs[7].wrapping_add(carry << STEPS);
    limbs
}

/// Limbs of 50 bits.
const fn split(words: &Limbs) -> [u64; 8] {
    let [w0, w1, w2, w3, w4, w5] = *words;
    [
        w0 & MASK,
        (w0 >> 50 | w1 << 14) & MASK,
        (w1 >> 36 | w2 << 28) & MASK,
        (w2 >> 22 | w3 << 42) & MASK,
        (w3 >> 8) & MASK,
        (w3 >> 58 | w4 << 6) & MASK,
        (w4 >> 44 | w5 << 20) & MASK,
        w5 >> 30,
    ]
}

/// A number below 2^400 from its limbs, as what is below 2^384 and the rest.
const fn join(limbs: &[u64; 8]) -> (Limbs, u64) {
    let [a, b, c, d, e, f, g, h] = *limbs;
    let words = [
        a | b << 50,
        b >> 14 | c << 36,
        c >> 28 | d << 22,
        d >> 42 | e << 8 | f << 58,
        f >> 6 | g << 44,
        g >> 20 | h << 30,
    ];
    (words, h >> 34)
}

#[cfg(test)]
mod tests;
