//! Many products, one a lane.

#![expect(
    clippy::indexing_slicing,
    reason = "groups and windows by the numbers of a tree's points"
)]

use alloc::vec::Vec;

use crate::backend::ifma::digits::LaneDigits;
use crate::backend::ifma::lookup::{Rows, Slice, Slices, permute, scan};
use crate::backend::ifma::point::{Affine, Xyzz};
use crate::backend::ifma::tree::{Shape, Tree};
use crate::backend::ifma::vector::{Lanes, filled};
use crate::backend::serial::tables::TableRef;
use crate::generator::{self, SECRET_WINDOW_IN_LANES as GENERATOR_WINDOW};
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
    let recode = |scalars: &[&Scalar]| LaneDigits::recode(l, filled(scalars), GENERATOR_WINDOW);
    let generators: Vec<LaneDigits<L>> = of_generator.chunks(8).map(recode).collect();
    let groups = of_tables.chunks(8);
    let groups: Vec<Group<'_, L>> = groups.map(|chunk| Group::of(l, filled(chunk))).collect();
    let shapes = [
        (generators.len(), GENERATOR_WINDOW.count()),
        (groups.len(), groups.first().map_or(0, Group::count)),
    ];
    let shapes = shapes.map(|(groups, count)| Shape { groups, count });
    let mut slices = Slices::new(l);
    let mut rows = [[0; 96]; 8];
    let load = |place: &mut Affine<L>, part: usize, number: usize| {
        let (window, group) = (number / shapes[part].groups, number % shapes[part].groups);
        if part == 0 {
            permute(
                l,
                place,
                of_generator_window(window),
                generators[group].digit(window),
            );
        } else {
            groups[group].load(l, place, window, (&mut slices, &mut rows));
        }
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
    reason = "both have the digits of eight scalars"
)]
enum Group<'a, L: Lanes> {
    OneTable(TableRef<'a>, LaneDigits<L>),
    Tables([(TableRef<'a>, Digits); 8]),
}

impl<'a, L: Lanes> Group<'a, L> {
    fn of(l: L, products: [(TableRef<'a>, &Scalar); 8]) -> Self {
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
            Self::OneTable(_, digits) => digits.count(),
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
