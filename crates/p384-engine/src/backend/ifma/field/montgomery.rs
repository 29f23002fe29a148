//! Columns of a product, their Montgomery reduction, and the carries: the code
//! whose bounds `docs/lanes-field.md` derives.
//!
//! The columns are written out by macros because LLVM leaves the 8×8 loops
//! rolled, and then keeps the accumulators in memory.

use super::Limbs;
use crate::backend::ifma::vector::{Vectors, eight};

/// A limb's 48 bits.
pub(in crate::backend::ifma) const MASK: u64 = (1 << 48) - 1;

/// Added to the upper columns before the carry, so that all of them are positive:
/// 2^62 in one column is 2^14 in the next, and the sum of all is zero.
pub(in crate::backend::ifma) const BIAS_FIRST: u64 = 1 << 62;
pub(in crate::backend::ifma) const BIAS: u64 = (1 << 62) - (1 << 14);
pub(in crate::backend::ifma) const BIAS_LAST: u64 = (1_u64 << 14).wrapping_neg();

/// The same for the high halves of the column before, which are shifted left by
/// four.
pub(in crate::backend::ifma) const HIGH_FIRST: u64 = BIAS_FIRST >> 4;
pub(in crate::backend::ifma) const HIGH: u64 = BIAS >> 4;
pub(in crate::backend::ifma) const HIGH_LAST: u64 = (1_u64 << 10).wrapping_neg();

/// The index pairs of a column: those with sum k.
macro_rules! pairs {
    (0, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 0 0) };
    (1, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 0 1, 1 0) };
    (2, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 0 2, 1 1, 2 0) };
    (3, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 0 3, 1 2, 2 1, 3 0) };
    (4, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 0 4, 1 3, 2 2, 3 1, 4 0) };
    (5, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 0 5, 1 4, 2 3, 3 2, 4 1, 5 0) };
    (6, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 0 6, 1 5, 2 4, 3 3, 4 2, 5 1, 6 0) };
    (7, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 0 7, 1 6, 2 5, 3 4, 4 3, 5 2, 6 1, 7 0) };
    (8, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 1 7, 2 6, 3 5, 4 4, 5 3, 6 2, 7 1) };
    (9, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 2 7, 3 6, 4 5, 5 4, 6 3, 7 2) };
    (10, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 3 7, 4 6, 5 5, 6 4, 7 3) };
    (11, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 4 7, 5 6, 6 5, 7 4) };
    (12, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 5 7, 6 6, 7 5) };
    (13, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 6 7, 7 6) };
    (14, $with:ident, $($operands:tt)*) => { $with!($($operands)*; 7 7) };
}
pub(in crate::backend::ifma) use pairs;

/// Column k of one product: the sums of the low and of the high halves, each added
/// to a start value.
macro_rules! product {
    ($k:tt, $l:ident, $low:expr, $high:expr, $a:expr, $b:expr) => {
        $crate::backend::ifma::field::montgomery::pairs!($k, product, @, $l, $low, $high, $a, $b)
    };
    (@, $l:ident, $low:expr, $high:expr, $a:expr, $b:expr; $($i:literal $j:literal),*) => {{
        let (mut low, mut high) = ($low, $high);
        $(
            low = $l.mul_low(low, $a[$i], $b[$j]);
            high = $l.mul_high(high, $a[$i], $b[$j]);
        )*
        (low, high)
    }};
}
pub(in crate::backend::ifma) use product;

/// Column k of a·b + c·d.
macro_rules! products {
    ($k:tt, $l:ident, $low:expr, $high:expr, $a:expr, $b:expr, $c:expr, $d:expr) => {
        $crate::backend::ifma::field::montgomery::pairs!($k, products, @, $l, $low, $high, $a, $b, $c, $d)
    };
    (@, $l:ident, $low:expr, $high:expr, $a:expr, $b:expr, $c:expr, $d:expr; $($i:literal $j:literal),*) => {{
        let (mut low, mut high) = ($low, $high);
        $(
            low = $l.mul_low(low, $a[$i], $b[$j]);
            high = $l.mul_high(high, $a[$i], $b[$j]);
            low = $l.mul_low(low, $c[$i], $d[$j]);
            high = $l.mul_high(high, $c[$i], $d[$j]);
        )*
        (low, high)
    }};
}
pub(in crate::backend::ifma) use products;

/// Column k of a², given a and 2·a: pairs of different limbs once, doubled, and
/// the limb in the middle where there is one.
macro_rules! square {
    (0, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; ; 0) };
    (1, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 0 1; ) };
    (2, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 0 2; 1) };
    (3, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 0 3, 1 2; ) };
    (4, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 0 4, 1 3; 2) };
    (5, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 0 5, 1 4, 2 3; ) };
    (6, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 0 6, 1 5, 2 4; 3) };
    (7, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 0 7, 1 6, 2 5, 3 4; ) };
    (8, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 1 7, 2 6, 3 5; 4) };
    (9, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 2 7, 3 6, 4 5; ) };
    (10, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 3 7, 4 6; 5) };
    (11, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 4 7, 5 6; ) };
    (12, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 5 7; 6) };
    (13, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; 6 7; ) };
    (14, $($operands:tt)*) => { $crate::backend::ifma::field::montgomery::squares!($($operands)*; ; 7) };
}
pub(in crate::backend::ifma) use square;

macro_rules! squares {
    ($l:ident, $low:expr, $high:expr, $a:expr, $twice:expr; $($i:literal $j:literal),*; $($middle:literal)?) => {{
        let (mut low, mut high) = ($low, $high);
        $(
            low = $l.mul_low(low, $a[$i], $twice[$j]);
            high = $l.mul_high(high, $a[$i], $twice[$j]);
        )*
        $(
            low = $l.mul_low(low, $a[$middle], $a[$middle]);
            high = $l.mul_high(high, $a[$middle], $a[$middle]);
        )?
        (low, high)
    }};
}
pub(in crate::backend::ifma) use squares;

/// One row of the reduction: adds the multiple m·p·B^i that clears column i. m is
/// what column i + 8 gets. `$zero` is for the order, as in [`columns_from`].
macro_rules! row {
    ($l:ident, $zero:ident: $t0:ident, $t1:ident, $t2:ident, $t3:ident => $m:ident) => {
        let u = $l.low16_shl32($t0);
        let $m = $l.add($t0, u);
        let v = $l.sra::<16>($m);
        $t1 = $l.add($t1, v);
        $t2 = $l.sub($t2, $l.add($m, u));
        $t3 = $l.sub($t3, v);
        ($t1, $zero) = $l.in_order($t1, $zero);
    };
}
pub(in crate::backend::ifma) use row;

/// The upper eight columns of a product after the reduction, with the bias and
/// before the carry. `$column` is one of the macros above, for `$operands`.
///
/// The row that clears a column follows some columns later, so that its latency hides
/// behind the products.
macro_rules! columns {
    ($l:ident, $column:ident, $($operands:expr),*) => {{
        use $crate::backend::ifma::field::montgomery::{HIGH, HIGH_FIRST, HIGH_LAST, columns_from};
        let starts = [$l.splat(HIGH_FIRST), $l.splat(HIGH), $l.splat(HIGH_LAST)];
        columns_from!($l, starts, $column, $($operands),*)
    }};
}
pub(in crate::backend::ifma) use columns;

/// The same with another bias: `$starts` are what the high halves of column 7, of
/// columns 8 to 13 and of column 14 begin with.
///
/// Each column begins with a zero, or with a high half, that the column or the row
/// before has handed on: so the compiler, where it is asked to, keeps the order in
/// which they stand here, and the rows' latency hides behind the products'.
macro_rules! columns_from {
    ($l:ident, $starts:expr, $column:ident, $($operands:expr),*) => {{
        use $crate::backend::ifma::field::montgomery::row;
        let [first, middle, last] = $starts;
        let zero = $l.splat(0);
        let (t0, h) = $column!(0, $l, zero, zero, $($operands),*);
        let (h, mut zero) = $l.in_order(h, zero);
        let (mut t1, h) = $column!(1, $l, $l.shl::<4>(h), zero, $($operands),*);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        let (mut t2, h) = $column!(2, $l, $l.shl::<4>(h), zero, $($operands),*);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        let (mut t3, h) = $column!(3, $l, $l.shl::<4>(h), zero, $($operands),*);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        let (mut t4, h) = $column!(4, $l, $l.shl::<4>(h), zero, $($operands),*);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        let (mut t5, h) = $column!(5, $l, $l.shl::<4>(h), zero, $($operands),*);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        let (mut t6, h) = $column!(6, $l, $l.shl::<4>(h), zero, $($operands),*);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        row!($l, zero: t0, t1, t2, t3 => m0);
        let (mut t7, h) = $column!(7, $l, $l.shl::<4>(h), first, $($operands),*);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        row!($l, zero: t1, t2, t3, t4 => m1);
        let (c8, h) = $column!(8, $l, $l.shl::<4>(h), middle, $($operands),*);
        let mut t8 = $l.add(c8, m0);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        row!($l, zero: t2, t3, t4, t5 => m2);
        let (c9, h) = $column!(9, $l, $l.shl::<4>(h), middle, $($operands),*);
        let mut t9 = $l.add(c9, m1);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        row!($l, zero: t3, t4, t5, t6 => m3);
        let (c10, h) = $column!(10, $l, $l.shl::<4>(h), middle, $($operands),*);
        let mut t10 = $l.add(c10, m2);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        row!($l, zero: t4, t5, t6, t7 => m4);
        let (c11, h) = $column!(11, $l, $l.shl::<4>(h), middle, $($operands),*);
        let t11 = $l.add(c11, m3);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        row!($l, zero: t5, t6, t7, t8 => m5);
        let (c12, h) = $column!(12, $l, $l.shl::<4>(h), middle, $($operands),*);
        let t12 = $l.add(c12, m4);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        row!($l, zero: t6, t7, t8, t9 => m6);
        let (c13, h) = $column!(13, $l, $l.shl::<4>(h), middle, $($operands),*);
        let t13 = $l.add(c13, m5);
        let (h, next) = $l.in_order(h, zero);
        zero = next;
        row!($l, zero: t7, t8, t9, t10 => m7);
        let (c14, h) = $column!(14, $l, $l.shl::<4>(h), last, $($operands),*);
        let t14 = $l.add(c14, m6);
        let (h, _) = $l.in_order(h, zero);
        let t15 = $l.add($l.shl::<4>(h), m7);
        [t8, t9, t10, t11, t12, t13, t14, t15]
    }};
}
pub(in crate::backend::ifma) use columns_from;

/// Tight limbs of the number that biased columns stand for, modulo p.
///
/// What the top column has above 2^48 goes in again below, as 2^384 mod p =
/// 2^128 + 2^96 − 2^32 + 1; then every column hands its upper bits to the next,
/// all at once.
#[inline(always)]
pub(in crate::backend::ifma) fn carry<L: Vectors>(l: L, columns: Limbs<L>) -> Limbs<L> {
    let mask = l.splat(MASK);
    let [t0, t1, t2, t3, t4, t5, t6, t7] = columns;
    let over = l.sra::<48>(t7);
    let shifted = l.shl::<32>(over);
    let t0 = l.add(t0, l.sub(over, shifted));
    let t2 = l.add(t2, l.add(over, shifted));
    [
        l.and(t0, mask),
        l.add(l.and(t1, mask), l.shr::<48>(t0)),
        l.add(l.and(t2, mask), l.shr::<48>(t1)),
        l.add(l.and(t3, mask), l.shr::<48>(t2)),
        l.add(l.and(t4, mask), l.shr::<48>(t3)),
        l.add(l.and(t5, mask), l.shr::<48>(t4)),
        l.add(l.and(t6, mask), l.shr::<48>(t5)),
        l.add(l.and(t7, mask), l.shr::<48>(t6)),
    ]
}

/// The canonical number, below p, of tight limbs; the same instructions for all.
#[inline(always)]
pub(in crate::backend::ifma) fn canonical<L: Vectors>(l: L, a: &Limbs<L>) -> Limbs<L> {
    let (mut a, over) = ripple(l, a);
    // A tight number is below 2^384 + 2^352, so what goes over is at most 1, and
    // does not go over again.
    let shifted = l.shl::<32>(over);
    a[0] = l.add(a[0], l.sub(over, shifted));
    a[2] = l.add(a[2], l.add(over, shifted));
    let (a, _) = ripple(l, &a);
    // a + (2^384 − p) goes over where a is p or more, and is then a − p.
    let mut reduced = a;
    let one = l.splat(1);
    reduced[0] = l.add(a[0], l.sub(one, l.splat(1 << 32)));
    reduced[2] = l.add(a[2], l.splat((1 << 32) + 1));
    let (reduced, over) = ripple(l, &reduced);
    let keep = l.sub(over, one);
    eight!(I => l.or(l.and(keep, a[I]), l.andnot(keep, reduced[I])))
}

/// Carries from limb to limb; signed limbs, a result in 0…2^384 − 1, and what
/// goes over.
#[inline(always)]
fn ripple<L: Vectors>(l: L, a: &Limbs<L>) -> (Limbs<L>, L::Vector) {
    let mask = l.splat(MASK);
    let mut carry = l.splat(0);
    let limbs = eight!(I => {
        let sum = l.add(a[I], carry);
        carry = l.sra::<48>(sum);
        l.and(sum, mask)
    });
    (limbs, carry)
}
