use alloc::vec::Vec;

use p384::elliptic_curve::PrimeField;
use proptest::prelude::*;

use super::{N, Scalar, SecretScalar};
use crate::limbs::{self, Limbs};
use crate::oracle;

fn same(ours: &Scalar, theirs: &p384::Scalar) -> bool {
    ours.to_bytes() == <[u8; 48]>::from(theirs.to_repr())
}

/// 0, 1, 2, halves, powers of two, and what lies next to n.
fn edges() -> Vec<Scalar> {
    let mut edges: Vec<Scalar> = (0..384)
        .map(|bit| {
            let mut limbs = [0; 6];
            limbs[bit / 64] = 1 << (bit % 64);
            Scalar::reduce(&limbs)
        })
        .collect();
    let small = [0, 1, 2, 3, 0xffff_ffff, u64::MAX].map(|low| Scalar([low, 0, 0, 0, 0, 0]));
    edges.extend(small.iter().flat_map(|s| [*s, s.negate()]));
    edges
}

fn any_scalar() -> impl Strategy<Value = Scalar> {
    any::<Limbs>().prop_map(|limbs| Scalar::reduce(&limbs))
}

fn agrees(a: &Scalar, b: &Scalar) {
    let (x, y) = (oracle::scalar(a), oracle::scalar(b));
    assert!(same(&a.add(b), &(x + y)));
    assert!(same(&a.mul(b), &(x * y)));
    assert!(same(&a.negate(), &-x));
    let inverse = a.invert();
    assert!(same(&inverse, &x.invert().unwrap_or(p384::Scalar::ZERO)));
    assert_eq!(inverse, a.invert_vartime());
}

#[test]
fn edges_agree_with_the_oracle() {
    let edges = edges();
    for (i, a) in edges.iter().enumerate() {
        agrees(a, &edges[edges.len() - 1 - i]);
        agrees(a, a);
    }
}

proptest! {
    #[test]
    fn scalars_agree_with_the_oracle(a in any_scalar(), b in any_scalar()) {
        agrees(&a, &b);
    }
}

#[test]
fn numbers_from_n_on_are_refused_or_reduced() {
    let bytes = limbs::to_be_bytes(&N);
    assert!(Scalar::from_bytes(&bytes).is_none());
    assert!(Scalar::from_bytes(&[0xff; 48]).is_none());
    assert_eq!(Scalar::from_bytes_reduced(&bytes), Scalar::default());
    let top = Scalar::from_bytes_reduced(&[0xff; 48]);
    assert!(same(
        &top.add(&Scalar::ONE),
        &(0..384).fold(p384::Scalar::ONE, |power, _| power.double())
    ));
    assert!(SecretScalar::from_bytes(&bytes).is_err());
    assert!(SecretScalar::from_bytes(&[0; 48]).is_err());
    let last = Scalar::ONE.negate().to_bytes();
    assert_eq!(SecretScalar::from_bytes(&last).unwrap().to_bytes(), last);
}

#[test]
fn a_secret_prints_redacted() {
    let secret = SecretScalar::from_bytes(&[7; 48]).unwrap();
    assert_eq!(alloc::format!("{secret:?}"), "SecretScalar(redacted)");
}
