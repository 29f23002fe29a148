//! A line of the last two minutes, drawn by the server.

use maud::{Markup, html};

use super::LOOKS;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 44.0;
/// Room for the stroke.
const MARGIN: f64 = 2.0;

/// The rates as a line over their area; the latest at the right edge. What it
/// shows is told in words beside it.
#[expect(clippy::cast_precision_loss, reason = "places on the screen")]
pub(in super::super) fn sparkline(history: &[f64]) -> Markup {
    let most = history.iter().copied().fold(1.0_f64, f64::max);
    let step = WIDTH / (LOOKS - 2) as f64;
    let start = WIDTH - step * history.len().saturating_sub(1) as f64;
    let place = |(index, rate): (usize, &f64)| {
        let x = step.mul_add(index as f64, start);
        let y = HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * rate / most;
        format!("{x:.1},{y:.1}")
    };
    let line: Vec<String> = history.iter().enumerate().map(place).collect();
    let line = line.join(" ");
    let area = format!("{start:.1},{HEIGHT} {line} {WIDTH},{HEIGHT}");
    html! {
        svg class="spark" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            @if history.len() > 1 {
                polygon class="area" points=(area) {}
                polyline class="line" points=(line) {}
            } @else {
                line class="line" x1="0" x2=(WIDTH) y1=(HEIGHT - MARGIN) y2=(HEIGHT - MARGIN) {}
            }
        }
    }
}
