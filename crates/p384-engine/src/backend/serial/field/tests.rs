use alloc::vec::Vec;

use proptest::prelude::*;

use super::Field;
use crate::field::{self, P};
use crate::limbs::{self, Limbs};
use crate::oracle::Element;

fn oracle(field: &Field) -> Element {
    Element::new(&field.to_canonical())
}

fn same(ours: &Field, theirs: &Element) {
    assert_eq!(ours.to_canonical(), theirs.limbs());
    assert!(
        limbs::less(&ours.to_limbs(), &P),
        "the stored form is canonical too"
    );
}

/// Stored forms, so that carries and borrows are met at every limb: runs of ones
/// and zeros, powers of two, and what lies next to p.
fn edges() -> Vec<Field> {
    let mut edges = Vec::new();
    for bit in 0..384 {
        let mut power: Limbs = [0; 6];
        power[bit / 64] = 1 << (bit % 64);
        let (below, _) = limbs::sub(&power, &[1, 0, 0, 0, 0, 0]);
        let (under_p, _) = limbs::sub(&P, &power);
        edges.extend([power, below, under_p].map(|limbs| limbs::reduce_once(&limbs, false, &P)));
    }
    edges.into_iter().map(Field::from_limbs).collect()
}

fn any_field() -> impl Strategy<Value = Field> {
    let limb = prop_oneof![any::<u64>(), Just(0), Just(u64::MAX), Just(0xffff_ffff)];
    proptest::array::uniform6(limb)
        .prop_map(|limbs| Field::from_limbs(limbs::reduce_once(&limbs, false, &P)))
}

fn agrees(a: &Field, b: &Field) {
    let (x, y) = (oracle(a), oracle(b));
    let zero = oracle(&Field::ZERO);
    same(&a.add(b), &x.add(&y));
    same(&a.sub(b), &x.sub(&y));
    same(&a.negate(), &zero.sub(&x));
    same(&a.double(), &x.add(&x));
    same(&a.mul(b), &x.mul(&y));
    same(&a.square(), &x.mul(&x));
    same(&Field::mul_sub(a, b, a, a), &x.mul(&y).sub(&x.mul(&x)));
    same(&Field::mul_sub(a, a, b, b), &x.mul(&x).sub(&y.mul(&y)));
    assert_eq!(a.is_zero().declassify(), x == zero);
}

fn inverts(a: &Field) {
    let inverse = oracle(a).invert();
    same(&a.invert(), &inverse);
    same(&a.invert_vartime(), &inverse);
}

#[test]
fn edges_agree_with_the_oracle() {
    let edges = edges();
    let turned = edges.iter().cycle().skip(edges.len() / 3);
    for (a, b) in edges.iter().zip(turned) {
        agrees(a, b);
        agrees(a, a);
        agrees(a, &a.negate());
    }
    edges.iter().step_by(11).for_each(inverts);
    inverts(&Field::ZERO);
    inverts(&Field::ONE);
}

proptest! {
    #[test]
    fn fields_agree_with_the_oracle(a in any_field(), b in any_field()) {
        agrees(&a, &b);
    }

    #[test]
    fn inverses_agree_with_the_oracle(a in any_field()) {
        inverts(&a);
    }
}

#[test]
fn numbers_from_p_on_are_refused() {
    assert_eq!(field::from_bytes(&limbs::to_be_bytes(&P)), None);
    assert_eq!(field::from_bytes(&[0xff; 48]), None);
    let (last, _) = limbs::sub(&P, &[1, 0, 0, 0, 0, 0]);
    assert_eq!(field::from_bytes(&limbs::to_be_bytes(&last)), Some(last));
    let element = Field::from_canonical(&last);
    assert_eq!(element.to_canonical(), last);
    assert_eq!(element, Field::ONE.negate());
}
