//! ECDSA's equation: is x(u1·G + u2·Q) the signature's r? Public values only.

use alloc::vec::Vec;

use crate::backend::serial::field::Field;
use crate::backend::serial::multiply::{
    add_multiple_vartime, generator_for_public, multiply_point_vartime, sum_complete_vartime,
};
use crate::backend::serial::point::{Affine, Point};
use crate::backend::serial::tables::Table;
use crate::ecdsa::Equation;
use crate::field::Coordinates;

/// Whether the equation holds for a prepared Q.
pub(crate) fn holds_vartime(table: &Table, equation: &Equation) -> bool {
    let sum = add_multiple_vartime(None, table.as_ref(), &equation.u2);
    finish(sum, &table.point(), equation)
}

/// Whether each equation holds for its prepared Q, in order.
pub(crate) fn hold_vartime(items: &[(&Table, Equation)]) -> Vec<bool> {
    let holds = |(table, equation): &(&Table, Equation)| holds_vartime(table, equation);
    items.iter().map(holds).collect()
}

/// Whether the equation holds for a Q without a table.
pub(crate) fn holds_unprepared_vartime(q: &Coordinates, equation: &Equation) -> bool {
    let q = Affine::from_coordinates(q);
    let sum = multiply_point_vartime(&q, &equation.u2);
    finish(sum, &q, equation)
}

/// Adds u1·G to u2·Q, and compares.
fn finish(sum: Point, q: &Affine, equation: &Equation) -> bool {
    let mut sum = add_multiple_vartime(Some(sum), generator_for_public(), &equation.u1);
    if sum.is_identity().declassify() {
        // Either an addition was exceptional, or this is the sum.
        sum = sum_complete_vartime(&equation.u1, &equation.u2, q);
    }
    !sum.is_identity().declassify() && x_is_r(&sum, equation)
}

/// Whether x(sum) mod n = r, without an inversion: x = X/ZZ is below p, which is
/// below 2·n, so it is r or r + n.
pub(crate) fn x_is_r(sum: &Point, equation: &Equation) -> bool {
    let is_x = |x| Field::from_canonical(&x).mul(&sum.zz) == sum.x;
    is_x(equation.r.0) || equation.r_plus_n().is_some_and(is_x)
}
