#![doc = include_str!("../docs/safegcd.md")]

use zeroize::Zeroize;

use crate::ct::Mask;
use crate::limbs::Limbs;

/// Division steps between two updates of the long numbers, and bits of a limb.
const STEPS: u32 = 62;
const LOW: u64 = u64::MAX >> 2;
const LIMBS: usize = 7;

/// 15·62 = 930 steps; ⌊(45907·384 + 30179)/19929⌋ = 886 are enough for any
/// input below a modulus of 384 bits.
const ROUNDS: usize = 15;

/// A signed number Σ limb·2^(62·i), all limbs but the last in 0…2^62 − 1: it
/// holds −2^433 … 2^433 − 1.
type Signed = [i64; LIMBS];

/// An odd modulus below 2^384 and what its inversions need.
pub(crate) struct Modulus {
    value: Signed,
    /// modulus⁻¹ mod 2^62.
    inverse: u64,
}

/// What [`STEPS`] division steps do to (f, g), times 2^62:
/// (f, g) ← (u·f + v·g, q·f + r·g)/2^62. |u| + |v| and |q| + |r| are at most 2^62.
#[derive(Clone, Copy)]
struct Transition {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// Inverses as [`Modulus::invert`] gives them, of two values for two moduli: the
/// steps of one fill the time that the other's wait for each other.
#[inline(never)] // So that the scan of compiled code meets it.
pub(crate) fn invert_both(a: (&Modulus, &Limbs), b: (&Modulus, &Limbs)) -> (Limbs, Limbs) {
    let (mut a, mut b) = (Inversion::new(a.0, a.1), Inversion::new(b.0, b.1));
    for _ in 0..ROUNDS {
        let [t_a, t_b] = steps([&mut a, &mut b]);
        a.update(t_a);
        b.update(t_b);
    }
    (a.finish(), b.finish())
}

/// An inversion in constant time, on its way; wiped at the end.
struct Inversion<'a> {
    modulus: &'a Modulus,
    f: Signed,
    g: Signed,
    d: Signed,
    e: Signed,
    zeta: i64,
}

impl<'a> Inversion<'a> {
    fn new(modulus: &'a Modulus, value: &Limbs) -> Self {
        Self {
            modulus,
            f: modulus.value,
            g: widen(value),
            d: [0; 7],
            e: [1, 0, 0, 0, 0, 0, 0],
            zeta: -1,
        }
    }

    fn update(&mut self, t: Transition) {
        self.modulus
            .update_coefficients(&mut self.d, &mut self.e, t);
        update_values(&mut self.f, &mut self.g, t, LIMBS);
    }

    fn finish(mut self) -> Limbs {
        let [.., top] = self.f;
        let inverse = self.modulus.normalize(&self.d, Mask::is_negative(top));
        for number in [&mut self.f, &mut self.g, &mut self.d, &mut self.e] {
            number.zeroize();
        }
        inverse
    }
}

impl Modulus {
    pub(crate) const fn new(modulus: &Limbs) -> Self {
        // Newton's iteration doubles the correct bits; odd·odd = 1 mod 8 gives three.
        let low = modulus[0];
        let mut inverse = low;
        let mut bits = 3;
        while bits < STEPS {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(low.wrapping_mul(inverse)));
            bits *= 2;
        }
        Self {
            value: widen(modulus),
            inverse: inverse & LOW,
        }
    }

    /// value⁻¹ modulo the modulus, zero for zero; for a value below the modulus.
    ///
    /// The same instructions for every value.
    pub(crate) fn invert(&self, value: &Limbs) -> Limbs {
        let mut inversion = Inversion::new(self, value);
        for _ in 0..ROUNDS {
            let [t] = steps([&mut inversion]);
            inversion.update(t);
        }
        inversion.finish()
    }

    /// As [`Self::invert`], in a time that depends on the value: it stops when
    /// g is zero, skips runs of zero bits, and drops limbs that have become empty.
    pub(crate) fn invert_vartime(&self, value: &Limbs) -> Limbs {
        let (mut f, mut g) = (self.value, widen(value));
        let (mut d, mut e) = ([0; 7], [1, 0, 0, 0, 0, 0, 0]);
        let mut eta = -1;
        let mut length = LIMBS;
        while g != [0; 7] {
            let t;
            (eta, t) = steps_vartime(eta, low_word(&f), low_word(&g));
            self.update_coefficients(&mut d, &mut e, t);
            update_values(&mut f, &mut g, t, length);
            length = shorten(&mut f, &mut g, length);
        }
        let sign = f.get(length - 1).is_some_and(|limb| *limb < 0);
        self.normalize(&d, Mask::from_bit(u64::from(sign)))
    }

    /// (d, e) ← (u·d + v·e, q·d + r·e)/2^62 modulo the modulus.
    ///
    /// With d and e in (−2·m, m) before, so they are after: a negative one has m
    /// added, weighted by its factor, which brings the sums into (−m·2^62,
    /// m·2^62); the multiple of m that clears the low 62 bits is below m·2^62;
    /// it is subtracted. The factors of m are below 2^63, each column below 2^126.
    #[expect(
        clippy::indexing_slicing,
        reason = "every index is below the arrays' constant length"
    )]
    fn update_coefficients(&self, d: &mut Signed, e: &mut Signed, t: Transition) {
        let (d_negative, e_negative) = (d[6] >> 63, e[6] >> 63);
        let mut m_d = (t.u & d_negative) + (t.v & e_negative);
        let mut m_e = (t.q & d_negative) + (t.r & e_negative);
        let mut c_d = wide(t.u, d[0]) + wide(t.v, e[0]);
        let mut c_e = wide(t.q, d[0]) + wide(t.r, e[0]);
        m_d -= self.clearing(c_d, m_d);
        m_e -= self.clearing(c_e, m_e);
        c_d = (c_d + wide(self.value[0], m_d)) >> STEPS;
        c_e = (c_e + wide(self.value[0], m_e)) >> STEPS;
        for i in 1..7 {
            c_d += wide(t.u, d[i]) + wide(t.v, e[i]) + wide(self.value[i], m_d);
            c_e += wide(t.q, d[i]) + wide(t.r, e[i]) + wide(self.value[i], m_e);
            (d[i - 1], c_d) = split(c_d);
            (e[i - 1], c_e) = split(c_e);
        }
        (d[6], e[6]) = (last(c_d), last(c_e));
    }

    /// What to subtract from the factor `m` of the modulus so that
    /// column + m·modulus is a multiple of 2^62.
    fn clearing(&self, column: i128, m: i64) -> i64 {
        let low = truncate(column);
        let excess = self
            .inverse
            .wrapping_mul(low)
            .wrapping_add(m.cast_unsigned());
        (excess & LOW).cast_signed()
    }

    /// ±d for d in (−2·m, m), canonical.
    fn normalize(&self, d: &Signed, negate: Mask) -> Limbs {
        let mut r = self.add_if(d, Mask::is_negative(d[6]));
        let sign = negate.bits().cast_signed();
        for limb in &mut r {
            *limb = (*limb ^ sign) - sign;
        }
        carry(&mut r);
        let mut r = self.add_if(&r, Mask::is_negative(r[6]));
        let narrowed = narrow(&r);
        r.zeroize();
        narrowed
    }

    /// d, or d + m; carried.
    fn add_if(&self, d: &Signed, mask: Mask) -> Signed {
        let mut r = *d;
        for (limb, m) in r.iter_mut().zip(&self.value) {
            *limb += m & mask.bits().cast_signed();
        }
        carry(&mut r);
        r
    }
}

/// [`STEPS`] division steps on the low words of f and g, in constant time, of
/// several inversions side by side.
///
/// `zeta` is −(δ + 1/2) of the half-integer variant, which starts at δ = 1/2.
fn steps<const N: usize>(inversions: [&mut Inversion<'_>; N]) -> [Transition; N] {
    let mut halves = inversions
        .each_ref()
        .map(|i| Half::new(i.zeta, low_word(&i.f), low_word(&i.g)));
    run(&mut halves);
    let first = halves.map(|half| half.transition());
    let mut halves = halves.map(|half| Half::new(half.zeta, half.f, half.g));
    run(&mut halves);
    let mut pairs = first.iter().zip(&halves).zip(inversions);
    core::array::from_fn(|_| {
        let Some(((first, half), inversion)) = pairs.next() else {
            return Transition::NOTHING;
        };
        inversion.zeta = half.zeta;
        half.transition().after(first)
    })
}

/// Half of the steps.
fn run<const N: usize>(halves: &mut [Half; N]) {
    for _ in 0..STEPS / 2 {
        for half in &mut *halves {
            half.step();
        }
    }
}

/// Half of the steps on their way, with u and v in one word, u + 2^32·v, and q and
/// r in another: sums, differences and doublings serve both at once.
#[derive(Clone, Copy)]
struct Half {
    zeta: i64,
    f: u64,
    g: u64,
    uv: u64,
    qr: u64,
}

impl Half {
    const fn new(zeta: i64, f: u64, g: u64) -> Self {
        Self {
            zeta,
            f,
            g,
            uv: 1,
            qr: 1 << 32,
        }
    }

    #[inline(always)]
    fn step(&mut self) {
        let swap = Mask::is_negative(self.zeta);
        let odd = Mask::from_bit(self.g & 1);
        // g odd: g ← g + f, or g − f where the two change places.
        let sign = swap.bits();
        let signed = |value: u64| (value ^ sign).wrapping_sub(sign);
        self.g = self.g.wrapping_add(odd.keep(signed(self.f)));
        self.qr = self.qr.wrapping_add(odd.keep(signed(self.uv)));
        // Changing places: f ← g, which is f + (g − f).
        let swap = swap.and(odd);
        self.zeta = (self.zeta ^ swap.bits().cast_signed()) - 1;
        self.f = self.f.wrapping_add(swap.keep(self.g));
        self.uv = self.uv.wrapping_add(swap.keep(self.qr)) << 1;
        self.g >>= 1;
    }

    fn transition(&self) -> Transition {
        let ((u, v), (q, r)) = (apart(self.uv), apart(self.qr));
        Transition { u, v, q, r }
    }
}

/// u and v, from −2^31 + 1 to 2^31 each.
///
/// After 31 steps |u| + |v| and |q| + |r| are at most 2^31, and −2^31 is none of
/// them: r is odd, because v is even; so |q| and |r| are less. v is zero, and u
/// then 2^31, only where f and g have never changed places; u is zero, and v then
/// 2^31, only where they did so at the first step and never again.
fn apart(word: u64) -> (i64, i64) {
    // The negatives fit into 32 bits.
    let negative = word.wrapping_neg();
    let low = (negative << 32).cast_signed() >> 32;
    let high = negative.wrapping_sub(low.cast_unsigned()).cast_signed() >> 32;
    (-low, -high)
}

/// [`STEPS`] division steps of the variant with `eta` = −δ, δ = 1 at first.
fn steps_vartime(mut eta: i64, mut f: u64, mut g: u64) -> (i64, Transition) {
    let (mut u, mut v, mut q, mut r) = (1_u64, 0_u64, 0_u64, 1_u64);
    let mut left = STEPS;
    loop {
        // All steps on an even g at once; the set bits stop the count at `left`.
        let zeros = (g | (u64::MAX << left)).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            return (eta, Transition::new(u, v, q, r));
        }
        if eta < 0 {
            eta = -eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // Until eta changes its sign again, steps only add multiples of f to g:
        // as many low bits of g as there are such steps are cleared at once.
        let steps = left.min(u32::try_from(eta + 1).unwrap_or(left)).min(6);
        let inverse = f.wrapping_mul(2_u64.wrapping_sub(f.wrapping_mul(f)));
        let factor = g.wrapping_neg().wrapping_mul(inverse) & ((1 << steps) - 1);
        g = g.wrapping_add(f.wrapping_mul(factor));
        q = q.wrapping_add(u.wrapping_mul(factor));
        r = r.wrapping_add(v.wrapping_mul(factor));
    }
}

impl Transition {
    fn new(u: u64, v: u64, q: u64, r: u64) -> Self {
        Self {
            u: u.cast_signed(),
            v: v.cast_signed(),
            q: q.cast_signed(),
            r: r.cast_signed(),
        }
    }

    const NOTHING: Self = Self {
        u: 1,
        v: 0,
        q: 0,
        r: 1,
    };

    /// What this does to what `first` has done.
    const fn after(&self, first: &Self) -> Self {
        Self {
            u: self.u * first.u + self.v * first.q,
            v: self.u * first.v + self.v * first.r,
            q: self.q * first.u + self.r * first.q,
            r: self.q * first.v + self.r * first.r,
        }
    }
}

/// (f, g) ← (u·f + v·g, q·f + r·g)/2^62, exactly, on `length` limbs.
#[expect(
    clippy::indexing_slicing,
    reason = "length is at most 7, and at least 1"
)]
fn update_values(f: &mut Signed, g: &mut Signed, t: Transition, length: usize) {
    let mut c_f = (wide(t.u, f[0]) + wide(t.v, g[0])) >> STEPS;
    let mut c_g = (wide(t.q, f[0]) + wide(t.r, g[0])) >> STEPS;
    for i in 1..length {
        c_f += wide(t.u, f[i]) + wide(t.v, g[i]);
        c_g += wide(t.q, f[i]) + wide(t.r, g[i]);
        (f[i - 1], c_f) = split(c_f);
        (g[i - 1], c_g) = split(c_g);
    }
    (f[length - 1], g[length - 1]) = (last(c_f), last(c_g));
}

/// Folds a last limb that is only a sign into the one before, in f and g.
#[expect(
    clippy::indexing_slicing,
    reason = "length is at most 7, and at least 2 where it indexes"
)]
fn shorten(f: &mut Signed, g: &mut Signed, length: usize) -> usize {
    let is_sign = |limb: i64| limb == 0 || limb == -1;
    if length < 2 || !is_sign(f[length - 1]) || !is_sign(g[length - 1]) {
        return length;
    }
    for number in [f, g] {
        number[length - 2] |= number[length - 1] << STEPS;
        number[length - 1] = 0;
    }
    length - 1
}

const fn widen(limbs: &Limbs) -> Signed {
    #[expect(clippy::indexing_slicing, reason = "0…5 of six limbs")]
    const fn field(limbs: &Limbs, low: usize, shift: u32) -> i64 {
        (((limbs[low] >> shift) | (limbs[low + 1] << (64 - shift))) & LOW).cast_signed()
    }
    [
        (limbs[0] & LOW).cast_signed(),
        field(limbs, 0, 62),
        field(limbs, 1, 60),
        field(limbs, 2, 58),
        field(limbs, 3, 56),
        field(limbs, 4, 54),
        (limbs[5] >> 52).cast_signed(),
    ]
}

/// The six limbs of a canonical number.
fn narrow(signed: &Signed) -> Limbs {
    let s = signed.map(i64::cast_unsigned);
    [
        s[0] | (s[1] << 62),
        (s[1] >> 2) | (s[2] << 60),
        (s[2] >> 4) | (s[3] << 58),
        (s[3] >> 6) | (s[4] << 56),
        (s[4] >> 8) | (s[5] << 54),
        (s[5] >> 10) | (s[6] << 52),
    ]
}

/// Brings all limbs but the last into 0…2^62 − 1.
fn carry(number: &mut Signed) {
    let mut carry = 0;
    for limb in number.iter_mut().take(6) {
        *limb += carry;
        carry = *limb >> STEPS;
        *limb &= LOW.cast_signed();
    }
    number[6] += carry;
}

/// The low 64 bits of f or g; division steps look at 62 of them.
fn low_word(number: &Signed) -> u64 {
    number[0].cast_unsigned() | (number[1].cast_unsigned() << STEPS)
}

fn wide(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

/// The low 62 bits, and the rest.
fn split(column: i128) -> (i64, i128) {
    ((truncate(column) & LOW).cast_signed(), column >> STEPS)
}

#[expect(clippy::cast_possible_truncation, reason = "the low bits are meant")]
fn truncate(column: i128) -> u64 {
    column.cast_unsigned() as u64
}

/// The last column of a number within bounds, which fits.
fn last(column: i128) -> i64 {
    truncate(column).cast_signed()
}

#[cfg(test)]
mod tests {
    use crate::scalar::{ORDER, Scalar};

    /// Runs of steps that change nothing bring the transitions to their bounds.
    #[test]
    fn powers_of_two_and_their_negatives_are_inverted() {
        let mut power = Scalar::ONE;
        for _ in 0..383 {
            for value in [power, power.negate()] {
                let inverse = Scalar(ORDER.invert(&value.0));
                let (a, b) = super::invert_both((&ORDER, &value.0), (&ORDER, &inverse.0));
                assert_eq!((a, b), (inverse.0, value.0));
                assert_eq!(inverse.mul(&value), Scalar::ONE);
                assert_eq!(inverse.0, ORDER.invert_vartime(&value.0));
            }
            power = power.add(&power);
        }
    }
}
