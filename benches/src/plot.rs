//! Charts of the headline, as SVG that follows the reader's light or dark mode.

mod bars;
mod curve;
mod svg;

use std::path::Path;
use std::{fs, io};

use crate::interleave::Outcome;

/// Writes headline.svg and batch.svg.
///
/// # Errors
/// Where they cannot be written.
pub fn write(folder: &Path, outcomes: &[Outcome], processor: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("headline.svg"), bars::draw(outcomes, processor))?;
    fs::write(folder.join("batch.svg"), curve::draw(outcomes, processor))
}

/// The time of a row of ours, in µs.
fn microseconds(outcomes: &[Outcome], row: &str) -> Option<f64> {
    let ours = outcomes.iter().flat_map(|outcome| &outcome.ours);
    let found = ours.into_iter().find(|figure| figure.name == row);
    Some(found?.ns / 1e3)
}

/// Three digits.
fn digits(value: f64) -> String {
    if value < 9.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// The least of 1, 2 and 5 times a power of ten that divides the axis into at
/// most so many parts.
fn step(end: f64, parts: f64) -> f64 {
    let least = end / parts;
    let power = 10_f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let fitting = factors.into_iter().find(|factor| factor * power >= least);
    fitting.unwrap_or(10.0) * power
}
