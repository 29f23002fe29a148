//! The simulated keys, and what a person who has one does with it.

use authenticator::{PinRetries, SecurityKey};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};
use prereg_types::Serial;
use serde::Deserialize;
use yubico_sim::store::KeyRecord;

use super::Page;
use super::enrollments::available_pin;
use super::failure::Failure;
use super::layout::{Place, View, nothing, section};
use super::paging::{PAGE, Slice, pager};
use super::words::{Mood, mark, mood, state};
use crate::store::{EnrollmentRow, EnrollmentStage, StoreError};

/// The place to go on from.
#[derive(Default, Deserialize)]
pub(super) struct From {
    after: Option<String>,
}

/// A key with all that is told of it.
struct Shown {
    record: KeyRecord,
    key: SecurityKey,
    /// What it is registered for.
    active: Vec<EnrollmentRow>,
    /// For a lab.
    pin: Option<String>,
}

pub(super) async fn show(
    State(page): State<Page>,
    Query(from): Query<From>,
    view: View,
) -> Result<Response, Failure> {
    let after = from.after.as_deref().map(Serial::parse).transpose();
    let after = after.map_err(|_| Failure::NoSuchPage)?;
    let slice = load(&page, after.as_ref(), PAGE).await?;
    let table = table(&view, &slice.rows);
    let pager = pager("/keys", after.is_none(), slice.next.as_deref());
    let content = html! { (section("keys", "Latest first", None, &table)) (pager) };
    Ok(view.respond(Place::Keys, "Keys", &content))
}

pub(super) async fn show_one(
    State(page): State<Page>,
    Path(serial): Path<String>,
    view: View,
) -> Result<Response, Failure> {
    let serial = Serial::parse(&serial).map_err(|_| Failure::NoSuchPage)?;
    let shown = Shown::load(&page, &serial).await?;
    let content = html! {
        div class="columns" {
            (section("key", "What it is", None, &description(&shown)))
            (section("use", "What its user does", None, &uses(&view, &shown)))
        }
    };
    Ok(view.respond(Place::Keys, &format!("Key {serial}"), &content))
}

/// The latest ones, for the overview.
pub(super) async fn latest(view: &View, limit: usize) -> Result<Markup, Failure> {
    let slice = load(&view.page, None, limit).await?;
    Ok(table(view, &slice.rows))
}

async fn load(page: &Page, after: Option<&Serial>, limit: usize) -> Result<Slice<Shown>, Failure> {
    let records = page.0.provider.keys(after, limit + 1).await?;
    let slice = Slice::of(records, limit, |last| {
        format!("/keys?after={}", last.serial)
    });
    let mut rows = Vec::with_capacity(slice.rows.len());
    for record in &slice.rows {
        rows.push(Shown::load(page, &record.serial).await?);
    }
    let next = slice.next;
    Ok(Slice { rows, next })
}

impl Shown {
    async fn load(page: &Page, serial: &Serial) -> Result<Self, Failure> {
        let (record, key) = page.0.provider.inspect_key(serial).await?;
        let enrollments = page.0.database.enrollments_of_key(serial).await?;
        let active: Vec<EnrollmentRow> = enrollments
            .into_iter()
            .filter(|row| row.stage == EnrollmentStage::Active)
            .collect();
        let pin = lab_pin(page, &active).await?;
        Ok(Self {
            record,
            key,
            active,
            pin,
        })
    }
}

async fn lab_pin(page: &Page, active: &[EnrollmentRow]) -> Result<Option<String>, StoreError> {
    let holding = active.iter().find(|row| row.pin_available);
    match holding {
        Some(row) if page.0.lab => available_pin(&page.0.database, &row.id).await,
        _ => Ok(None),
    }
}

fn table(view: &View, rows: &[Shown]) -> Markup {
    if rows.is_empty() {
        return nothing("No key has been programmed yet.");
    }
    html! {
        table role="table" {
            caption class="unseen" { "Simulated keys, the latest first" }
            thead role="rowgroup" { tr role="row" {
                @for heading in ["Key", "Where", "Registered for", "PIN"] {
                    th role="columnheader" scope="col" { (heading) }
                }
                th role="columnheader" scope="col" { span class="unseen" { "Actions" } }
            } }
            tbody role="rowgroup" { @for row in rows { (line(view, row)) } }
        }
    }
}

fn line(view: &View, row: &Shown) -> Markup {
    let record = &row.record;
    html! {
        tr role="row" {
            th role="rowheader" scope="row" data-label="Key" {
                a class="main" href={ "/keys/" (record.serial) } { (record.serial) }
                span class="id" { (record.model.name) " · " (record.model.firmware) }
            }
            td role="cell" data-label="Where" { (whereabouts(row)) }
            td role="cell" data-label="Registered for" {
                @match row.active.first() {
                    Some(first) => { span class="main" { (first.login) } span class="id" { (hosts(row)) } },
                    None => span class="none" { "nothing yet" },
                }
            }
            td role="cell" data-label="PIN" { (tries(row.key.pin_retries())) }
            td role="cell" class="actions" {
                @if row.record.is_delivered() && !row.active.is_empty() {
                    details class="menu" {
                        summary { "Sign in" span class="unseen" { " with key " (record.serial) } }
                        div class="panel" { (sign_in(view, row)) }
                    }
                }
                @if row.key.pin_retries().power_cycle_required && row.record.is_delivered() { (power_cycle(view, row)) }
            }
        }
    }
}

fn whereabouts(row: &Shown) -> Markup {
    let at = row.record.shipment_state;
    html! {
        @if row.record.is_delivered() {
            (mark(Mood::Good, "With its user"))
        } @else {
            (mark(mood(at), state(at)))
        }
    }
}

fn hosts(row: &Shown) -> String {
    let hosts: Vec<&str> = row.active.iter().map(|it| it.rp_id.as_str()).collect();
    hosts.join(", ")
}

fn tries(pin: PinRetries) -> Markup {
    match (pin.retries, pin.power_cycle_required) {
        (0, _) => mark(Mood::Bad, "blocked for good"),
        (left, true) => mark(
            Mood::Attention,
            &format!("wants a power cycle, {left} tries left"),
        ),
        (8, false) => html! { "8 tries left" },
        (left, false) => mark(Mood::Attention, &format!("{left} tries left")),
    }
}

fn description(row: &Shown) -> Markup {
    let (record, info) = (&row.record, row.key.get_info());
    html! {
        dl class="facts" {
            div { dt { "Model" } dd { (record.model.name) } }
            div { dt { "Firmware" } dd { (record.model.firmware) } }
            div { dt { "AAGUID" } dd { code { (info.aaguid) } } }
            div { dt { "Product" } dd { (record.model.product_id) } }
            div { dt { "Shipment" } dd { code { (record.shipment) } } }
            div { dt { "Where" } dd { (whereabouts(row)) } }
            div { dt { "Credentials" } dd {
                @for credential in row.key.credentials() { span class="main" { (credential.rp_id) } }
            } }
            div { dt { "Room for" } dd { (info.remaining_discoverable_credentials) " more" } }
            div { dt { "PIN" } dd {
                (tries(row.key.pin_retries()))
                @if let Some(pin) = &row.pin { " · " code class="pin" { (pin) } }
            } }
            @if let Some(first) = row.active.first() {
                div { dt { "User" } dd { (first.login) } }
            }
        }
    }
}

fn uses(view: &View, row: &Shown) -> Markup {
    if !row.record.is_delivered() {
        return nothing("The parcel has not arrived. Move its shipment to Delivered first.");
    }
    html! {
        @if row.active.is_empty() {
            p class="nothing" { "The key is registered nowhere: its shipment has to be activated first." }
        } @else {
            h3 { "Sign in" }
            (sign_in(view, row))
        }
        h3 { "Unplug and plug in again" }
        p { "After three wrong PINs in a row a key wants that. No try comes back by it." }
        (power_cycle(view, row))
    }
}

/// The PIN is typed by hand, but in a lab.
fn sign_in(view: &View, row: &Shown) -> Markup {
    let serial = &row.record.serial;
    let (host, pin) = (format!("host-{serial}"), format!("pin-{serial}"));
    let fields = html! {
        input type="hidden" name="serial" value=(serial);
        label for=(host) { "At" }
        select id=(host) name="enrollment" {
            @for it in &row.active { option value=(it.id) { (it.rp_id) } }
        }
        label for=(pin) { "PIN" }
        @match &row.pin {
            Some(known) => input id=(pin) name="pin" type="text" value=(known) autocomplete="off" required;,
            None => input id=(pin) name="pin" type="password" autocomplete="off" required;,
        }
        button type="submit" class="strong" { "Sign in" }
    };
    view.form("sign-in", "stack", &fields)
}

fn power_cycle(view: &View, row: &Shown) -> Markup {
    let fields = html! {
        input type="hidden" name="serial" value=(row.record.serial);
        button type="submit" { "Power-cycle" span class="unseen" { " key " (row.record.serial) } }
    };
    view.form("power-cycle", "inline", &fields)
}
