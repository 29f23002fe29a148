//! Eight 64-bit numbers side by side, by AVX-512 or in software.
//!
//! The arithmetic above is written once, over [`Vectors`] and [`Lanes`]. A value of a type that
//! implements it is the proof that the operations can be executed, so everything
//! above is safe code: `Avx512` holds a [`HaveIfma`](crate::HaveIfma).
//!
//! The compiler keeps vectors in registers, and the instructions in place, only
//! inside code compiled for the processor's features. Such code is a [`Kernel`],
//! entered by [`Vectors::run`]; between kernels, vectors stay in memory and are
//! passed by reference.

use crate::backend::serial::point::Packed;
use crate::wipe::Blank;

/// The words of a table's entry: six of x, then six of y.
pub(crate) const ENTRY_WORDS: usize = 12;

/// The operations on vectors of 64-bit numbers, modulo 2^64: of eight, or of the
/// first four of them alone.
///
/// A `mask` has a bit for each lane, lane 0 lowest.
pub(crate) trait Vectors: Copy {
    /// The numbers; lane 0 comes first in memory.
    type Vector: Blank;

    /// Executes a kernel in code compiled for these vectors, out of line.
    fn run<K: Kernel<Self>>(self, kernel: K) -> K::Output;

    fn splat(self, value: u64) -> Self::Vector;
    /// Lanes that are not there are passed over.
    fn load(self, lanes: &[u64; 8]) -> Self::Vector;
    /// Lanes that are not there read as zero.
    fn store(self, vector: Self::Vector) -> [u64; 8];

    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn and(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn or(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// The bits of `a` that are clear in `mask`.
    fn andnot(self, mask: Self::Vector, a: Self::Vector) -> Self::Vector;
    fn shl<const N: u32>(self, a: Self::Vector) -> Self::Vector;
    fn shr<const N: u32>(self, a: Self::Vector) -> Self::Vector;
    /// Shifts right and repeats the sign bit.
    fn sra<const N: u32>(self, a: Self::Vector) -> Self::Vector;
    fn ror<const N: u32>(self, a: Self::Vector) -> Self::Vector;
    fn xor(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn xor3(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// The bits of `if_set` where those of `mask` are set, else of `if_clear`.
    fn choose(
        self,
        mask: Self::Vector,
        if_set: Self::Vector,
        if_clear: Self::Vector,
    ) -> Self::Vector;
    /// The bits that at least two of the three have.
    fn majority(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// Both as they are, and a wish: what is made of them should not be calculated
    /// before them, nor before what such a wish was made of earlier.
    #[inline(always)]
    fn in_order(self, a: Self::Vector, b: Self::Vector) -> (Self::Vector, Self::Vector) {
        (a, b)
    }
    /// (a mod 2^16)·2^32.
    fn low16_shl32(self, a: Self::Vector) -> Self::Vector;

    /// c + (a·b mod 2^52), of the low 52 bits of a and b.
    fn mul_low(self, c: Self::Vector, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// c + ⌊a·b/2^52⌋, of the low 52 bits of a and b.
    fn mul_high(self, c: Self::Vector, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// `if_set` in the lanes of the mask, else `if_clear`.
    fn blend(self, mask: u8, if_clear: Self::Vector, if_set: Self::Vector) -> Self::Vector;
    /// Lane i of the result is lane `lanes[i]` of `a`.
    fn permute(self, a: Self::Vector, lanes: Self::Vector) -> Self::Vector;
}

/// The operations on vectors of eight numbers, with those that tables need.
pub(crate) trait Lanes: Vectors {
    /// Vectors of four, for sequences in which eight would be too slow.
    type Four: Vectors;

    fn four(self) -> Self::Four;

    /// Eight little-endian numbers.
    fn load_bytes(self, bytes: &[u8; 64]) -> Self::Vector;
    fn store_bytes(self, vector: Self::Vector) -> [u8; 64];
    /// Shifts left by any number of bits, which is not secret: 64 leave zero.
    fn shl_by(self, a: Self::Vector, bits: u64) -> Self::Vector;
    /// Shifts right by any number of bits, which is not secret: 64 leave zero.
    fn shr_by(self, a: Self::Vector, bits: u64) -> Self::Vector;
    /// The mask of the lanes in which a and b are equal.
    fn equal(self, a: Self::Vector, b: Self::Vector) -> u8;
    /// Lane i of the result is entry `index[i]` mod 16 of `low` and `high`.
    fn lookup16(self, index: Self::Vector, low: Self::Vector, high: Self::Vector) -> Self::Vector;
    /// Vector j of the result holds word j of every entry, that of lane 0 first.
    fn transpose(self, entries: [&Packed; 8]) -> [Self::Vector; ENTRY_WORDS];
    /// Asks for an entry to be brought near; has no effect on values.
    fn prefetch(self, entry: &Packed);
}

/// One to eight values, the last one repeated.
#[expect(clippy::indexing_slicing, reason = "a place below the count")]
pub(crate) fn filled<T: Copy>(values: &[T]) -> [T; 8] {
    core::array::from_fn(|lane| values[lane.min(values.len() - 1)])
}

/// Code that works on vectors in registers.
pub(crate) trait Kernel<L: Vectors> {
    type Output;

    /// The code, to be inlined into [`Vectors::run`]: implementations, and all that
    /// they call on vectors, are `#[inline(always)]`.
    fn run(self, lanes: L) -> Self::Output;
}

/// Declares a kernel as the function that calls it.
///
/// `fn name<L>(l, a: A, b: B) -> R { … }` becomes a function of the same name,
/// generic over [`Lanes`], whose body is a [`Kernel`].
macro_rules! kernel {
    ($(#[$doc:meta])* $vis:vis fn $name:ident<$lanes:ident>($($rest:tt)*) $(-> $output:ty)? $body:block) => {
        $crate::backend::ifma::vector::kernel! {
            $(#[$doc])* $vis fn $name<$lanes: $crate::backend::ifma::vector::Lanes>($($rest)*) $(-> $output)? $body
        }
    };
    ($(#[$doc:meta])* $vis:vis fn $name:ident<$lanes:ident: $bound:path>($l:ident $(, $arg:ident: $type:ty)* $(,)?) $(-> $output:ty)? $body:block) => {
        $(#[$doc])*
        #[inline(always)]
        $vis fn $name<$lanes: $bound>($l: $lanes $(, $arg: $type)*) $(-> $output)? {
            struct Arguments<A>(A);
            impl<$lanes: $bound> $crate::backend::ifma::vector::Kernel<$lanes> for Arguments<($($type,)*)> {
                type Output = $crate::backend::ifma::vector::kernel!(@output $($output)?);
                #[inline(always)]
                fn run(self, $l: $lanes) -> Self::Output {
                    let Self(($($arg,)*)) = self;
                    $body
                }
            }
            $l.run(Arguments(($($arg,)*)))
        }
    };
    (@output $output:ty) => { $output };
    (@output) => { () };
}
pub(crate) use kernel;

/// An array of eight, by an expression of the constant index: closures would not
/// reliably be inlined into a kernel.
macro_rules! eight {
    ($i:ident => $limb:expr) => {
        $crate::backend::ifma::vector::eight!(@array $i, $limb; 0 1 2 3 4 5 6 7)
    };
    (@array $i:ident, $limb:expr; $($index:literal)*) => {
        [$({
            const $i: usize = $index;
            $limb
        }),*]
    };
}
pub(crate) use eight;

/// As [`eight`], an array of twelve: a vector for each word of an entry.
macro_rules! twelve {
    ($i:ident => $word:expr) => {
        $crate::backend::ifma::vector::eight!(@array $i, $word; 0 1 2 3 4 5 6 7 8 9 10 11)
    };
}
pub(crate) use twelve;
