//! µs of an operation against how many are done at once.

use super::svg::{Anchor, Svg};
use super::{digits, microseconds, step};
use crate::interleave::Outcome;
use crate::rivals::AWS_LC;

/// A curve: its class, its name, and its row of one at a time.
const CURVES: [(&str, &str, &str); 3] = [
    ("a", "verify, w=8", "P-384 verify, w=8"),
    ("b", "verify, w=6", "P-384 verify, w=6"),
    ("c", "ECDH-ES sender, w=6", "ECDH-ES sender, w=6"),
];
const SIZES: [u32; 7] = [1, 2, 4, 8, 16, 32, 64];

const WIDTH: f64 = 880.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 680.0;
const TOP: f64 = 80.0;
const BOTTOM: f64 = 340.0;

/// The chart.
pub(super) fn draw(outcomes: &[Outcome], processor: &str) -> String {
    let mut svg = Svg::new(
        WIDTH,
        HEIGHT,
        "More at once: µs per operation by batch size",
    );
    svg.text(
        "muted",
        (20.0, 50.0),
        Anchor::Start,
        &note(outcomes, processor),
    );
    let curves = CURVES.map(|(class, name, row)| (class, name, points(outcomes, row)));
    let values = curves.iter().flat_map(|(_, _, points)| points);
    let highest = values.map(|(_, value)| *value).fold(1.0, f64::max);
    let step = step(highest, 6.0);
    let end = (highest / step).ceil() * step;
    draw_axes(&mut svg, step, end);
    let mut labels = Vec::new();
    for (class, name, points) in &curves {
        let placed: Vec<_> = points
            .iter()
            .map(|(place, value)| (abscissa(*place), ordinate(*value, end)))
            .collect();
        svg.curve(class, &placed);
        if let (Some((_, value)), Some((x, y))) = (points.last(), placed.last()) {
            labels.push((*x, *y, format!("{name}: {}", digits(*value))));
        }
    }
    draw_labels(&mut svg, labels);
    svg.finish()
}

fn note(outcomes: &[Outcome], processor: &str) -> String {
    let theirs = |operation| {
        let outcome = outcomes
            .iter()
            .find(|outcome| outcome.operation == operation)?;
        let rival = outcome.rivals.iter().find(|rival| rival.name == AWS_LC)?;
        Some(digits(rival.ns / 1e3))
    };
    let rival = theirs("P-384 verify").zip(theirs("ECDH-ES sender"));
    let rival = rival.map(|(verify, send)| {
        format!("; {AWS_LC}: verify {verify} µs, sender {send} µs, whatever the size")
    });
    format!("one core of {processor}{}", rival.unwrap_or_default())
}

fn draw_axes(svg: &mut Svg, step: f64, end: f64) {
    let mut tick = 0.0;
    while tick <= end {
        let y = ordinate(tick, end);
        svg.line("grid", (LEFT, y), (RIGHT, y));
        let label = digits(tick).trim_end_matches(".0").to_owned();
        svg.text("muted", (LEFT - 8.0, y + 4.0), Anchor::End, &label);
        tick += step;
    }
    svg.line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
    for (place, size) in (0_u32..).zip(SIZES) {
        let x = abscissa(f64::from(place));
        svg.line("axis", (x, BOTTOM), (x, BOTTOM + 4.0));
        svg.text(
            "muted",
            (x, BOTTOM + 19.0),
            Anchor::Middle,
            &size.to_string(),
        );
    }
    svg.text("muted", (LEFT - 8.0, TOP - 10.0), Anchor::End, "µs");
    let middle = f64::midpoint(LEFT, RIGHT);
    svg.text(
        "muted",
        (middle, BOTTOM + 40.0),
        Anchor::Middle,
        "operations in one call",
    );
}

/// At the ends of the curves, far enough apart to be read.
fn draw_labels(svg: &mut Svg, mut labels: Vec<(f64, f64, String)>) {
    labels.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut highest = f64::MAX;
    for (x, y, text) in labels {
        let y = (y + 4.0).min(highest);
        svg.text("strong", (x + 12.0, y), Anchor::Start, &text);
        highest = y - 17.0;
    }
}

/// The places and values of a curve, as far as they were measured.
fn points(outcomes: &[Outcome], single: &str) -> Vec<(f64, f64)> {
    let point = |(place, size): (u32, u32)| {
        let row = match size {
            1 => single.to_owned(),
            _ => format!("{single}, batch of {size}"),
        };
        Some((f64::from(place), microseconds(outcomes, &row)?))
    };
    (0..).zip(SIZES).filter_map(point).collect()
}

/// Sizes double from place to place.
fn abscissa(place: f64) -> f64 {
    LEFT + 20.0 + place * (RIGHT - LEFT - 40.0) / 6.0
}

fn ordinate(value: f64, end: f64) -> f64 {
    BOTTOM - value / end * (BOTTOM - TOP)
}
