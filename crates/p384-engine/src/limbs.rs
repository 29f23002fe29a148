//! Numbers of 384 bits as six 64-bit limbs, least significant first.

use crate::ct::Mask;

/// A number below 2^384; the limb `i` weighs 2^(64·i).
pub(crate) type Limbs = [u64; 6];

/// Bytes of such a number.
pub(crate) const BYTES: usize = 48;

/// a + b, and the carry out of the last limb.
#[inline(always)]
pub(crate) fn add(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, c) = a[0].carrying_add(b[0], false);
    let (r1, c) = a[1].carrying_add(b[1], c);
    let (r2, c) = a[2].carrying_add(b[2], c);
    let (r3, c) = a[3].carrying_add(b[3], c);
    let (r4, c) = a[4].carrying_add(b[4], c);
    let (r5, c) = a[5].carrying_add(b[5], c);
    ([r0, r1, r2, r3, r4, r5], c)
}

/// a − b modulo 2^384, and whether b was the larger.
#[inline(always)]
pub(crate) fn sub(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let (r0, c) = a[0].borrowing_sub(b[0], false);
    let (r1, c) = a[1].borrowing_sub(b[1], c);
    let (r2, c) = a[2].borrowing_sub(b[2], c);
    let (r3, c) = a[3].borrowing_sub(b[3], c);
    let (r4, c) = a[4].borrowing_sub(b[4], c);
    let (r5, c) = a[5].borrowing_sub(b[5], c);
    ([r0, r1, r2, r3, r4, r5], c)
}

/// `if_set` where the mask is all ones, else `if_clear`.
#[inline(always)]
pub(crate) const fn select(mask: Mask, if_clear: &Limbs, if_set: &Limbs) -> Limbs {
    [
        mask.select(if_clear[0], if_set[0]),
        mask.select(if_clear[1], if_set[1]),
        mask.select(if_clear[2], if_set[2]),
        mask.select(if_clear[3], if_set[3]),
        mask.select(if_clear[4], if_set[4]),
        mask.select(if_clear[5], if_set[5]),
    ]
}

/// (carry·2^384 + a) mod m, for values below 2·m: subtracts m once or not.
#[inline(always)]
#[expect(clippy::needless_bitwise_bool, reason = "&& would be a branch")]
pub(crate) fn reduce_once(a: &Limbs, carry: bool, m: &Limbs) -> Limbs {
    let (reduced, borrow) = sub(a, m);
    // Below m only where the subtraction borrows more than the carry holds.
    let below = Mask::from_bit(u64::from(borrow & !carry));
    select(below, &reduced, a)
}

/// Whether a < b, for the end of a secret as for public values.
#[inline(always)]
pub(crate) fn less(a: &Limbs, b: &Limbs) -> bool {
    sub(a, b).1
}

/// All ones for zero.
#[inline(always)]
pub(crate) fn is_zero(a: &Limbs) -> Mask {
    Mask::is_zero(a[0] | a[1] | a[2] | a[3] | a[4] | a[5])
}

/// Reads a big-endian number.
pub(crate) fn from_be_bytes(bytes: &[u8; BYTES]) -> Limbs {
    let mut limbs = [0; 6];
    let (chunks, _) = bytes.as_chunks::<8>();
    for (limb, chunk) in limbs.iter_mut().rev().zip(chunks) {
        *limb = u64::from_be_bytes(*chunk);
    }
    limbs
}

/// Writes a big-endian number.
pub(crate) fn to_be_bytes(limbs: &Limbs) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    let (chunks, _) = bytes.as_chunks_mut::<8>();
    for (chunk, limb) in chunks.iter_mut().zip(limbs.iter().rev()) {
        *chunk = limb.to_be_bytes();
    }
    bytes
}
