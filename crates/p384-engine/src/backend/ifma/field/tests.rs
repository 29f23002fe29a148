//! Every kernel against schoolbook arithmetic, at the limits of what it takes.

use super::montgomery::MASK;
use super::*;
use crate::backend::ifma::Software;
use crate::backend::ifma::tests::on_every_lanes;
use crate::field::P as PRIME;
use crate::limbs;

const TIGHT: u64 = (1 << 48) + (1 << 15) - 1;
const ORDINATE: u64 = (1 << 49) + (1 << 48) - 1;
const LOOSE: u64 = (1 << 51) - 1;
const FACTOR: u64 = LOOSE;

/// Schoolbook arithmetic modulo p on canonical numbers.
mod naive {
    use super::{PRIME, Words, limbs};

    pub(super) fn add(a: &Words, b: &Words) -> Words {
        let (sum, carry) = limbs::add(a, b);
        limbs::reduce_once(&sum, carry, &PRIME)
    }

    pub(super) fn sub(a: &Words, b: &Words) -> Words {
        let (difference, borrow) = limbs::sub(a, b);
        if borrow {
            limbs::add(&difference, &PRIME).0
        } else {
            difference
        }
    }

    /// Doubles and adds, from the top bit of b.
    pub(super) fn mul(a: &Words, b: &Words) -> Words {
        let bits = (0..384).rev().map(|i| (b[i / 64] >> (i % 64)) & 1 == 1);
        bits.fold([0; 6], |sum, bit| {
            let doubled = add(&sum, &sum);
            if bit { add(&doubled, a) } else { doubled }
        })
    }

    /// The number that limbs of any size stand for.
    pub(super) fn value(limbs: &[u64; 8]) -> Words {
        let radix = [1 << 48, 0, 0, 0, 0, 0];
        let up = |sum: Words, limb: &u64| add(&mul(&sum, &radix), &[*limb, 0, 0, 0, 0, 0]);
        limbs.iter().rev().fold([0; 6], up)
    }
}

/// Numbers of every kind: pseudo-random from a seed, with limbs up to a limit,
/// and where the seed asks for it, with all limbs at an extreme.
struct Numbers(u64);

impl Numbers {
    fn word(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn limbs(&mut self, limit: u64) -> [u64; 8] {
        match self.word() % 8 {
            0 => [limit; 8],
            1 => [0; 8],
            2 => P,
            3 => [limit, 0, limit, 0, limit, 0, limit, 0],
            4 => [0, 0, 0, 0, 0, 0, 0, limit],
            _ => core::array::from_fn(|_| self.word() % (limit + 1)),
        }
    }

    /// Eight numbers, with the vectors that hold them.
    fn eight<L: Lanes>(&mut self, l: L, limit: u64) -> (Limbs<L>, [Words; 8]) {
        let lanes: [[u64; 8]; 8] = core::array::from_fn(|_| self.limbs(limit));
        let column = |i: usize| l.load(&lanes.map(|lane| lane[i]));
        (
            core::array::from_fn(column),
            lanes.map(|lane| naive::value(&lane)),
        )
    }
}

fn tight<L: Lanes>(l: L, result: &Tight<L>) {
    for limb in &result.0 {
        for lane in l.store(*limb) {
            assert!(lane <= TIGHT, "{lane:#x}");
        }
    }
}

/// result·2^384 is expected + 2^384·extra.
#[expect(
    clippy::large_types_passed_by_value,
    reason = "clippy would have every caller write & before its numbers"
)]
fn check<L: Lanes>(l: L, result: Tight<L>, products: [Words; 8], plain: [Words; 8]) {
    tight(l, &result);
    for ((result, product), plain) in result.to_words(l).into_iter().zip(products).zip(plain) {
        assert!(limbs::less(&result, &PRIME), "canonical");
        let expected = naive::add(&product, &naive::mul(&plain, &ONE));
        assert_eq!(naive::mul(&result, &ONE), expected);
    }
}

fn each(a: &[Words; 8], b: &[Words; 8], f: impl Fn(&Words, &Words) -> Words) -> [Words; 8] {
    core::array::from_fn(|i| f(&a[i], &b[i]))
}

fn negated(a: &[Words; 8]) -> [Words; 8] {
    a.map(|a| naive::sub(&[0; 6], &a))
}

fn multiplications<L: Lanes>(l: L, rounds: u64) {
    let zero = [[0; 6]; 8];
    let mut out = Tight::zero(l);
    for seed in 0..rounds {
        let mut numbers = Numbers(seed);
        let (a, a_value) = numbers.eight(l, FACTOR);
        let (b, b_value) = numbers.eight(l, FACTOR);
        let (c, c_value) = numbers.eight(l, TIGHT);
        let (d, d_value) = numbers.eight(l, TIGHT);
        let (e, e_value) = numbers.eight(l, TIGHT);
        let (c, d, e) = (Tight(c), Tight(d), Tight(e));
        let product = each(&a_value, &b_value, naive::mul);
        mul_limbs(l, &mut out, &a, &b);
        check(l, out, product, zero);
        mul_sub_limbs(l, &mut out, &a, &b, &c);
        check(l, out, product, negated(&c_value));

        let square = each(&a_value, &a_value, naive::mul);
        sqr_limbs(l, &mut out, &a);
        check(l, out, square, zero);
        let e_square = each(&e_value, &e_value, naive::mul);
        let sum = each(&c_value, &d_value, naive::add);
        let mut assigned = c;
        sqr_sub_sub_assign(l, &mut assigned, &e, &d);
        check(l, assigned, e_square, negated(&sum));
        sqr_sub_sub_twice(l, &mut out, &a, &c, &d);
        let sum = each(&sum, &d_value, naive::add);
        check(l, out, square, negated(&sum));

        let twice = each(&e_value, &e_value, naive::add);
        sqr_twice(l, &mut out, &e);
        check(l, out, each(&twice, &twice, naive::mul), zero);
        sqr_sub_twice(l, &mut out, &e, &c);
        check(
            l,
            out,
            e_square,
            negated(&each(&c_value, &c_value, naive::add)),
        );
        mul_twice(l, &mut out, &e, &c);
        check(l, out, each(&twice, &c_value, naive::mul), zero);
        three_times_difference_of_squares(l, &mut out, &e, &c);
        let c_square = each(&c_value, &c_value, naive::mul);
        let squares = each(&e_square, &c_square, naive::sub);
        let three = each(&squares, &each(&squares, &squares, naive::add), naive::add);
        check(l, out, three, zero);

        let difference = each(&c_value, &d_value, naive::sub);
        let first = each(&a_value, &difference, naive::mul);
        let second = each(&e_value, &d_value, naive::mul);
        let mut assigned = d;
        mul_difference_sub_mul_assign(l, &mut assigned, &a, &c, &d, &e);
        check(l, assigned, each(&first, &second, naive::sub), zero);
        let product = each(&e_value, &difference, naive::mul);
        mul_by_difference(l, &mut out, &e, &c, &d);
        check(l, out, product, zero);
        let mut assigned = e;
        mul_by_difference_assign(l, &mut assigned, &c, &d);
        check(l, assigned, product, zero);
        let mut assigned = c;
        mul_assign(l, &mut assigned, &e);
        check(l, assigned, each(&c_value, &e_value, naive::mul), zero);

        let (f, f_value) = numbers.eight(l, ORDINATE);
        let (g, g_value) = numbers.eight(l, ORDINATE);
        let (f, g) = (Ordinate(f), Ordinate(g));
        let mut ordinate = f;
        mul_difference_sub(l, &mut ordinate, &e, &c, &d, &g);
        check(l, Tight(ordinate.0), product, negated(&g_value));
        mul_difference_sub_mul(l, &mut out, &a, &c, &d, &e, &f);
        let second = each(&e_value, &f_value, naive::mul);
        check(l, out, each(&first, &second, naive::sub), zero);
        let difference = each(&f_value, &g_value, naive::sub);
        mul_of_difference(l, &mut out, &f, &g, &c);
        check(l, out, each(&difference, &c_value, naive::mul), zero);
    }
}

#[test]
fn products_are_those_of_schoolbook_arithmetic() {
    on_every_lanes!(l => multiplications(l, 60));
}

fn differences<L: Lanes>(l: L) {
    for seed in 0..40 {
        let mut numbers = Numbers(seed);
        let (a, a_value) = numbers.eight(l, TIGHT);
        let (b, b_value) = numbers.eight(l, TIGHT);
        let mut out = Loose(a);
        sub(l, &mut out, &Tight(a), &Tight(b));
        check_loose(l, &out, &a_value, &b_value);
        let (a, a_value) = numbers.eight(l, ORDINATE);
        let (b, b_value) = numbers.eight(l, ORDINATE);
        sub_ordinates(l, &mut out, &Ordinate(a), &Ordinate(b));
        check_loose(l, &out, &a_value, &b_value);
    }
}

fn check_loose<L: Lanes>(l: L, out: &Loose<L>, a: &[Words; 8], b: &[Words; 8]) {
    for limb in &out.0 {
        assert!(l.store(*limb).iter().all(|lane| *lane <= LOOSE));
    }
    let mut product = Tight::zero(l);
    mul(l, &mut product, out, &Tight::splat(l, &ONE));
    check(l, product, [[0; 6]; 8], each(a, b, naive::sub));
}

kernel! {
    fn negate<L>(l, out: &mut Ordinate<L>, a: &Tight<L>, mask: u8) {
        out.0 = negate_lanes(l, &a.0, mask);
    }
}

fn negations<L: Lanes>(l: L) {
    for seed in 0..20 {
        let (a, value) = Numbers(seed).eight(l, TIGHT);
        let mut out = Ordinate(a);
        negate(l, &mut out, &Tight(a), 0b1010_0110);
        let lanes = out.0.map(|limb| l.store(limb));
        for (i, (value, minus)) in value.iter().zip(negated(&value)).enumerate() {
            let limbs = lanes.map(|limb| limb[i]);
            assert!(limbs.iter().all(|limb| *limb <= ORDINATE));
            let expected = if 0b1010_0110 >> i & 1 == 1 {
                minus
            } else {
                *value
            };
            assert_eq!(naive::value(&limbs), expected);
        }
    }
}

#[test]
fn chosen_lanes_are_negated() {
    on_every_lanes!(l => negations(l));
}

#[test]
fn differences_are_loose_and_right() {
    on_every_lanes!(l => differences(l));
}

fn conversions<L: Lanes>(l: L) {
    let mut numbers = Numbers(7);
    for _ in 0..50 {
        let (limbs, values) = numbers.eight(l, TIGHT);
        assert_eq!(Tight::<L>(limbs).to_words(l), values, "canonical");
        let again = Tight::from_words(l, &values);
        assert_eq!(again.to_words(l), values);
    }
    // Around p, 2^384 and the greatest tight number, which only the canonical
    // form tells apart.
    let (below, _) = limbs::sub(&PRIME, &[1, 0, 0, 0, 0, 0]);
    let (above, _) = limbs::add(&PRIME, &[1, 0, 0, 0, 0, 0]);
    let edges = [
        [0; 6],
        [1, 0, 0, 0, 0, 0],
        below,
        PRIME,
        above,
        [u64::MAX; 6],
        [0; 6],
        below,
    ];
    let expected = edges.map(|edge| naive::value(&split(&edge)));
    assert_eq!(Tight::from_words(l, &edges).to_words(l), expected);
    let greatest = Tight::<L>([TIGHT; 8].map(|limb| l.splat(limb)));
    assert_eq!(greatest.to_words(l), [naive::value(&[TIGHT; 8]); 8]);
}

#[test]
fn words_go_in_and_out() {
    on_every_lanes!(l => conversions(l));
}

/// The bounds that the notes derive hold where every operand is at its greatest:
/// no column leaves the range that the bias and the carry need.
#[test]
fn columns_stay_in_range_at_the_extremes() {
    let l = Software;
    let most = [l.splat((1 << 52) - 1); 8];
    let t = columns!(l, products, most, most, most, most);
    for column in &t[..7] {
        assert!(l.store(*column)[0] < 1 << 63);
    }
    let top = l.store(t[7])[0].cast_signed();
    assert!(top.unsigned_abs() < 1 << 62);
    assert!(l.store(carry(l, t)[7])[0] <= TIGHT);
}

#[test]
fn constants_are_what_their_names_say() {
    let two_to_384 = naive::sub(&[0; 6], &PRIME);
    assert_eq!(naive::value(&P), [0; 6]);
    assert_eq!(naive::value(&TWICE_P), [0; 6]);
    assert!(
        TWICE_P
            .iter()
            .all(|limb| *limb > TIGHT && *limb < (1 << 49) + (1 << 48))
    );
    let (complement, borrow) = limbs::sub(&[0; 6], &PRIME);
    assert!(borrow);
    assert_eq!(ONE, complement);
    assert_eq!(naive::mul(&ONE, &ONE), R_SQUARED);
    assert_eq!(two_to_384, [0; 6], "−p is 0");
    assert!(P.iter().all(|limb| *limb <= MASK));
}

fn inversions<L: Lanes>(l: L) {
    let mut numbers = Numbers(3);
    let values: [Words; 8] = core::array::from_fn(|_| naive::value(&numbers.limbs(MASK)));
    let values = values.map(|value| naive::add(&value, &ONE));
    let mut inverses = Tight::from_words(l, &values);
    assert!(invert_lanes(l, &mut inverses, Field::invert));
    let mut product = inverses;
    mul(l, &mut product, &inverses, &Tight::from_words(l, &values));
    assert_eq!(product.to_words(l), [ONE; 8]);

    let with_zero = [
        values[0], [0; 6], values[2], values[3], PRIME, ONE, ONE, ONE,
    ];
    let mut inverses = Tight::from_words(l, &with_zero);
    assert!(!invert_lanes(l, &mut inverses, Field::invert_vartime));
    assert_eq!(inverses.to_words(l), [[0; 6]; 8]);
}

#[test]
fn lanes_are_inverted_together() {
    on_every_lanes!(l => inversions(l));
}
