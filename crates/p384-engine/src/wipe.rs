//! Overwriting what may be secret, in few instructions: `zeroize` writes byte after
//! byte, which would take as long as the arithmetic.

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
    // Miri interprets, and leaves nothing out.
    #[cfg(not(miri))]
    // SAFETY: no instruction is emitted. As far as the compiler knows, memory is
    // read here, so it cannot leave the blanks out.
    unsafe {
        core::arch::asm!("/* {0} */", in(reg) values.as_mut_ptr(), options(nostack, preserves_flags));
    }
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
