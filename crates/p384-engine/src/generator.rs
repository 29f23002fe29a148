//! The generator's tables: constants, calculated by `build.rs`.
//!
//! The entries are canonical coordinates times 2^384 modulo p, which is the
//! Montgomery form of every backend, in twelve little-endian words: one entry after
//! the other, or the same word of eight entries side by side.

use crate::recode::Window;

/// A table's bytes, at the beginning of a cache line.
#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

static W6: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/generator-w6")));
static W7_IN_SLICES: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(
    env!("OUT_DIR"),
    "/generator-w7-lanes"
)));
static W8: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/generator-w8")));

/// The window of [`for_secrets`].
pub(crate) const SECRET_WINDOW: Window = Window::W6;

/// The window of [`for_secrets_in_lanes`].
pub(crate) const SECRET_WINDOW_IN_LANES: Window = Window::W7;

/// The window of [`for_public`].
pub(crate) const PUBLIC_WINDOW: Window = Window::W8;

/// Small windows, which are read whole: 64 of 32 entries.
pub(crate) fn for_secrets() -> &'static [[u8; 96]] {
    W6.0.as_chunks().0
}

/// Eight entries: the first word of each of them, the second word of each, ….
pub(crate) type Slice = [[u8; 64]; 12];

/// Larger windows for eight digits at a time: 55 of 64 entries, every eight of which
/// are sliced into vectors of their first, second, … twelfth words.
pub(crate) fn for_secrets_in_lanes() -> &'static [Slice] {
    W7_IN_SLICES.0.as_chunks().0.as_chunks().0
}

/// Large windows, one entry of which is read: 48 of 128 entries.
pub(crate) fn for_public() -> &'static [[u8; 96]] {
    W8.0.as_chunks().0
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::backend::serial::point::Affine;
    use crate::oracle;
    use crate::recode::Window;
    use crate::scalar::Scalar;

    fn check(entries: &[[u8; 96]], window: Window) {
        assert_eq!(entries.len(), window.count() * window.entries());
        let step = Scalar([1 << window.bits(), 0, 0, 0, 0, 0]);
        let mut base = Scalar::ONE;
        for table in entries.chunks_exact(window.entries()) {
            for j in [0, 1, table.len() / 2, table.len() - 1] {
                let multiple = base.mul(&Scalar([2 * j as u64 + 1, 0, 0, 0, 0, 0]));
                let entry = Affine::unpack(&table[j]).to_coordinates();
                assert_eq!(entry, oracle::multiple_of_generator(&multiple));
            }
            base = base.mul(&step);
        }
    }

    #[test]
    fn the_sliced_table_holds_odd_multiples_of_the_generator() {
        let window = super::SECRET_WINDOW_IN_LANES;
        let entry = |i: usize| -> [u8; 96] {
            let slice = &super::for_secrets_in_lanes()[i / 8];
            let words = slice.map(|vector| vector.as_chunks::<8>().0[i % 8]);
            words.as_flattened().try_into().unwrap()
        };
        let entries: Vec<_> = (0..window.count() * window.entries()).map(entry).collect();
        check(&entries, window);
    }

    #[test]
    fn the_tables_hold_odd_multiples_of_the_generator() {
        check(super::for_secrets(), super::SECRET_WINDOW);
        check(super::for_public(), super::PUBLIC_WINDOW);
    }
}
