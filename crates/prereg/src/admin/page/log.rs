//! The system log.

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use prereg_types::Timestamp;
use serde::Deserialize;

use super::Page;
use super::failure::Failure;
use super::layout::{Place, View, nothing, section};
use super::paging::{PAGE, Slice, pager};
use super::words::{Mood, mark, when};
use crate::store::{LogQuery, StoreError, StoredEvent};

/// The place to go on from.
#[derive(Default, Deserialize)]
pub(super) struct From {
    before: Option<u64>,
}

/// What is told of an event.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    #[serde(rename = "eventType")]
    kind: String,
    display_message: String,
    published: String,
    actor: Party,
    target: Vec<Party>,
    outcome: Outcome,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Party {
    alternate_id: String,
    display_name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Outcome {
    result: String,
    reason: Option<String>,
}

pub(super) async fn show(
    State(page): State<Page>,
    Query(from): Query<From>,
    view: View,
) -> Result<Response, Failure> {
    let slice = load(&page, from.before, PAGE).await?;
    let table = table(&view, &slice.rows);
    let pager = pager("/log", from.before.is_none(), slice.next.as_deref());
    let content = html! { (section("log", "Latest first", None, &table)) (pager) };
    Ok(view.respond(Place::Log, "System log", &content))
}

/// The latest ones, for the overview.
pub(super) async fn latest(view: &View, limit: usize) -> Result<Markup, Failure> {
    let slice = load(&view.page, None, limit).await?;
    Ok(table(view, &slice.rows))
}

async fn load(
    page: &Page,
    before: Option<u64>,
    limit: usize,
) -> Result<Slice<StoredEvent>, StoreError> {
    let query = LogQuery {
        after_seq: before,
        limit: limit + 1,
        descending: true,
        ..LogQuery::default()
    };
    let rows = page.0.database.log_events(&query).await?;
    Ok(Slice::of(rows, limit, |last| {
        format!("/log?before={}", last.seq)
    }))
}

fn table(view: &View, rows: &[StoredEvent]) -> Markup {
    if rows.is_empty() {
        return nothing("Nothing has happened yet.");
    }
    html! {
        table role="table" {
            caption class="unseen" { "Events of the system log, the latest first" }
            thead role="rowgroup" { tr role="row" {
                @for heading in ["Event", "About", "By", "When"] {
                    th role="columnheader" scope="col" { (heading) }
                }
            } }
            tbody role="rowgroup" {
                @for row in rows { (line(view, &serde_json::from_str(&row.json).unwrap_or_default())) }
            }
        }
    }
}

fn line(view: &View, event: &Event) -> Markup {
    html! {
        tr role="row" {
            th role="rowheader" scope="row" data-label="Event" {
                span class="main" { (event.display_message) }
                code class="id" { (event.kind) }
                @if event.outcome.result != "SUCCESS" {
                    " " (mark(Mood::Bad, event.outcome.reason.as_deref().unwrap_or("failed")))
                }
            }
            td role="cell" data-label="About" {
                @for target in event.target.iter().take(2) { span class="main" { (target.alternate_id) } }
            }
            td role="cell" data-label="By" { (event.actor.display_name) }
            td role="cell" data-label="When" { (published(&event.published, view.now)) }
        }
    }
}

fn published(text: &str, now: Timestamp) -> Markup {
    let moment = text.parse::<jiff::Timestamp>().ok();
    let millis = moment.and_then(|moment| u64::try_from(moment.as_millisecond()).ok());
    millis.map_or_else(
        || html! { (text) },
        |millis| when(Timestamp::from_millis(millis), now),
    )
}
