//! Choosing without branching: masks that the optimiser cannot see through.

/// A truth value as all zeros or all ones.
///
/// The only ways to make one end in [`barrier`], so the compiler knows nothing
/// of its value and cannot turn a selection back into a branch.
#[derive(Clone, Copy)]
pub(crate) struct Mask(u64);

impl Mask {
    /// All ones for 1, all zeros for 0; other values are a mistake.
    #[inline(always)]
    pub(crate) fn from_bit(bit: u64) -> Self {
        debug_assert!(bit <= 1);
        Self(barrier(bit.wrapping_neg()))
    }

    /// All ones where the two are equal.
    #[inline(always)]
    pub(crate) fn equal(a: u64, b: u64) -> Self {
        Self::is_zero(a ^ b)
    }

    /// All ones for zero.
    #[inline(always)]
    pub(crate) fn is_zero(value: u64) -> Self {
        // The top bit of v | −v is set for every v but zero.
        Self::from_bit(1 ^ ((value | value.wrapping_neg()) >> 63))
    }

    /// All ones for a negative number.
    #[inline(always)]
    pub(crate) fn is_negative(value: i64) -> Self {
        Self::from_bit(value.cast_unsigned() >> 63)
    }

    /// `if_set` where the mask is all ones, else `if_clear`.
    #[inline(always)]
    pub(crate) const fn select(self, if_clear: u64, if_set: u64) -> u64 {
        if_clear ^ (self.0 & (if_clear ^ if_set))
    }

    /// The value, or zero.
    #[inline(always)]
    pub(crate) const fn keep(self, value: u64) -> u64 {
        value & self.0
    }

    /// The mask as a number: zero or all ones.
    #[inline(always)]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    #[inline(always)]
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline(always)]
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline(always)]
    pub(crate) const fn xor(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }

    /// For a decision that may be seen: the end of the secret.
    #[inline(always)]
    pub(crate) fn declassify(self) -> bool {
        #[cfg(p384_engine_marking)]
        marking::defined(&self.0);
        self.0 != 0
    }
}

/// Returns its argument, by a way the optimiser cannot follow.
///
/// LLVM has turned `x & mask` into a branch on the condition behind the mask.
#[inline(always)]
#[cfg(not(miri))]
pub(crate) fn barrier(value: u64) -> u64 {
    let mut value = value;
    // SAFETY: no instruction is emitted; the register passes through unchanged,
    // and neither memory, stack nor flags are touched.
    unsafe {
        core::arch::asm!("/* {0} */", inout(reg) value, options(pure, nomem, nostack, preserves_flags));
    }
    value
}

/// Returns its argument: Miri interprets and has no optimiser to hide from.
#[inline(always)]
#[cfg(miri)]
pub(crate) fn barrier(value: u64) -> u64 {
    value
}

/// Tells valgrind that a value may be branched on, in builds that `admin/ct`
/// makes for it; the example `marking` has the other half.
#[cfg(p384_engine_marking)]
mod marking {
    /// The client request `MAKE_MEM_DEFINED` of memcheck.
    const MAKE_MEM_DEFINED: u64 = 0x4d43_0002;

    pub(super) fn defined(value: &u64) {
        let request = [
            MAKE_MEM_DEFINED,
            core::ptr::from_ref(value).addr() as u64,
            8,
            0,
            0,
            0,
        ];
        // SAFETY: valgrind's marker, rotations of rdi by 128 bits in all and an
        // exchange of rbx with itself: they do nothing where it does not run.
        unsafe {
            core::arch::asm!(
                "rol rdi, 3",
                "rol rdi, 13",
                "rol rdi, 61",
                "rol rdi, 51",
                "xchg rbx, rbx",
                in("rax") request.as_ptr(),
                inout("rdx") 0_u64 => _,
                options(nostack),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn masks_tell_zero_and_equality() {
        for value in [0, 1, 2, 1 << 63, u64::MAX] {
            assert_eq!(Mask::is_zero(value).declassify(), value == 0);
            assert!(Mask::equal(value, value).declassify());
            assert!(!Mask::equal(value, value ^ 1).declassify());
            assert_eq!(Mask::from_bit(1).select(3, value), value);
            assert_eq!(Mask::from_bit(0).select(3, value), 3);
        }
    }
}
