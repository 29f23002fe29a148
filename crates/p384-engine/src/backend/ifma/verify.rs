//! ECDSA's equation in lanes: is x(u1·G + u2·Q) the signature's r? Public values
//! only.

use super::point::Xyzz;
use super::terms::Terms;
use super::vector::Lanes;
use crate::backend::serial::field::Field;
use crate::backend::serial::multiply::generator_for_public;
use crate::backend::serial::point::Point;
use crate::backend::serial::tables::Table;
use crate::backend::serial::verify as complete;
use crate::ecdsa::Equation;

/// Whether the equation holds for a prepared Q: the lanes share the windows of
/// both scalars.
pub(crate) fn holds_vartime<L: Lanes>(l: L, table: &Table, equation: &Equation) -> bool {
    let mut terms = Terms::new();
    terms.push_vartime(l, generator_for_public(), &equation.u1);
    terms.push_vartime(l, table.as_ref(), &equation.u2);
    let sum = lane_0(l, &terms.sum(l));
    if sum.is_identity().declassify() {
        // Either an addition was exceptional, or this is the sum.
        return complete::holds_vartime(table, equation);
    }
    complete::x_is_r(&sum, equation)
}

/// The point of lane 0.
fn lane_0<L: Lanes>(l: L, points: &Xyzz<L>) -> Point {
    let [x, ..] = points.x.to_words(l);
    let [zz, ..] = points.zz.to_words(l);
    Point {
        x: Field::from_limbs(x),
        zz: Field::from_limbs(zz),
        ..Point::IDENTITY
    }
}

#[cfg(test)]
mod tests;
