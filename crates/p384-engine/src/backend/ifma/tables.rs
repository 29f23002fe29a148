//! Tables of a public point, made in lanes: eight windows at a time.
//!
//! The steps are those of the serial backend's
//! [`build_vartime`](crate::backend::serial::tables::build_vartime), where it says
//! why no addition is exceptional; entries are read from and written to the table
//! itself.

#![expect(
    clippy::indexing_slicing,
    reason = "windows and entries of the table, below its counts"
)]

use alloc::vec;
use alloc::vec::Vec;

use super::affine::to_affine;
use super::chain::Chain;
use super::field::montgomery::canonical;
use super::field::pack;
use super::point::{Affine, load, load_x};
use super::tree::chains::Chains;
use super::unprepared::from_chains;
use super::vector::{ENTRY_WORDS, Lanes, kernel};
use crate::backend::serial::field::Field;
use crate::backend::serial::point::{Affine as Serial, Packed};
use crate::backend::serial::tables::Table;
use crate::field::Coordinates;
use crate::recode::Window;

/// A table in the making; lane j of group g is the window 8·g + j, and beyond the
/// last window the last once more.
struct Building<L: Lanes> {
    l: L,
    entries: Vec<Packed>,
    window: Window,
    /// Group by group, 2^(w·i + k)·P for k = 0 … w − 1.
    powers: Vec<Affine<L>>,
}

/// Builds the table of a public point, in variable time.
pub(crate) fn build_vartime<L: Lanes>(l: L, point: &Coordinates, window: Window) -> Table {
    let mut building = Building {
        l,
        entries: vec![[0; 96]; window.count() * window.entries()],
        window,
        powers: powers(l, point, window),
    };
    for group in 0..building.groups() {
        building.store(group, 0, &building.powers[group * window.bits()].clone());
    }
    let mut chains = Chains::new(l);
    for k in 1..window.bits() {
        building.step(&mut chains, k);
    }
    Table::from_entries(building.entries, window)
}

/// The powers of two times P, by one chain of doublings and one inversion.
fn powers<L: Lanes>(l: L, point: &Coordinates, window: Window) -> Vec<Affine<L>> {
    let point = Serial::from_coordinates(point);
    let mut power = Chain::new(l.four(), &point.x.to_limbs(), &point.y.to_limbs());
    let mut chains = Vec::with_capacity(window.bits() * window.count());
    for _ in 0..window.bits() * window.count() {
        chains.push(power);
        power.double(l.four(), 1);
    }
    let mut points = Vec::new();
    for group in 0..window.count().div_ceil(8) {
        for k in 0..window.bits() {
            let chain = |lane| chains[window.bits() * place(window, group, lane) + k];
            points.push(from_chains(l, &core::array::from_fn(chain)));
        }
    }
    // Of a point of prime order, none is the identity.
    to_affine(l, &points, Field::invert_vartime).unwrap_or_default()
}

/// The window of a lane.
fn place(window: Window, group: usize, lane: usize) -> usize {
    (8 * group + lane).min(window.count() - 1)
}

impl<L: Lanes> Building<L> {
    fn groups(&self) -> usize {
        self.window.count().div_ceil(8)
    }

    /// The place of an entry of a lane's window.
    fn index(&self, group: usize, lane: usize, entry: usize) -> usize {
        place(self.window, group, lane) * self.window.entries() + entry
    }

    fn entries(&self, group: usize, entry: usize) -> [&Packed; 8] {
        core::array::from_fn(|lane| &self.entries[self.index(group, lane, entry)])
    }

    /// Doubles the entries: adds 2^k times the window's base to each of them.
    fn step(&mut self, chains: &mut Chains<L>, k: usize) {
        let l = self.l;
        let known = 1 << (k - 1);
        let pairs = self.groups() * known;
        let bits = self.window.bits();
        let shift = |number: usize| number / known * bits + k;
        let mut sums = [Affine::zero(l); 2];
        chains.begin(pairs);
        for number in (0..pairs).rev() {
            let (group, entry) = (number / known, number % known);
            load_x(l, &mut sums[0].x, self.entries(group, entry));
            chains.push(number, &sums[0].x, &self.powers[shift(number)].x);
        }
        chains.invert(|_, a| a.invert_vartime());
        for first in (0..pairs).step_by(2) {
            let numbers = first..pairs.min(first + 2);
            for (number, sum) in numbers.clone().zip(&mut sums) {
                load(l, sum, self.entries(number / known, number % known), 0);
            }
            let shifts = [first, first + 1].map(|number| {
                let last = self.powers.len() - 1;
                &self.powers[shift(number).min(last)]
            });
            chains.add(first, &mut sums[..numbers.len()], shifts);
            for (number, sum) in numbers.zip(&sums) {
                self.store(number / known, number % known + known, &sum.clone());
            }
        }
    }

    /// Writes an entry of each lane's window.
    fn store(&mut self, group: usize, entry: usize, points: &Affine<L>) {
        let mut words = [self.l.splat(0); ENTRY_WORDS];
        pack_points(self.l, &mut words, points);
        let columns = words.map(|word| self.l.store(word));
        for lane in 0..8 {
            let index = self.index(group, lane, entry);
            let (chunks, _) = self.entries[index].as_chunks_mut::<8>();
            for (chunk, column) in chunks.iter_mut().zip(&columns) {
                *chunk = column[lane].to_le_bytes();
            }
        }
    }
}

kernel! {
    /// From tight coordinates.
    fn pack_points<L>(l, out: &mut [L::Vector; ENTRY_WORDS], points: &Affine<L>) {
        let [x0, x1, x2, x3, x4, x5] = pack(l, &canonical(l, &points.x.0));
        let [y0, y1, y2, y3, y4, y5] = pack(l, &canonical(l, &points.y.0));
        *out = [x0, x1, x2, x3, x4, x5, y0, y1, y2, y3, y4, y5];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::ifma::tests::{on_every_lanes, pseudo_random};
    use crate::backend::serial::tables;
    use crate::oracle;

    #[test]
    fn tables_are_those_of_the_serial_backend() {
        for (seed, window) in
            (40..).zip([Window::W4, Window::W5, Window::W6, Window::W7, Window::W8])
        {
            let point = oracle::multiple_of_generator(&pseudo_random(seed));
            let expected = tables::build_vartime(&point, window);
            on_every_lanes!(l => {
                let table = build_vartime(l, &point, window);
                assert_eq!(table.window(), window);
                assert!(table.entries() == expected.entries());
            });
        }
    }
}
