use proptest::prelude::*;

use super::*;
use crate::backend::ifma::tests::on_every_lanes;

/// Numbers below 2^384, brought below a modulus.
fn below(limbs: &Limbs, modulus: &Limbs) -> Limbs {
    limbs::reduce_once(limbs, false, modulus)
}

fn inverts(a: &Limbs, k: &Limbs) {
    let (a, k) = (Field::from_limbs(below(a, &P)), Scalar(below(k, &N)));
    let expected = (a.invert(), k.invert());
    on_every_lanes!(l => {
        assert_eq!(invert_both(l, &a, &k), expected);
        assert_eq!(invert(l, &a), expected.0);
    });
}

/// Zero, and what brings the transitions to their bounds: runs of steps that change
/// nothing, or that all do.
#[test]
fn edges_are_inverted() {
    let mut edges = alloc::vec![[0; 6], [u64::MAX; 6]];
    for bit in 0..384 {
        let mut power = [0; 6];
        power[bit / 64] = 1 << (bit % 64);
        edges.extend([power, limbs::sub(&P, &power).0, limbs::sub(&N, &power).0]);
        edges.push(limbs::sub(&power, &[1, 0, 0, 0, 0, 0]).0);
    }
    for (a, k) in edges.iter().zip(edges.iter().rev()) {
        inverts(a, k);
    }
    for edge in &edges {
        inverts(edge, edge);
    }
}

proptest! {
    #[test]
    fn numbers_are_inverted_as_by_the_serial_backend(a in any::<Limbs>(), k in any::<Limbs>()) {
        inverts(&a, &k);
    }
}
