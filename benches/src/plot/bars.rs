//! µs of an operation, ours and everybody's, a panel for each operation.

use super::svg::{Anchor, Svg};
use super::{digits, microseconds, step};
use crate::interleave::Outcome;

/// A panel: its title, the operation whose rivals it shows, and rows of ours.
type Panel = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const PANELS: [Panel; 8] = [
    (
        "ECDSA verify, known key",
        "P-384 verify",
        &[
            ("p384-engine", "P-384 verify, w=6"),
            ("batch of 32", "P-384 verify, w=8, batch of 32"),
        ],
    ),
    (
        "JWS ES384 verify, 256 B",
        "JWS verify 256 B",
        &[
            ("jose-core", "JWS verify 256 B"),
            ("batch of 32", "JWS verify 256 B, batch of 32"),
        ],
    ),
    (
        "ECDH-ES sender, known recipient",
        "ECDH-ES sender",
        &[
            ("p384-engine", "ECDH-ES sender, w=6"),
            ("batch of 16", "ECDH-ES sender, w=6, batch of 16"),
        ],
    ),
    (
        "JWE ECDH-ES + A256GCM encrypt, 256 B",
        "JWE encrypt 256 B",
        &[
            ("jose-core", "JWE encrypt 256 B"),
            ("batch of 16", "JWE encrypt 256 B, batch of 16"),
        ],
    ),
    (
        "ECDH-ES recipient",
        "ECDH-ES recipient",
        &[
            ("p384-engine", "ECDH-ES recipient"),
            ("batch of 8", "ECDH-ES recipient, batch of 8"),
        ],
    ),
    (
        "JWE decrypt, 256 B",
        "JWE decrypt 256 B",
        &[
            ("jose-core", "JWE decrypt 256 B"),
            ("batch of 8", "JWE decrypt 256 B, batch of 8"),
        ],
    ),
    (
        "ECDSA sign",
        "P-384 sign",
        &[
            ("p384-engine", "P-384 sign"),
            ("batch of 8", "P-384 sign, batch of 8"),
        ],
    ),
    (
        "JWS ES384 sign, 256 B",
        "JWS sign 256 B",
        &[
            ("jose-core", "JWS sign 256 B"),
            ("batch of 8", "JWS sign 256 B, batch of 8"),
        ],
    ),
];

const WIDTH: f64 = 880.0;
const PANEL_WIDTH: f64 = 410.0;
const PANEL_HEIGHT: f64 = 200.0;
const TOP: f64 = 68.0;
/// Within a panel.
const NAMES: f64 = 100.0;
const BARS: f64 = 245.0;
const BAR: f64 = 15.0;
const PITCH: f64 = 20.0;
/// Bars longer than so many times the fastest rival's are cut.
const CUT: f64 = 2.2;

struct Bar {
    name: String,
    microseconds: f64,
    ours: bool,
}

/// The chart.
pub(super) fn draw(outcomes: &[Outcome], processor: &str) -> String {
    let rows = PANELS.len().div_ceil(2);
    let height = TOP + PANEL_HEIGHT * f64::from(u32::try_from(rows).unwrap_or(0)) + 14.0;
    let mut svg = Svg::new(WIDTH, height, "P-384 and its tokens: µs per operation");
    let note = format!("shorter is better; one core of {processor}");
    svg.text("muted", (20.0, 50.0), Anchor::Start, &note);
    let (mut column, mut row) = (0.0, 0.0);
    for panel in PANELS {
        let at = (
            20.0 + column * (PANEL_WIDTH + 20.0),
            TOP + row * PANEL_HEIGHT,
        );
        draw_panel(&mut svg, at, panel, outcomes);
        if column > 0.0 {
            row += 1.0;
        }
        column = 1.0 - column;
    }
    svg.finish()
}

fn draw_panel(svg: &mut Svg, (x, y): (f64, f64), panel: Panel, outcomes: &[Outcome]) {
    svg.text("panel", (x, y + 16.0), Anchor::Start, panel.0);
    let bars = bars(panel, outcomes);
    let rivals = bars.iter().filter(|bar| !bar.ours);
    let fastest = rivals.map(|bar| bar.microseconds).fold(f64::MAX, f64::min);
    let longest = bars.iter().map(|bar| bar.microseconds).fold(0.0, f64::max);
    if bars.is_empty() {
        let text = "not measured in this run";
        svg.text("muted", (x, y + 36.0), Anchor::Start, text);
        return;
    }
    let end = longest.min(fastest * CUT);
    let (left, top) = (x + NAMES, y + 26.0);
    let mut bottom = top;
    for bar in &bars {
        draw_bar(svg, (left, bottom), bar, end);
        bottom += PITCH;
    }
    svg.line("axis", (left, top), (left, bottom));
    let step = step(end, 4.0);
    let mut tick = 0.0;
    while tick <= end {
        let at = left + tick / end * BARS;
        svg.line("axis", (at, bottom), (at, bottom + 4.0));
        let label = if tick > 0.0 {
            format!("{tick:.0}")
        } else {
            "0 µs".to_owned()
        };
        svg.text("muted", (at, bottom + 16.0), Anchor::Middle, &label);
        tick += step;
    }
}

fn draw_bar(svg: &mut Svg, (left, y): (f64, f64), bar: &Bar, end: f64) {
    let cut = bar.microseconds > end;
    let length = bar.microseconds.min(end) / end * BARS;
    let (fill, weight) = if bar.ours {
        ("ours", "strong")
    } else {
        ("theirs", "")
    };
    let baseline = y + BAR - 3.0;
    svg.text(weight, (left - 6.0, baseline), Anchor::End, &bar.name);
    svg.rect(fill, (left, y), (length.max(1.0), BAR));
    if cut {
        for at in [length - 16.0, length - 11.0] {
            let (from, to) = ((left + at, y + BAR + 1.0), (left + at + 5.0, y - 1.0));
            svg.line("gap", from, to);
        }
    }
    let value = digits(bar.microseconds);
    let at = (left + length + 6.0, baseline);
    svg.text(weight, at, Anchor::Start, &value);
}

/// Ours first, then the rivals from the fastest on.
fn bars((_, operation, ours): Panel, outcomes: &[Outcome]) -> Vec<Bar> {
    let ours = ours.iter().filter_map(|(name, row)| {
        Some(Bar {
            name: (*name).to_owned(),
            microseconds: microseconds(outcomes, row)?,
            ours: true,
        })
    });
    let mut bars: Vec<_> = ours.collect();
    let outcome = outcomes
        .iter()
        .find(|outcome| outcome.operation == operation);
    let rivals = outcome.iter().flat_map(|outcome| &outcome.rivals);
    let mut rivals: Vec<_> = rivals
        .map(|rival| Bar {
            name: rival.name.clone(),
            microseconds: rival.ns / 1e3,
            ours: false,
        })
        .collect();
    rivals.sort_by(|a, b| a.microseconds.total_cmp(&b.microseconds));
    bars.extend(rivals);
    bars
}
