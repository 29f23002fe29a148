//! Overwriting what may be secret, in few instructions: `zeroize` writes byte after
//! byte, which would take as long as the arithmetic.

use zeroize::optimization_barrier;

use crate::field::Coordinates;

/// Plain data with a value that tells nothing.
pub(crate) trait Blank: Copy {
    const BLANK: Self;
}

impl Blank for bool {
    const BLANK: Self = false;
}

impl Blank for u8 {
    const BLANK: Self = 0;
}

impl Blank for u64 {
    const BLANK: Self = 0;
}

impl<T: Blank, const N: usize> Blank for [T; N] {
    const BLANK: Self = [T::BLANK; N];
}

impl Blank for Coordinates {
    const BLANK: Self = Self {
        x: Blank::BLANK,
        y: Blank::BLANK,
    };
}

impl<A: Blank, B: Blank> Blank for (A, B) {
    const BLANK: Self = (A::BLANK, B::BLANK);
}

/// Makes all values blank.
#[inline(always)]
pub(crate) fn wipe<T: Blank>(values: &mut [T]) {
    values.fill(T::BLANK);
    // As far as the compiler knows, memory is read here: it cannot leave them out.
    optimization_barrier(values);
}

#[cfg(test)]
mod tests {
    use super::wipe;

    #[test]
    fn all_values_become_blank() {
        let mut values = [([1_u64; 3], [2_u8; 5]); 4];
        wipe(&mut values);
        assert_eq!(values, [([0; 3], [0; 5]); 4]);
    }
}
