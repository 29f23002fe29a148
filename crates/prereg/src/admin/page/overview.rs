//! `/`: everything at a glance.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use yubico_sim::Fault;
use yubico_sim::fault::Culprit;

use super::failure::Failure;
use super::layout::{Place, View, section};
use super::paging::SECTION;
use super::traffic::{Busy, sparkline};
use super::words::{count, rate};
use super::{Page, enrollments, keys, log, mails, shipments};
use crate::store::Counts;

pub(super) async fn show(State(page): State<Page>, view: View) -> Result<Response, Failure> {
    let counts = page.0.database.counts().await?;
    let enrollments = enrollments::latest(&view, SECTION).await?;
    let shipments = shipments::latest(&view, SECTION).await?;
    let keys = keys::latest(&view, SECTION).await?;
    let mails = mails::latest(&view, SECTION).await?;
    let events = log::latest(&view, SECTION).await?;
    let content = html! {
        div class="columns" {
            (numbers(&counts))
            (traffic(&page))
        }
        (section("enrollments", "Enrollments", Some("/enrollments"), &enrollments))
        (section("shipments", "Shipments", Some("/shipments"), &html! { (bench(&view)) (shipments) }))
        (section("keys", "Keys", Some("/keys"), &keys))
        (section("mail", "Mail", Some("/mail"), &mails))
        (section("log", "Log", Some("/log"), &events))
    };
    Ok(view.respond(Place::Overview, "Overview", &content))
}

/// What there is of everything.
fn numbers(counts: &Counts) -> Markup {
    let waiting = [
        ("Mail waiting", counts.mail_queued),
        ("Events waiting", counts.events_queued),
        ("For hooks", counts.deliveries_queued),
    ];
    html! {
        section id="numbers" class="card" aria-labelledby="numbers-heading" data-live {
            div class="heading" { h2 id="numbers-heading" { "In hand" } }
            dl class="numbers" {
                @for (class, name, number) in [
                    ("waiting", "Waiting for a key", counts.requested),
                    ("bad", "Errored", counts.errored),
                    ("good", "Active", counts.active),
                ] {
                    div class={ "big " (class) } {
                        dt { (name) }
                        dd class=[(number == 0).then_some("zero")] { (count(number)) }
                    }
                }
            }
            (shares(counts))
            dl class="numbers small" {
                div { dt { "Users" } dd { (count(counts.users)) } }
                div { dt { "Shipments" } dd { (count(counts.shipments)) } }
                div { dt { "Keys" } dd { (count(counts.keys)) } }
                @for (name, number) in waiting {
                    div { dt { (name) } dd { (count(number)) } }
                }
            }
        }
    }
}

/// The stages of all enrollments as one bar; the numbers are above it.
#[expect(clippy::cast_precision_loss, reason = "lengths on the screen")]
fn shares(counts: &Counts) -> Markup {
    let parts = [
        ("waiting", counts.requested),
        ("bad", counts.errored),
        ("good", counts.active),
    ];
    let all: u64 = parts.iter().map(|(_, number)| number).sum();
    let mut start = 0.0;
    let segments = parts.map(|(class, number)| {
        let width = 100.0 * number as f64 / all.max(1) as f64;
        let from = start;
        start += width;
        (class, from, width)
    });
    html! {
        svg class="shares" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect class="none" x="0" y="0" width="100" height="4" {}
            @for (class, from, width) in segments {
                @if width > 0.0 {
                    rect class=(class) x={ (format!("{from:.2}")) } y="0" width={ (format!("{width:.2}")) } height="4" {}
                }
            }
        }
    }
}

/// How busy both facades are.
fn traffic(page: &Page) -> Markup {
    let facades = [
        ("okta", "Relying party"),
        ("yubico", "Fulfillment provider"),
    ];
    html! {
        section id="traffic" class="card" aria-labelledby="traffic-heading" data-live {
            div class="heading" {
                h2 id="traffic-heading" { "Requests" }
                span class="aside" { "the last two minutes" }
            }
            div class="facades" {
                @for (listener, name) in facades {
                    (facade(name, &page.0.traffic.busy(listener)))
                }
            }
            (busiest(page))
        }
    }
}

fn facade(name: &str, busy: &Busy) -> Markup {
    html! {
        div class="facade" {
            h3 { (name) }
            p class="rate" { strong { (rate(busy.now)) } " requests a second" }
            (sparkline(&busy.history))
            p class="answers" {
                (count(busy.requests)) " requests"
                @for (class, number, words) in [
                    ("attention", busy.refused, "refused"),
                    ("attention", busy.throttled, "over the limit"),
                    ("bad", busy.failed, "failed"),
                ] {
                    @if number > 0 { " · " span class=(class) { (count(number)) " " (words) } }
                }
            }
        }
    }
}

fn busiest(page: &Page) -> Markup {
    let routes = page.0.traffic.routes("okta");
    html! {
        @if !routes.is_empty() {
            table role="table" class="slim" {
                caption class="unseen" { "The busiest operations of the relying party" }
                thead role="rowgroup" { tr role="row" {
                    th role="columnheader" scope="col" { "Operation" }
                    th role="columnheader" scope="col" class="number" { "Requests" }
                } }
                tbody role="rowgroup" {
                    @for (route, requests) in routes.iter().take(4) {
                        tr role="row" {
                            td role="cell" data-label="Operation" { code { (short(route)) } }
                            td role="cell" data-label="Requests" class="number" { (count(*requests)) }
                        }
                    }
                }
            }
        }
    }
}

/// The operations of the relying party share their beginning.
fn short(route: &str) -> &str {
    route
        .strip_prefix("/webauthn-registration/api/v1")
        .unwrap_or(route)
}

/// What the next shipment is to do wrong.
pub(super) fn bench(view: &View) -> Markup {
    let chosen = view.page.0.next_fault.peek();
    let fields = html! {
        label for="fault" { "The next shipment" }
        select id="fault" name="fault" {
            option value="" selected[chosen.is_none()] { "is in order" }
            @for (culprit, name) in [(Culprit::Provider, "The provider"), (Culprit::Key, "The key")] {
                optgroup label=(name) {
                    @for fault in Fault::ALL.iter().filter(|fault| can_be_chosen(**fault) && fault.culprit() == culprit) {
                        option value=(fault.name()) selected[chosen == Some(*fault)] {
                            (fault.name()) ": " (fault.description())
                        }
                    }
                }
            }
        }
        button type="submit" { "Set" }
    };
    html! {
        (view.form("next-fault", "bench", &fields))
        @if let Some(fault) = chosen {
            p class="armed" {
                strong { "The next shipment goes wrong: " } (fault.description())
                " The relying party has to refuse it with " code { (fault.refusal()) } "."
            }
        }
    }
}

/// Not the one that needs a key set published differently, which orchestrators
/// have to ask for.
fn can_be_chosen(fault: Fault) -> bool {
    fault != Fault::UnpinnedSigningKey
}
