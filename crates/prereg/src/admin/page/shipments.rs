//! Shipments of the simulated provider, and what moves them.

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use prereg_types::shipment::{ShipmentState, Step};
use serde::Deserialize;
use yubico_sim::progress::next_state;
use yubico_sim::store::ShipmentSummary;

use super::Page;
use super::failure::Failure;
use super::layout::{Place, View, nothing, section};
use super::overview::bench;
use super::paging::{PAGE, Slice, pager};
use super::words::{Mood, STATES, mark, mood, state, when};

/// The place to go on from.
#[derive(Default, Deserialize)]
pub(super) struct From {
    #[serde(default)]
    skip: usize,
}

pub(super) async fn show(
    State(page): State<Page>,
    Query(from): Query<From>,
    view: View,
) -> Result<Response, Failure> {
    let slice = load(&page, from.skip, PAGE).await?;
    let table = table(&view, &slice.rows);
    let content = html! { (bench(&view)) (table) };
    let pager = pager("/shipments", from.skip == 0, slice.next.as_deref());
    let content = html! { (section("shipments", "Latest first", None, &content)) (pager) };
    Ok(view.respond(Place::Shipments, "Shipments", &content))
}

/// The latest ones, for the overview.
pub(super) async fn latest(view: &View, limit: usize) -> Result<Markup, Failure> {
    let slice = load(&view.page, 0, limit).await?;
    Ok(table(view, &slice.rows))
}

async fn load(
    page: &Page,
    skip: usize,
    limit: usize,
) -> Result<Slice<ShipmentSummary>, yubico_sim::Error> {
    let (rows, _) = page.0.provider.shipments(skip, limit + 1).await?;
    Ok(Slice::of(rows, limit, |_| {
        format!("/shipments?skip={}", skip.saturating_add(limit))
    }))
}

fn table(view: &View, rows: &[ShipmentSummary]) -> Markup {
    if rows.is_empty() {
        return nothing("No shipment has been ordered yet.");
    }
    html! {
        table role="table" {
            caption class="unseen" { "Shipments, the latest first" }
            thead role="rowgroup" { tr role="row" {
                @for heading in ["Shipment", "State", "On its way", "Keys", "Since"] {
                    th role="columnheader" scope="col" { (heading) }
                }
                th role="columnheader" scope="col" { span class="unseen" { "Actions" } }
            } }
            tbody role="rowgroup" { @for row in rows { (line(view, row)) } }
        }
    }
}

fn line(view: &View, row: &ShipmentSummary) -> Markup {
    let progress = row.progress;
    html! {
        tr role="row" {
            th role="rowheader" scope="row" data-label="Shipment" {
                code { (row.id) }
                @if let Some(fault) = row.fault {
                    span class="fault" title=(fault.description()) { (mark(Mood::Attention, fault.name())) }
                }
            }
            td role="cell" data-label="State" {
                (mark(mood(progress.state), state(progress.state)))
                " " span class="id" { (progress.state.id()) }
                @if progress.paused { " " (mark(Mood::Over, "held")) }
            }
            td role="cell" data-label="On its way" { (track(progress.state)) }
            td role="cell" data-label="Keys" { (row.keys) }
            td role="cell" data-label="Since" {
                (when(progress.since, view.now))
            }
            td role="cell" class="actions" {
                (advance(view, row))
                (more(view, row))
            }
        }
    }
}

/// The four stations of a parcel that nothing happens to.
fn track(state: ShipmentState) -> Markup {
    const STATIONS: [&str; 4] = ["accepted", "in progress", "shipped", "delivered"];
    let reached = match state.id() {
        3..=5 | 12 | 1025 | 2000 => 1,
        100..=102 => 2,
        103 => 3,
        104 => 4,
        _ => 0,
    };
    let words = match STATIONS.get(reached - usize::from(reached > 0)) {
        Some(station) if reached > 0 => format!("{reached} of 4, {station}"),
        _ => "Stopped".to_owned(),
    };
    html! {
        span class={ "track" @if reached == 0 { " stopped" } } role="img" aria-label=(words) {
            @for station in 1..=STATIONS.len() {
                span class=[(station <= reached).then_some("reached")] {}
            }
        }
    }
}

fn advance(view: &View, row: &ShipmentSummary) -> Markup {
    let next = next_state(row.progress.state).filter(|_| !row.progress.paused);
    let Some(next) = next else {
        return html! {};
    };
    let fields = html! {
        input type="hidden" name="shipment" value=(row.id);
        button type="submit" { "→ " (state(next)) span class="unseen" { ": advance shipment " (row.id) } }
    };
    view.form("advance", "inline", &fields)
}

/// What is wanted less often.
fn more(view: &View, row: &ShipmentSummary) -> Markup {
    let select = format!("state-{}", row.id);
    let put = html! {
        input type="hidden" name="shipment" value=(row.id);
        label for=(select) { "Put it into state" }
        select id=(select) name="state" { (states(row.progress.state)) }
        button type="submit" { "Put" }
    };
    let (hold, word) = if row.progress.paused {
        ("no", "Let it go on")
    } else {
        ("yes", "Hold it")
    };
    let hold = html! {
        input type="hidden" name="shipment" value=(row.id);
        input type="hidden" name="hold" value=(hold);
        button type="submit" class="quiet" { (word) }
    };
    html! {
        details class="menu" {
            summary { "More" span class="unseen" { " for shipment " (row.id) } }
            div class="panel" {
                (view.form("put", "stack", &put))
                (view.form("hold", "stack", &hold))
            }
        }
    }
}

/// Every state, by what an orchestrator does when it sees it.
fn states(now: ShipmentState) -> Markup {
    let kinds = [
        ("An orchestrator goes on polling", Step::Ongoing, false),
        ("… and marks the error", Step::Ongoing, true),
        ("It activates", Step::Ready, false),
        ("It gives up", Step::Error, true),
    ];
    html! {
        @for (label, step, marks_error) in kinds {
            optgroup label=(label) {
                @for it in STATES.map(ShipmentState::new) {
                    @let orchestrator = it.orchestrator();
                    @if orchestrator.step == step && orchestrator.marks_error == marks_error {
                        option value=(it.id()) selected[it == now] { (it.id()) " " (state(it)) }
                    }
                }
            }
        }
    }
}
