//! Many inversions for the price of one and three multiplications each.

use alloc::vec::Vec;

use zeroize::Zeroize;

/// What [`invert_all`] multiplies.
pub(crate) trait Factor: Copy + Zeroize {
    /// The product.
    fn times(&self, other: &Self) -> Self;
}

/// Replaces every value by its inverse; none may be zero (all would become
/// zero). `invert` is called once, on their product (Montgomery's trick):
/// with P_i = v_0 ⋯ v_i, 1/v_i = P_(i−1)/P_i, and 1/P_(i−1) = v_i/P_i.
///
/// `products` is scratch memory, kept by callers who invert often; it is wiped.
pub(crate) fn invert_all<F: Factor>(
    values: &mut [F],
    products: &mut Vec<F>,
    invert: impl FnOnce(&F) -> F,
) {
    products.clear();
    products.extend_from_slice(values);
    invert_all_in(values, products, invert);
    products.clear();
}

/// The same in scratch memory of as many values, which is wiped.
pub(crate) fn invert_all_in<F: Factor>(
    values: &mut [F],
    products: &mut [F],
    invert: impl FnOnce(&F) -> F,
) {
    let Some((first, rest)) = values.split_first_mut() else {
        return;
    };
    let mut product = *first;
    for (value, before) in rest.iter().zip(&mut *products) {
        *before = product;
        product = product.times(value);
    }
    let mut inverse = invert(&product);
    for (value, before) in rest.iter_mut().zip(&*products).rev() {
        let next = inverse.times(value);
        *value = inverse.times(before);
        inverse = next;
    }
    *first = inverse;
    products.iter_mut().for_each(Zeroize::zeroize);
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::scalar::{Montgomery, Scalar};

    #[test]
    fn all_are_inverted_at_any_count() {
        for count in [0, 1, 2, 7, 8, 9, 64] {
            let scalars: Vec<_> = (1..=count)
                .map(|i| Scalar([i, i * i, 0, 0, 0, 0]))
                .collect();
            let inverses = Montgomery::inverses(scalars.iter().copied(), Scalar::invert);
            assert_eq!(inverses.len(), scalars.len());
            for (scalar, inverse) in scalars.iter().zip(&inverses) {
                assert_eq!(inverse.mul(scalar), Scalar::ONE);
            }
        }
    }
}
