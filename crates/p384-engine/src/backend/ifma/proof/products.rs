//! Every kernel that multiplies gives the right result modulo p, in limbs of the
//! size that its type promises, for all operands of the size that theirs do.

extern crate std;

use super::*;
use crate::backend::ifma::field::*;

/// Limbs that stand for a product once it is divided by 2^384.
#[track_caller]
fn reduces(result: &Limbs<Proof>, product: &Number) {
    assert!(bounds(result)[0] <= TIGHT);
    assert!(Number::of(result, 0).unreduced().is(product));
}

fn any_ordinate() -> Ordinate<Proof> {
    Ordinate(any_limbs([ORDINATE; 8]))
}

fn any_loose() -> Loose<Proof> {
    Loose(any_limbs([LOOSE; 8]))
}

fn of(limbs: &Limbs<Proof>) -> Number {
    Number::of(limbs, 0)
}

#[test]
fn products_and_squares_of_anything_that_may_be_multiplied() {
    let l = Proof;
    let (a, b, c) = (any_loose(), any_loose(), any_tight());
    let (na, nb, nc) = (of(&a.0), of(&b.0), of(&c.0));
    let mut out = Tight::zero(l);
    mul(l, &mut out, &a, &b);
    reduces(&out.0, &na.mul(&nb));
    mul_sub(l, &mut out, &a, &b, &c);
    reduces(&out.0, &na.mul(&nb).minus(&nc.unreduced()));
    sqr(l, &mut out, &a);
    reduces(&out.0, &na.mul(&na));
    let mut product = c;
    mul_assign(l, &mut product, &any_tight());
    assert!(bounds(&product.0)[0] <= TIGHT);
}

#[test]
fn products_of_differences() {
    let l = Proof;
    let (a, b, c) = (any_tight(), any_tight(), any_tight());
    let (na, nb, nc) = (of(&a.0), of(&b.0), of(&c.0));
    let mut out = Tight::zero(l);
    mul_by_difference(l, &mut out, &a, &b, &c);
    reduces(&out.0, &na.mul(&nb.minus(&nc)));
    let mut product = a;
    mul_by_difference_assign(l, &mut product, &b, &c);
    reduces(&product.0, &na.mul(&nb.minus(&nc)));
    three_times_difference_of_squares(l, &mut out, &a, &b);
    reduces(&out.0, &na.mul(&na).minus(&nb.mul(&nb)).times(3));
    let (d, e) = (any_ordinate(), any_ordinate());
    let (nd, ne) = (of(&d.0), of(&e.0));
    mul_of_difference(l, &mut out, &d, &e, &a);
    reduces(&out.0, &nd.minus(&ne).mul(&na));
    let mut ordinate = Ordinate::zero(l);
    mul_difference_sub(l, &mut ordinate, &a, &b, &c, &d);
    reduces(&ordinate.0, &na.mul(&nb.minus(&nc)).minus(&nd.unreduced()));
}

#[test]
fn two_products_with_one_reduction() {
    let l = Proof;
    let a = any_loose();
    let (b, c, d, e, f) = (
        any_tight(),
        any_tight(),
        any_tight(),
        any_tight(),
        any_ordinate(),
    );
    let product = of(&a.0).mul(&of(&b.0).minus(&of(&c.0)));
    let mut out = e;
    mul_difference_sub_mul_assign(l, &mut out, &a.0, &b, &c, &d);
    reduces(&out.0, &product.minus(&of(&d.0).mul(&of(&e.0))));
    mul_difference_sub_mul(l, &mut out, &a.0, &b, &c, &d, &f);
    reduces(&out.0, &product.minus(&of(&d.0).mul(&of(&f.0))));
}

#[test]
fn squares_and_what_is_subtracted_from_them() {
    let l = Proof;
    let (a, b, c) = (any_tight(), any_tight(), any_tight());
    let loose = any_loose();
    let (na, nb, nc, nl) = (of(&a.0), of(&b.0), of(&c.0), of(&loose.0));
    let (square, nb, nc) = (na.mul(&na), nb.unreduced(), nc.unreduced());
    let mut out = Tight::zero(l);
    sqr_twice(l, &mut out, &a);
    reduces(&out.0, &square.times(4));
    sqr_sub_twice(l, &mut out, &a, &b);
    reduces(&out.0, &square.minus(&nb.times(2)));
    sqr_sub_sub_twice(l, &mut out, &loose.0, &b, &c);
    reduces(&out.0, &nl.mul(&nl).minus(&nb).minus(&nc.times(2)));
    let mut assigned = b;
    sqr_sub_sub_assign(l, &mut assigned, &a, &c);
    reduces(&assigned.0, &square.minus(&nb).minus(&nc));
    mul_twice(l, &mut out, &a, &b);
    reduces(&out.0, &na.mul(&of(&b.0)).times(2));
}

#[test]
fn differences_may_be_multiplied() {
    let l = Proof;
    let (a, b) = (any_tight(), any_tight());
    let mut out = Loose::BLANK;
    sub(l, &mut out, &a, &b);
    assert!(bounds(&out.0)[0] <= LOOSE);
    assert!(of(&out.0).is(&of(&a.0).minus(&of(&b.0))));
    let (a, b) = (any_ordinate(), any_ordinate());
    sub_ordinates(l, &mut out, &a, &b);
    assert!(bounds(&out.0)[0] <= LOOSE);
    assert!(of(&out.0).is(&of(&a.0).minus(&of(&b.0))));
}

#[test]
fn a_proof_fails_where_an_operand_or_a_column_is_too_large() {
    let refused = |below: i128, prove: fn(&Loose<Proof>)| {
        let a = Loose(any_limbs([below; 8]));
        let attempt = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| prove(&a)));
        assert!(attempt.is_err());
    };
    // A square doubles an operand.
    refused(LOOSE + 1, |a| sqr(Proof, &mut Tight::zero(Proof), a));
    refused(2 * LOOSE + 1, |a| mul(Proof, &mut Tight::zero(Proof), a, a));
    // 2·p has no room for more than a tight number.
    refused(1 << 50, |a| {
        let mut out = Loose::BLANK;
        sub(Proof, &mut out, &Tight(a.0), &Tight(a.0));
        bounds(&out.0);
    });
    // A result that is another number.
    let (a, b) = (any_tight(), any_tight());
    let mut out = Tight::zero(Proof);
    mul(Proof, &mut out, &a, &b);
    let product = of(&a.0).mul(&of(&b.0));
    assert!(!of(&out.0).unreduced().is(&product.times(2)));
    assert!(!of(&out.0).is(&product));
}
