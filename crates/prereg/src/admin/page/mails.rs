//! What became of mail. A PIN is not among it.

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::Page;
use super::failure::Failure;
use super::layout::{Place, View, nothing, section};
use super::paging::{PAGE, Slice, pager};
use super::words::{Mood, mark, when};
use crate::store::{MailOutcome, RecordedMail, StoreError};

/// The place to go on from.
#[derive(Default, Deserialize)]
pub(super) struct From {
    before: Option<u64>,
}

pub(super) async fn show(
    State(page): State<Page>,
    Query(from): Query<From>,
    view: View,
) -> Result<Response, Failure> {
    let slice = load(&page, from.before, PAGE).await?;
    let table = table(&view, &slice.rows);
    let pager = pager("/mail", from.before.is_none(), slice.next.as_deref());
    let content = html! { (section("mail", "Latest first", None, &table)) (pager) };
    Ok(view.respond(Place::Mail, "Mail", &content))
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
) -> Result<Slice<RecordedMail>, StoreError> {
    let rows = page.0.database.sent_mails(before, limit + 1).await?;
    Ok(Slice::of(rows, limit, |last| {
        format!("/mail?before={}", last.id)
    }))
}

fn table(view: &View, rows: &[RecordedMail]) -> Markup {
    if rows.is_empty() {
        return nothing("No mail has been sent yet.");
    }
    html! {
        table role="table" {
            caption class="unseen" { "Mail, the latest first" }
            thead role="rowgroup" { tr role="row" {
                @for heading in ["To", "Mail", "Outcome", "When"] {
                    th role="columnheader" scope="col" { (heading) }
                }
            } }
            tbody role="rowgroup" { @for row in rows { (line(view, row)) } }
        }
    }
}

fn line(view: &View, row: &RecordedMail) -> Markup {
    let mail = &row.mail;
    let (mood, words, why) = match &mail.outcome {
        MailOutcome::Sent => (Mood::Good, "Sent", None),
        MailOutcome::Postponed(why) => (Mood::Attention, "Tried again later", Some(why)),
        MailOutcome::Dropped(why) => (Mood::Bad, "Refused", Some(why)),
    };
    html! {
        tr role="row" {
            th role="rowheader" scope="row" data-label="To" {
                @for recipient in &mail.recipients { span class="main" { (recipient) } }
            }
            td role="cell" data-label="Mail" {
                (mail.subject)
                @if let Some(serial) = &mail.serial {
                    br; span class="id" { "Key " a href={ "/keys/" (serial) } { (serial) } }
                }
            }
            td role="cell" data-label="Outcome" {
                (mark(mood, words))
                @if let Some(why) = why { br; span class="id" { (why) } }
            }
            td role="cell" data-label="When" { (when(mail.at, view.now)) }
        }
    }
}
