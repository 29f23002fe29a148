//! ECDSA's equation in lanes: is x(u1·G + u2·Q) the signature's r? Public values
//! only.

#![expect(
    clippy::indexing_slicing,
    reason = "eight lanes, and places below the items' count"
)]

use alloc::vec;
use alloc::vec::Vec;

use super::field::{self, Tight, mul, mul_sub};
use super::point::{Sum, Xyzz};
use super::terms::{Rounds, Terms};
use super::tree::{Exceptions, Shape, Sums, Tree};
use super::unprepared::multiply_point_vartime;
use super::vector::{Lanes, filled};
use crate::backend::serial::field::Field;
use crate::backend::serial::multiply::generator_for_public;
use crate::backend::serial::point::Point;
use crate::backend::serial::tables::Table;
use crate::backend::serial::verify as complete;
use crate::ecdsa::Equation;
use crate::field::Coordinates;

/// How many signatures go through the tree together: as many as fit into a
/// second-level cache of 1 MiB.
const TOGETHER: usize = 32;

/// From so many signatures on, a lane for each is better than all lanes for each.
const WORTH_LANES: usize = 6;

/// Whether the equation holds for a prepared Q: the lanes share the windows of
/// both scalars.
pub(crate) fn holds_vartime<L: Lanes>(l: L, table: &Table, equation: &Equation) -> bool {
    let sum = terms(l, table, equation).sum(l);
    let [verdict, ..] = verdicts(l, &sum, 0, &[*equation; 8]);
    verdict.unwrap_or_else(|| complete::holds_vartime(table, equation))
}

/// Whether the equation holds for a Q without a table.
pub(crate) fn holds_unprepared_vartime<L: Lanes>(
    l: L,
    q: &Coordinates,
    equation: &Equation,
) -> bool {
    let mut terms = Terms::new();
    terms.push_vartime(l, generator_for_public(), &equation.u1);
    let mut sum = Sum::new(l);
    sum.point = multiply_point_vartime(l, &equation.u2, q);
    sum.add_points(&terms.sum(l));
    let [verdict, ..] = verdicts(l, &sum.point, 0, &[*equation; 8]);
    verdict.unwrap_or_else(|| complete::holds_unprepared_vartime(q, equation))
}

/// Whether each equation holds for its prepared Q, in order: a lane for each,
/// across different keys, too.
pub(crate) fn hold_vartime<L: Lanes>(l: L, items: &[(&Table, Equation)]) -> Vec<bool> {
    let mut results = vec![false; items.len()];
    let mut order: Vec<(usize, &(&Table, Equation))> = items.iter().enumerate().collect();
    // The sums of a tree are equally long.
    order.sort_by_key(|(_, (table, _))| table.window());
    let mut tree = Tree::new(l);
    for alike in order.chunk_by(|(_, (a, _)), (_, (b, _))| a.window() == b.window()) {
        for chunk in alike.chunks(TOGETHER) {
            let items: Vec<(&Table, Equation)> = chunk.iter().map(|(_, item)| **item).collect();
            for ((index, _), holds) in chunk
                .iter()
                .zip(hold_together_vartime(l, &mut tree, &items))
            {
                if let Some(result) = results.get_mut(*index) {
                    *result = holds;
                }
            }
        }
    }
    results
}

/// As [`hold_vartime`], for tables of one window.
fn hold_together_vartime<L: Lanes>(
    l: L,
    tree: &mut Tree<L>,
    items: &[(&Table, Equation)],
) -> Vec<bool> {
    let rest = items.len() % 8;
    let single = if rest < WORTH_LANES { rest } else { 0 };
    let (grouped, singles) = items.split_at(items.len() - single);
    let mut results = Vec::with_capacity(items.len());
    if !grouped.is_empty() {
        let sums = sum_in_lanes(l, tree, grouped);
        let sums = sums.points.iter().zip(&sums.exceptions);
        for (group, (sum, exceptions)) in grouped.chunks(8).zip(sums) {
            let equations = filled(group).map(|(_, equation)| equation);
            let verdicts = verdicts(l, sum, *exceptions, &equations);
            results.extend(
                group
                    .iter()
                    .zip(verdicts)
                    .map(|((table, equation), verdict)| {
                        verdict.unwrap_or_else(|| complete::holds_vartime(table, equation))
                    }),
            );
        }
    }
    results.extend(
        singles
            .iter()
            .map(|(table, equation)| holds_vartime(l, table, equation)),
    );
    results
}

/// The sums of the equations, a lane for each; the last group may lack some.
fn sum_in_lanes<L: Lanes>(l: L, tree: &mut Tree<L>, items: &[(&Table, Equation)]) -> Sums<L> {
    let generator = generator_for_public();
    let of_generator = generator.window().count();
    let of_point = items.first().map_or(0, |(table, _)| table.window().count());
    let shape = Shape {
        groups: items.len().div_ceil(8),
        count: of_generator + of_point,
    };
    let mut rounds = Rounds::new(shape.groups, shape.count);
    for sum in 0..8 * shape.groups {
        // Lanes without a signature repeat the last one's.
        if let Some((table, equation)) = items.get(sum).or(items.last()) {
            rounds.put_vartime(l, (sum, 0), generator, &equation.u1);
            rounds.put_vartime(l, (sum, of_generator), table.as_ref(), &equation.u2);
        }
    }
    tree.sum_vartime(shape, &rounds)
}

fn terms<'a, L: Lanes>(l: L, table: &'a Table, equation: &Equation) -> Terms<'a> {
    let mut terms = Terms::new();
    terms.push_vartime(l, generator_for_public(), &equation.u1);
    terms.push_vartime(l, table.as_ref(), &equation.u2);
    terms
}

/// For each lane whether x = r, without inversion: X = r·ZZ. None where an
/// addition was exceptional: then the sum is unknown, or the identity.
fn verdicts<L: Lanes>(
    l: L,
    sum: &Xyzz<L>,
    exceptions: Exceptions,
    equations: &[Equation; 8],
) -> [Option<bool>; 8] {
    let mut r = Tight::from_words(l, &equations.map(|equation| equation.r.0));
    let mut difference = r;
    mul(l, &mut difference, &r, &Tight::splat(l, &field::R_SQUARED));
    mul_sub(l, &mut r, &difference, &sum.zz, &sum.x);
    let (xs, zzs, differences) = (sum.x.to_words(l), sum.zz.to_words(l), r.to_words(l));
    core::array::from_fn(|lane| {
        if zzs[lane] == [0; 6] || exceptions >> lane & 1 == 1 {
            return None;
        }
        let equal = differences[lane] == [0; 6];
        Some(
            equal
                || equations[lane].r_plus_n().is_some() && {
                    let sum = Point {
                        x: Field::from_limbs(xs[lane]),
                        zz: Field::from_limbs(zzs[lane]),
                        ..Point::IDENTITY
                    };
                    complete::x_is_r(&sum, &equations[lane])
                },
        )
    })
}

#[cfg(test)]
mod tests;
