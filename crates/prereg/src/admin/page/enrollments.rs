//! Enrollments and how they stand.

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use prereg_types::{EnrollmentId, Timestamp};
use relying_party::enrollment::PinStage;
use relying_party::store::Store as _;
use serde::Deserialize;

use super::Page;
use super::failure::Failure;
use super::layout::{Place, View, nothing, section};
use super::paging::{PAGE, Slice, pager};
use super::words::{Mood, mark, when};
use crate::store::{Database, EnrollmentCursor, EnrollmentRow, EnrollmentStage, StoreError};

/// The place to go on from.
#[derive(Default, Deserialize)]
pub(super) struct From {
    made: Option<u64>,
    after: Option<String>,
}

pub(super) async fn show(
    State(page): State<Page>,
    Query(from): Query<From>,
    view: View,
) -> Result<Response, Failure> {
    let cursor = from.cursor();
    let slice = load(&page, cursor.as_ref(), PAGE).await?;
    let table = table(&view, &slice.rows).await?;
    let pager = pager("/enrollments", cursor.is_none(), slice.next.as_deref());
    let content = html! { (section("enrollments", "Latest first", None, &table)) (pager) };
    Ok(view.respond(Place::Enrollments, "Enrollments", &content))
}

/// The latest ones, for the overview.
pub(super) async fn latest(view: &View, limit: usize) -> Result<Markup, Failure> {
    let slice = load(&view.page, None, limit).await?;
    Ok(table(view, &slice.rows).await?)
}

impl From {
    fn cursor(&self) -> Option<EnrollmentCursor> {
        let id = EnrollmentId::parse(self.after.as_deref()?).ok()?;
        let created = Timestamp::from_millis(self.made?);
        Some(EnrollmentCursor { created, id })
    }
}

async fn load(
    page: &Page,
    after: Option<&EnrollmentCursor>,
    limit: usize,
) -> Result<Slice<EnrollmentRow>, StoreError> {
    let rows = page.0.database.enrollment_page(after, limit + 1).await?;
    Ok(Slice::of(rows, limit, |last| {
        let EnrollmentCursor { created, id } = last.cursor();
        format!("/enrollments?made={}&after={id}", created.millis())
    }))
}

async fn table(view: &View, rows: &[EnrollmentRow]) -> Result<Markup, StoreError> {
    if rows.is_empty() {
        return Ok(nothing("Nobody waits for a key yet."));
    }
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        lines.push(line(view, row).await?);
    }
    Ok(html! {
        table role="table" {
            caption class="unseen" { "Enrollments, the latest first" }
            thead role="rowgroup" { tr role="row" {
                @for heading in ["User", "For", "State", "PIN", "Key", "Changed"] {
                    th role="columnheader" scope="col" { (heading) }
                }
                th role="columnheader" scope="col" { span class="unseen" { "Actions" } }
            } }
            tbody role="rowgroup" { @for line in &lines { (line) } }
        }
    })
}

async fn line(view: &View, row: &EnrollmentRow) -> Result<Markup, StoreError> {
    let pin = pin(view, row).await?;
    let (mood, words) = standing(row, view.now);
    let login = if row.login.is_empty() {
        row.user.as_str()
    } else {
        &row.login
    };
    Ok(html! {
        tr role="row" {
            th role="rowheader" scope="row" data-label="User" {
                span class="main" { (login) }
                code class="id" { (row.id) }
            }
            td role="cell" data-label="For" { (row.rp_id) }
            td role="cell" data-label="State" { (mark(mood, words)) }
            td role="cell" data-label="PIN" { (pin) }
            td role="cell" data-label="Key" {
                @match &row.serial {
                    Some(serial) => a href={ "/keys/" (serial) } { (serial) },
                    None => span class="none" { "–" },
                }
            }
            td role="cell" data-label="Changed" { (when(row.updated, view.now)) }
            td role="cell" class="actions" { (send_pin(view, row, login)) }
        }
    })
}

fn standing(row: &EnrollmentRow, now: Timestamp) -> (Mood, &'static str) {
    match row.stage {
        EnrollmentStage::Active => (Mood::Good, "Active"),
        _ if now > row.expires => (Mood::Over, "Expired"),
        EnrollmentStage::Errored => (Mood::Bad, "Fulfillment errored"),
        EnrollmentStage::Requested => (Mood::Waiting, "Waiting for its key"),
    }
}

/// What may be told of the PIN: the PIN itself in a lab only.
async fn pin(view: &View, row: &EnrollmentRow) -> Result<Markup, StoreError> {
    if row.stage != EnrollmentStage::Active {
        return Ok(html! { span class="none" { "not yet" } });
    }
    if !row.pin_available {
        return Ok(html! { span class="none" { "wiped" } });
    }
    if view.page.0.lab
        && let Some(pin) = available_pin(&view.page.0.database, &row.id).await?
    {
        return Ok(html! { code class="pin" { (pin) } });
    }
    Ok(html! { "available" })
}

/// The PIN that an enrollment's key has. For a lab only.
pub(super) async fn available_pin(
    database: &Database,
    enrollment: &EnrollmentId,
) -> Result<Option<String>, StoreError> {
    let set = database.set_of(enrollment).await?;
    Ok(set.and_then(|set| match &set.pin {
        PinStage::Available { pin, .. } => Some(pin.expose().to_owned()),
        PinStage::Requested { .. } | PinStage::Wiped => None,
    }))
}

fn send_pin(view: &View, row: &EnrollmentRow, login: &str) -> Markup {
    if !row.pin_available || row.stage != EnrollmentStage::Active {
        return html! {};
    }
    let fields = html! {
        input type="hidden" name="user" value=(row.user);
        input type="hidden" name="enrollment" value=(row.id);
        button type="submit" { "Send PIN" span class="unseen" { " to " (login) } }
    };
    view.form("send-pin", "inline", &fields)
}
