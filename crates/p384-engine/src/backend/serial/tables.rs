//! Tables of a point's odd multiples, window by window.
//!
//! The window `i` of w bits holds (2·j + 1)·2^(w·i)·P for j = 0 … 2^(w−1) − 1,
//! so that a sum of odd digits (see [`crate::recode`]) is a sum of one entry of
//! each window, negated or not. It takes additions only, no doublings.

use alloc::vec;
use alloc::vec::Vec;

use zeroize::Zeroize;

use crate::backend::serial::field::Field;
use crate::backend::serial::point::{Affine, Packed, Point};
use crate::batch;
use crate::ct::Mask;
use crate::field::Coordinates;
use crate::recode::{Digit, Window};

/// A public point's table.
#[derive(Clone)]
pub(crate) struct Table {
    entries: Vec<Packed>,
    window: Window,
}

/// A table, wherever it is kept: the windows one after the other.
#[derive(Clone, Copy)]
pub(crate) struct TableRef<'a> {
    entries: &'a [Packed],
    window: Window,
}

/// Builds the table of a public point, in variable time.
pub(crate) fn build_vartime(point: &Coordinates, window: Window) -> Table {
    Table::build_vartime(&Affine::from_coordinates(point), window)
}

impl Table {
    /// Takes entries that were made elsewhere: as many as the window has.
    #[allow(dead_code, reason = "build.rs does not need it")]
    pub(crate) const fn from_entries(entries: Vec<Packed>, window: Window) -> Self {
        Self { entries, window }
    }

    /// Builds the table of a public point, in variable time.
    ///
    /// With B = 2^(w·i)·P, the multiples below 2^k of all windows are there
    /// before step k, which adds 2^k·B to each of them. All the additions of a
    /// step share one inversion. None of them is exceptional: m·B + 2^k·B or
    /// m·B − 2^k·B is the identity only where the prime n divides m ± 2^k, which
    /// is odd and below n.
    pub(crate) fn build_vartime(point: &Affine, window: Window) -> Self {
        let powers = doublings(point, window.bits() * window.count());
        let mut entries = vec![[0; 96]; window.count() * window.entries()];
        let mut inverses = Vec::with_capacity(entries.len() / 2);
        let mut scratch = Vec::with_capacity(entries.len() / 2);
        let windows = powers.chunks_exact(window.bits());
        for (table, powers) in entries
            .chunks_exact_mut(window.entries())
            .zip(windows.clone())
        {
            copy_first(table, powers);
        }
        for k in 1..window.bits() {
            let known = 1 << (k - 1);
            inverses.clear();
            for (table, powers) in entries.chunks_exact(window.entries()).zip(windows.clone()) {
                let shift = powers.get(k).unwrap_or(point);
                let differences = table
                    .iter()
                    .take(known)
                    .map(|entry| shift.x.sub(&Affine::unpack(entry).x));
                inverses.extend(differences);
            }
            batch::invert_all(&mut inverses, &mut scratch, Field::invert_vartime);
            let mut inverse = inverses.iter();
            for (table, powers) in entries
                .chunks_exact_mut(window.entries())
                .zip(windows.clone())
            {
                let shift = powers.get(k).unwrap_or(point);
                let (before, after) = table.split_at_mut(known);
                for ((sum, entry), inverse) in after.iter_mut().zip(before).zip(&mut inverse) {
                    *sum = Affine::unpack(entry).add_with(shift, inverse).pack();
                }
            }
        }
        Self { entries, window }
    }

    #[allow(dead_code, reason = "build.rs does not need it")]
    pub(crate) const fn window(&self) -> Window {
        self.window
    }

    pub(crate) fn as_ref(&self) -> TableRef<'_> {
        TableRef::new(&self.entries, self.window)
    }

    /// P itself, the first entry.
    pub(crate) fn point(&self) -> Affine {
        self.as_ref().entry(0, 0)
    }

    /// What the entries take.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(self.entries.as_slice())
    }

    /// The entries, for the generator's table.
    #[allow(dead_code, reason = "for build.rs, and for tests")]
    pub(crate) fn entries(&self) -> &[Packed] {
        &self.entries
    }
}

fn copy_first(table: &mut [Packed], powers: &[Affine]) {
    if let (Some(entry), Some(base)) = (table.first_mut(), powers.first()) {
        *entry = base.pack();
    }
}

/// 2^k·P for k = 0 … count − 1.
fn doublings(point: &Affine, count: usize) -> Vec<Affine> {
    let mut powers = Vec::with_capacity(count);
    let mut power = Point::from_affine(point);
    for _ in 0..count {
        powers.push(power);
        power = power.double();
    }
    normalize(&powers, Field::invert_vartime)
}

/// The affine coordinates of points none of which is the identity.
pub(crate) fn normalize(points: &[Point], invert: impl FnOnce(&Field) -> Field) -> Vec<Affine> {
    let mut inverses: Vec<Field> = points.iter().map(|point| point.zzz).collect();
    batch::invert_all(&mut inverses, &mut Vec::with_capacity(points.len()), invert);
    let pairs = points.iter().zip(&inverses);
    let affine = pairs
        .map(|(point, inverse)| point.to_affine(inverse))
        .collect();
    inverses.zeroize();
    affine
}

impl<'a> TableRef<'a> {
    pub(crate) const fn new(entries: &'a [Packed], window: Window) -> Self {
        Self { entries, window }
    }

    pub(crate) const fn window(&self) -> Window {
        self.window
    }

    /// All entries, window by window.
    pub(crate) const fn entries(&self) -> &'a [Packed] {
        self.entries
    }

    /// Whether the two are one table, by its place.
    pub(crate) fn is(&self, other: Self) -> bool {
        core::ptr::eq(self.entries, other.entries)
    }

    pub(crate) fn entries_of(&self, window: usize) -> &'a [Packed] {
        let size = self.window.entries();
        self.entries
            .get(window * size..(window + 1) * size)
            .unwrap_or(&[])
    }

    fn entry(&self, window: usize, index: usize) -> Affine {
        // Digits are below the count of entries; there is always one.
        Affine::unpack(self.entries_of(window).get(index).unwrap_or(&[0; 96]))
    }

    /// The digit's multiple, by address: public digits only.
    #[inline(always)]
    pub(crate) fn lookup_vartime(&self, window: usize, digit: Digit) -> Affine {
        let index = usize::try_from(digit.index).unwrap_or(0);
        self.entry(window, index).negate_if(digit.negative)
    }

    /// The digit's multiple in constant time: every entry of the window is read.
    pub(crate) fn lookup(&self, window: usize, digit: Digit) -> Affine {
        let mut limbs = [0_u64; 12];
        for (index, entry) in (0_u64..).zip(self.entries_of(window)) {
            let chosen = Mask::equal(index, digit.index);
            let (chunks, _) = entry.as_chunks::<8>();
            for (limb, chunk) in limbs.iter_mut().zip(chunks) {
                *limb |= chosen.keep(u64::from_le_bytes(*chunk));
            }
        }
        let [a, b, c, d, e, f, g, h, i, j, k, l] = limbs;
        Affine {
            x: Field::from_limbs([a, b, c, d, e, f]),
            y: Field::from_limbs([g, h, i, j, k, l]).negate_if(digit.negative),
        }
    }
}
