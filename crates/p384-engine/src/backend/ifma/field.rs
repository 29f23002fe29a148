#![doc = include_str!("../../../docs/lanes-field.md")]

pub(super) mod montgomery;

use super::vector::{Lanes, Vectors, eight, kernel};
use crate::backend::serial::field::Field;
use crate::limbs::Limbs as Words;
use crate::wipe::Blank;
use montgomery::{MASK, carry, columns, product, products, square};

/// Limbs of 48 bits, the least significant first, of eight field elements.
pub(crate) type Limbs<L> = [<L as Vectors>::Vector; 8];

/// Eight field elements in Montgomery form, each limb below 2^48 + 2^15.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Tight<L: Lanes>(pub(super) Limbs<L>);

/// Eight field elements in Montgomery form, each limb below 2^49 + 2^48: an
/// ordinate as a table has it, or its negative.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Ordinate<L: Lanes>(pub(super) Limbs<L>);

/// Eight field elements in Montgomery form, each limb below 2^51: what a
/// subtraction leaves. A multiplication takes it as it is.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Loose<L: Lanes>(pub(super) Limbs<L>);

impl<L: Lanes> Blank for Tight<L> {
    const BLANK: Self = Self(Blank::BLANK);
}

impl<L: Lanes> Blank for Ordinate<L> {
    const BLANK: Self = Self(Blank::BLANK);
}

impl<L: Lanes> Blank for Loose<L> {
    const BLANK: Self = Self(Blank::BLANK);
}

/// What may be multiplied: limbs below 2^51, so that a square may double them.
pub(crate) trait Factor<L: Lanes> {
    fn limbs(&self) -> &Limbs<L>;
}

impl<L: Lanes> Factor<L> for Tight<L> {
    #[inline(always)]
    fn limbs(&self) -> &Limbs<L> {
        &self.0
    }
}

impl<L: Lanes> Factor<L> for Ordinate<L> {
    #[inline(always)]
    fn limbs(&self) -> &Limbs<L> {
        &self.0
    }
}

impl<L: Lanes> Factor<L> for Loose<L> {
    #[inline(always)]
    fn limbs(&self) -> &Limbs<L> {
        &self.0
    }
}

/// 2^384 mod p: one, in Montgomery form.
pub(crate) const ONE: Words = [0xffff_ffff_0000_0001, 0x0000_0000_ffff_ffff, 1, 0, 0, 0];

/// 2^383: a half, in Montgomery form.
pub(crate) const HALF: Words = [0, 0, 0, 0, 0, 1 << 63];

/// 2^768 mod p: takes a number into Montgomery form.
pub(crate) const R_SQUARED: Words = [
    0xffff_fffe_0000_0001,
    0x0000_0002_0000_0000,
    0xffff_fffe_0000_0000,
    0x0000_0002_0000_0000,
    0x0000_0000_0000_0001,
    0,
];

/// p in limbs of 48 bits.
const P: [u64; 8] = split(&crate::field::P);

/// 2·p, with every limb at least 2^49 − 3 and below 2^49 + 2^48: a tight limb
/// can be subtracted from it.
pub(super) const TWICE_P: [u64; 8] = raised(2);

/// 4·p, with every limb at least 2^50 − 5 and below 2^50 + 2^48: an ordinate's limb
/// can be subtracted from it.
pub(super) const FOUR_P: [u64; 8] = raised(4);

/// n·p, with n·2^48 added to each limb but the last, and taken from the next.
#[expect(clippy::indexing_slicing, reason = "limbs 0…7 of eight, as constants")]
const fn raised(n: u64) -> [u64; 8] {
    let mut limbs = [0; 8];
    let mut carry = 0;
    let mut i = 0;
    while i < 7 {
        let multiple = n * P[i] + carry;
        carry = multiple >> 48;
        let borrowed = if i == 0 { 0 } else { n };
        limbs[i] = (multiple & MASK) + (n << 48) - borrowed;
        i += 1;
    }
    limbs[7] = n * P[7] + carry - n;
    limbs
}

/// A number below 2^384 in limbs of 48 bits.
pub(super) const fn split(words: &Words) -> [u64; 8] {
    let [w0, w1, w2, w3, w4, w5] = *words;
    [
        w0 & MASK,
        (w0 >> 48 | w1 << 16) & MASK,
        (w1 >> 32 | w2 << 32) & MASK,
        w2 >> 16,
        w3 & MASK,
        (w3 >> 48 | w4 << 16) & MASK,
        (w4 >> 32 | w5 << 32) & MASK,
        w5 >> 16,
    ]
}

impl<L: Lanes> Ordinate<L> {
    pub(crate) fn zero(l: L) -> Self {
        Self([l.splat(0); 8])
    }
}

impl<L: Lanes> From<Tight<L>> for Ordinate<L> {
    fn from(tight: Tight<L>) -> Self {
        Self(tight.0)
    }
}

impl<L: Lanes> Tight<L> {
    pub(crate) fn zero(l: L) -> Self {
        Self([l.splat(0); 8])
    }

    /// The same number, below 2^384, in all lanes.
    pub(crate) fn splat(l: L, words: &Words) -> Self {
        Self(split(words).map(|limb| l.splat(limb)))
    }

    /// A number below 2^384 for each lane, taken as it is: without conversion to
    /// Montgomery form.
    pub(crate) fn from_words(l: L, lanes: &[Words; 8]) -> Self {
        let words = core::array::from_fn(|word| {
            #[expect(clippy::indexing_slicing, reason = "a word of each number")]
            l.load(&lanes.map(|lane| lane[word]))
        });
        let mut limbs = Self::zero(l);
        from_columns(l, &mut limbs, &words);
        limbs
    }

    /// The canonical number of each lane, without conversion from Montgomery form.
    pub(crate) fn to_words(self, l: L) -> [Words; 8] {
        let mut words = [l.splat(0); 6];
        canonical_columns(l, &mut words, &self);
        let columns = words.map(|word| l.store(word));
        core::array::from_fn(|lane| {
            #[expect(clippy::indexing_slicing, reason = "a lane of each vector")]
            columns.map(|column| column[lane])
        })
    }
}

/// From six columns of words to eight of limbs.
#[inline(always)]
pub(super) fn unpack<L: Lanes>(l: L, words: &[L::Vector; 6]) -> Limbs<L> {
    let mask = l.splat(MASK);
    let [w0, w1, w2, w3, w4, w5] = *words;
    [
        l.and(w0, mask),
        l.and(l.or(l.shr::<48>(w0), l.shl::<16>(w1)), mask),
        l.and(l.or(l.shr::<32>(w1), l.shl::<32>(w2)), mask),
        l.shr::<16>(w2),
        l.and(w3, mask),
        l.and(l.or(l.shr::<48>(w3), l.shl::<16>(w4)), mask),
        l.and(l.or(l.shr::<32>(w4), l.shl::<32>(w5)), mask),
        l.shr::<16>(w5),
    ]
}

/// From eight columns of limbs, all below 2^48, to six of words.
#[inline(always)]
pub(super) fn pack<L: Lanes>(l: L, limbs: &Limbs<L>) -> [L::Vector; 6] {
    let [a, b, c, d, e, f, g, h] = *limbs;
    [
        l.or(a, l.shl::<48>(b)),
        l.or(l.shr::<16>(b), l.shl::<32>(c)),
        l.or(l.shr::<32>(c), l.shl::<16>(d)),
        l.or(e, l.shl::<48>(f)),
        l.or(l.shr::<16>(f), l.shl::<32>(g)),
        l.or(l.shr::<32>(g), l.shl::<16>(h)),
    ]
}

/// a + multiple − b, limb by limb, for a multiple of p with limbs above those of b.
#[inline(always)]
pub(super) fn difference<L: Vectors>(
    l: L,
    a: &Limbs<L>,
    multiple: &[u64; 8],
    b: &Limbs<L>,
) -> Limbs<L> {
    eight!(I => l.sub(l.add(a[I], l.splat(multiple[I])), b[I]))
}

/// multiple − a, limb by limb, for a multiple of p with limbs above those of a.
#[inline(always)]
pub(super) fn negative<L: Vectors>(l: L, multiple: &[u64; 8], a: &Limbs<L>) -> Limbs<L> {
    eight!(I => l.sub(l.splat(multiple[I]), a[I]))
}

/// a, negated in the lanes of the mask; a canonical or tight, the result an ordinate.
#[inline(always)]
pub(super) fn negate_lanes<L: Lanes>(l: L, a: &Limbs<L>, mask: u8) -> Limbs<L> {
    let negative = negative(l, &TWICE_P, a);
    eight!(I => l.blend(mask, a[I], negative[I]))
}

/// a − b, limb by limb, without regard for signs: for the columns before a carry.
#[inline(always)]
pub(super) fn minus<L: Vectors>(l: L, a: &Limbs<L>, b: &Limbs<L>) -> Limbs<L> {
    eight!(I => l.sub(a[I], b[I]))
}

kernel! {
    fn from_columns<L>(l, out: &mut Tight<L>, words: &[L::Vector; 6]) {
        out.0 = unpack(l, words);
    }
}

kernel! {
    fn canonical_columns<L>(l, out: &mut [L::Vector; 6], a: &Tight<L>) {
        *out = pack(l, &montgomery::canonical(l, &a.0));
    }
}

/// a·b.
#[inline(always)]
pub(crate) fn mul<L: Lanes>(l: L, out: &mut Tight<L>, a: &impl Factor<L>, b: &impl Factor<L>) {
    mul_limbs(l, out, a.limbs(), b.limbs());
}

kernel! {
    fn mul_limbs<L>(l, out: &mut Tight<L>, a: &Limbs<L>, b: &Limbs<L>) {
        out.0 = carry(l, columns!(l, product, a, b));
    }
}

/// a·b − c.
#[inline(always)]
pub(crate) fn mul_sub<L: Lanes>(
    l: L,
    out: &mut Tight<L>,
    a: &impl Factor<L>,
    b: &impl Factor<L>,
    c: &Tight<L>,
) {
    mul_sub_limbs(l, out, a.limbs(), b.limbs(), c);
}

kernel! {
    fn mul_sub_limbs<L>(l, out: &mut Tight<L>, a: &Limbs<L>, b: &Limbs<L>, c: &Tight<L>) {
        let t = columns!(l, product, a, b);
        out.0 = carry(l, minus(l, &t, &c.0));
    }
}

kernel! {
    /// a ← a·b.
    pub(crate) fn mul_assign<L>(l, a: &mut Tight<L>, b: &Tight<L>) {
        a.0 = carry(l, columns!(l, product, a.0, b.0));
    }
}

kernel! {
    /// a·(b − c).
    pub(crate) fn mul_by_difference<L>(l, out: &mut Tight<L>, a: &Tight<L>, b: &Tight<L>, c: &Tight<L>) {
        let difference = difference(l, &b.0, &TWICE_P, &c.0);
        out.0 = carry(l, columns!(l, product, a.0, difference));
    }
}

kernel! {
    /// a ← a·(b − c).
    pub(crate) fn mul_by_difference_assign<L>(l, a: &mut Tight<L>, b: &Tight<L>, c: &Tight<L>) {
        let difference = difference(l, &b.0, &TWICE_P, &c.0);
        a.0 = carry(l, columns!(l, product, a.0, difference));
    }
}

kernel! {
    /// (a − b)·c.
    pub(crate) fn mul_of_difference<L>(l, out: &mut Tight<L>, a: &Ordinate<L>, b: &Ordinate<L>, c: &Tight<L>) {
        let difference = difference(l, &a.0, &FOUR_P, &b.0);
        out.0 = carry(l, columns!(l, product, c.0, difference));
    }
}

kernel! {
    /// a·(b − c) − d.
    pub(crate) fn mul_difference_sub<L>(l, out: &mut Ordinate<L>, a: &Tight<L>, b: &Tight<L>, c: &Tight<L>, d: &Ordinate<L>) {
        let difference = difference(l, &b.0, &TWICE_P, &c.0);
        let t = columns!(l, product, a.0, difference);
        out.0 = carry(l, minus(l, &t, &d.0));
    }
}

kernel! {
    /// e ← a·(b − c) − d·e: two products, one reduction.
    pub(crate) fn mul_difference_sub_mul_assign<L>(l, e: &mut Tight<L>, a: &Limbs<L>, b: &Tight<L>, c: &Tight<L>, d: &Tight<L>) {
        let difference = difference(l, &b.0, &TWICE_P, &c.0);
        let minus_e = negative(l, &TWICE_P, &e.0);
        e.0 = carry(l, columns!(l, products, a, difference, d.0, minus_e));
    }
}

kernel! {
    /// a·(b − c) − d·e: two products, one reduction.
    pub(crate) fn mul_difference_sub_mul<L>(l, out: &mut Tight<L>, a: &Limbs<L>, b: &Tight<L>, c: &Tight<L>, d: &Tight<L>, e: &Ordinate<L>) {
        let difference = difference(l, &b.0, &TWICE_P, &c.0);
        let minus_e = negative(l, &FOUR_P, &e.0);
        out.0 = carry(l, columns!(l, products, a, difference, d.0, minus_e));
    }
}

/// a².
#[inline(always)]
pub(crate) fn sqr<L: Lanes>(l: L, out: &mut Tight<L>, a: &impl Factor<L>) {
    sqr_limbs(l, out, a.limbs());
}

kernel! {
    fn sqr_limbs<L>(l, out: &mut Tight<L>, a: &Limbs<L>) {
        let twice = eight!(I => l.add(a[I], a[I]));
        out.0 = carry(l, columns!(l, square, a, twice));
    }
}

kernel! {
    /// (2·a)².
    pub(crate) fn sqr_twice<L>(l, out: &mut Tight<L>, a: &Tight<L>) {
        let twice = eight!(I => l.add(a.0[I], a.0[I]));
        let four_times = eight!(I => l.add(twice[I], twice[I]));
        out.0 = carry(l, columns!(l, square, twice, four_times));
    }
}

kernel! {
    /// a² − 2·b.
    pub(crate) fn sqr_sub_twice<L>(l, out: &mut Tight<L>, a: &Tight<L>, b: &Tight<L>) {
        let twice = eight!(I => l.add(a.0[I], a.0[I]));
        let t = columns!(l, square, a.0, twice);
        out.0 = carry(l, minus(l, &minus(l, &t, &b.0), &b.0));
    }
}

kernel! {
    /// 2·a·b.
    pub(crate) fn mul_twice<L>(l, out: &mut Tight<L>, a: &Tight<L>, b: &Tight<L>) {
        let twice = eight!(I => l.add(a.0[I], a.0[I]));
        out.0 = carry(l, columns!(l, product, twice, b.0));
    }
}

kernel! {
    /// 3·(a² − b²) = 3·(a − b)·(a + b). The first factor has limbs below 2^52,
    /// three times 2^50 + 2^15.
    pub(crate) fn three_times_difference_of_squares<L>(l, out: &mut Tight<L>, a: &Tight<L>, b: &Tight<L>) {
        let difference = difference(l, &a.0, &TWICE_P, &b.0);
        let three_times = eight!(I => l.add(difference[I], l.add(difference[I], difference[I])));
        let sum = eight!(I => l.add(a.0[I], b.0[I]));
        out.0 = carry(l, columns!(l, product, sum, three_times));
    }
}

kernel! {
    /// b ← a² − b − c.
    pub(crate) fn sqr_sub_sub_assign<L>(l, b: &mut Tight<L>, a: &Tight<L>, c: &Tight<L>) {
        let twice = eight!(I => l.add(a.0[I], a.0[I]));
        let t = columns!(l, square, a.0, twice);
        b.0 = carry(l, minus(l, &minus(l, &t, &b.0), &c.0));
    }
}

kernel! {
    /// a² − b − 2·c.
    pub(crate) fn sqr_sub_sub_twice<L>(l, out: &mut Tight<L>, a: &Limbs<L>, b: &Tight<L>, c: &Tight<L>) {
        let twice = eight!(I => l.add(a[I], a[I]));
        let t = columns!(l, square, a, twice);
        let t = minus(l, &minus(l, &t, &b.0), &c.0);
        out.0 = carry(l, minus(l, &t, &c.0));
    }
}

kernel! {
    /// a − b.
    pub(crate) fn sub<L>(l, out: &mut Loose<L>, a: &Tight<L>, b: &Tight<L>) {
        out.0 = difference(l, &a.0, &TWICE_P, &b.0);
    }
}

kernel! {
    /// a − b.
    pub(crate) fn sub_ordinates<L>(l, out: &mut Loose<L>, a: &Ordinate<L>, b: &Ordinate<L>) {
        out.0 = difference(l, &a.0, &FOUR_P, &b.0);
    }
}

kernel! {
    /// Takes over b in the lanes of the mask.
    pub(crate) fn take_lanes<L>(l, a: &mut Tight<L>, mask: u8, b: &Tight<L>) {
        a.0 = eight!(I => l.blend(mask, a.0[I], b.0[I]));
    }
}

/// 1/a in every lane, by one inversion, of the product of all lanes. False, and
/// zero in every lane, where one of them is zero.
pub(crate) fn invert_lanes<L: Lanes>(
    l: L,
    a: &mut Tight<L>,
    invert: impl Fn(&Field) -> Field,
) -> bool {
    // Of a lane and its partners: the products of two, four and eight.
    let mut partner = *a;
    let mut halves = [*a; 3];
    let mut product = *a;
    for (half, bit) in halves.iter_mut().zip([4, 2, 1]) {
        *half = product;
        swap_lanes(l, &mut partner, half, bit);
        mul(l, &mut product, half, &partner);
    }
    let [all, ..] = product.to_words(l);
    let all = Field::from_limbs(all);
    let mut inverse = Tight::splat(l, &invert(&all).to_limbs());
    for (half, bit) in halves.iter().zip([4, 2, 1]).rev() {
        // The inverse of a product, times one factor, is the inverse of the other.
        swap_lanes(l, &mut partner, half, bit);
        mul_assign(l, &mut inverse, &partner);
    }
    *a = inverse;
    !all.is_zero().declassify()
}

kernel! {
    /// Lane i of the result is lane i ^ `bit`.
    fn swap_lanes<L>(l, out: &mut Tight<L>, a: &Tight<L>, bit: u64) {
        let lanes = l.load(&[bit, 1 ^ bit, 2 ^ bit, 3 ^ bit, 4 ^ bit, 5 ^ bit, 6 ^ bit, 7 ^ bit]);
        out.0 = eight!(I => l.permute(a.0[I], lanes));
    }
}

#[cfg(test)]
mod tests;
