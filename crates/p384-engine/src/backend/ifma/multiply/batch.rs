//! Many products, one a lane.

#![expect(
    clippy::indexing_slicing,
    reason = "groups and windows by the numbers of a tree's points"
)]

use alloc::vec::Vec;

use crate::backend::ifma::digits::LaneDigits;
use crate::backend::ifma::lookup::{Rows, Slices, permute, scan};
use crate::backend::ifma::point::{Affine, Xyzz};
use crate::backend::ifma::tree::{Shape, Tree};
use crate::backend::ifma::vector::{Lanes, filled};
use crate::backend::serial::tables::TableRef;
use crate::generator::{self, SECRET_WINDOW_IN_LANES as GENERATOR_WINDOW, Slice};
use crate::recode::Digits;
use crate::scalar::Scalar;
use crate::wipe::wipe;

/// The multiples of the generator by some scalars, and those of tables with the same
/// window by others, one a lane: a vector for every eight of the first, then one for
/// every eight of the second, the last of both filled up with repetitions. ZZ = 0 where
/// an addition was exceptional.
pub(crate) fn multiply_all<L: Lanes>(
    l: L,
    of_generator: &[&Scalar],
    of_tables: &[(TableRef<'_>, &Scalar)],
) -> Vec<Xyzz<L>> {
    let of_generator = of_generator.chunks(8).map(filled);
    let of_tables = of_tables.chunks(8).map(filled);
    let parts: [Vec<Group<'_, L>>; 2] = [
        of_generator.map(|k| Group::of_generator(l, k)).collect(),
        of_tables
            .map(|products| Group::of_tables(l, products))
            .collect(),
    ];
    let shapes = parts.each_ref().map(|groups| Shape {
        groups: groups.len(),
        count: groups.first().map_or(0, Group::count),
    });
    let mut slices = Slices::new(l);
    let mut rows = [[0; 96]; 8];
    let load = |place: &mut Affine<L>, part: usize, number: usize| {
        let groups = &parts[part];
        let (window, group) = (number / groups.len(), number % groups.len());
        groups[group].load(l, place, window, (&mut slices, &mut rows));
    };
    let mut sums = Tree::new(l).sum_secret(&shapes, load);
    wipe(&mut rows);
    // No level is exceptional, says the theorem. Were one, blank points would tell.
    if sums.exceptions.iter().any(|lanes| *lanes != 0) {
        wipe(&mut sums.points);
    }
    sums.points
}

/// The slices of a window of the generator's.
fn of_generator_window(window: usize) -> &'static [Slice] {
    let count = GENERATOR_WINDOW.entries() / 8;
    &generator::for_secrets_in_lanes()[count * window..count * (window + 1)]
}

/// Eight products of tables with the same window.
#[expect(
    clippy::large_enum_variant,
    reason = "all have the digits of eight scalars"
)]
enum Group<'a, L: Lanes> {
    Generator(LaneDigits<L>),
    OneTable(TableRef<'a>, LaneDigits<L>),
    Tables([(TableRef<'a>, Digits); 8]),
}

impl<'a, L: Lanes> Group<'a, L> {
    fn of_generator(l: L, scalars: [&Scalar; 8]) -> Self {
        Self::Generator(LaneDigits::recode(l, scalars, GENERATOR_WINDOW))
    }

    fn of_tables(l: L, products: [(TableRef<'a>, &Scalar); 8]) -> Self {
        let [(table, _), ..] = products;
        if products.iter().all(|(other, _)| other.is(table)) {
            let digits = LaneDigits::recode(l, products.map(|(_, k)| k), table.window());
            Self::OneTable(table, digits)
        } else {
            Self::Tables(products.map(|(table, k)| (table, Digits::recode(k, table.window()))))
        }
    }

    /// How many digits each has.
    fn count(&self) -> usize {
        match self {
            Self::Generator(digits) | Self::OneTable(_, digits) => digits.count(),
            Self::Tables([(_, digits), ..]) => digits.count(),
        }
    }

    /// The points of a window.
    #[inline(always)]
    fn load(
        &self,
        l: L,
        place: &mut Affine<L>,
        window: usize,
        (slices, rows): (&mut Slices<'a, L>, &mut Rows),
    ) {
        match self {
            Self::Generator(digits) => {
                permute(l, place, of_generator_window(window), digits.digit(window));
            }
            Self::OneTable(table, digits) => {
                let slices = slices.of(table.entries_of(window));
                permute(l, place, slices, digits.digit(window));
            }
            Self::Tables(products) => scan(l, place, rows, |lane| {
                let (table, digits) = &products[lane];
                (table.entries_of(window), digits.digit(window))
            }),
        }
    }
}
