//! `/v1/fpr/shipments`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use getrandom::SysRng;
use prereg_types::shipment::{CreateShipment, Shipment, ShipmentCreated, StateBody};
use prereg_types::{ShipmentId, Timestamp};
use relying_party::clock::Clock as _;
use serde::Serialize;
use yubico_sim::store::ShipmentSummary;
use yubico_sim::{Error, Fault};

use super::admission::{Known, fault};
use super::error::Failure;
use super::listing::Listing;
use super::{Simulator, Yubico, body};
use crate::auth::Scope;
use crate::auth::audit::OK;
use crate::clock::SystemClock;
use crate::store::{Attempt, AuditEntry, audited};

/// A page of shipments, without what is in them.
#[derive(Debug, Serialize)]
pub(super) struct ShipmentList {
    shipments: Vec<ShipmentRow>,
    total_count: usize,
}

/// One shipment of a list. The first two members are those of every answer about
/// a shipment; the others are the simulator's own.
#[derive(Debug, Serialize)]
struct ShipmentRow {
    shipment_id: ShipmentId,
    shipment_state: StateBody,
    created: String,
    paused: bool,
    keys: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
}

/// `POST /v1/fpr/shipments`. The header `X-Prereg-Fault`, the page, or a
/// customization id `fault:NAME` asks for a fault; the first of them counts.
pub(super) async fn create(
    State(yubico): State<Yubico>,
    known: Known,
    request: Request,
) -> Result<impl IntoResponse, Failure> {
    known.require(Scope::ShipmentsManage)?;
    let fault = fault(request.headers())?;
    let bytes = body::json(request, yubico.limits.body_bytes).await?;
    let order = CreateShipment::from_json(&bytes)?;
    let chosen = match fault {
        Some(_) => None,
        None => yubico.next_fault.take(),
    };
    let fault = fault.or(chosen);
    let provider = Arc::clone(&yubico.provider);
    let deed = known.deed("shipment.create");
    let attempt = yubico
        .cpu
        .run(move || audited(deed, async move { place(&provider, fault, &order).await }))
        .await;
    if attempt.done.is_err() && chosen.is_some() {
        yubico.next_fault.choose(chosen);
    }
    let created = yubico.conclude(attempt).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

async fn place(
    provider: &Simulator,
    fault: Option<Fault>,
    order: &CreateShipment,
) -> Result<ShipmentCreated, Error> {
    let (now, mut rng) = (SystemClock.now(), SysRng);
    match fault {
        None => provider.create_shipment(order, now, &mut rng).await,
        fault => {
            let placed = provider.create_shipment_under(fault, order, now, &mut rng);
            placed.await
        }
    }
}

/// `GET /v1/fpr/shipments/{id}`.
pub(super) async fn show(
    State(yubico): State<Yubico>,
    known: Known,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Shipment>, Failure> {
    known.require(Scope::ShipmentsRead)?;
    // What cannot be an id is the id of nothing.
    let id = id.ok().and_then(|Path(text)| ShipmentId::parse(&text).ok());
    let id = id.ok_or(Error::UnknownShipment)?;
    Ok(Json(yubico.provider.shipment(&id).await?))
}

/// `GET /v1/fpr/shipments`, the newest first.
pub(super) async fn list(
    State(yubico): State<Yubico>,
    known: Known,
    uri: Uri,
) -> Result<Json<ShipmentList>, Failure> {
    known.require(Scope::ShipmentsRead)?;
    let Listing { offset, limit } = Listing::of(&uri)?;
    let (page, total_count) = yubico.provider.shipments(offset, limit).await?;
    Ok(Json(ShipmentList {
        shipments: page.into_iter().map(ShipmentRow::from).collect(),
        total_count,
    }))
}

impl Known {
    /// The entry of what this caller does; the id it is about follows.
    fn deed(&self, action: &str) -> AuditEntry {
        AuditEntry {
            at: SystemClock.now(),
            actor: self.caller.id().to_owned(),
            action: action.to_owned(),
            target: String::new(),
            outcome: OK.to_owned(),
            request_id: self.request.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}

impl Yubico {
    /// Writes down why an order came to nothing, and passes its result on. What
    /// was ordered is written down with the order.
    async fn conclude<T>(&self, attempt: Attempt<Result<T, Error>>) -> Result<T, Failure> {
        let mut entry = attempt.entry;
        match &attempt.done {
            Ok(_) if attempt.is_written => return Ok(attempt.done?),
            Ok(_) => {}
            Err(error) => error.code().clone_into(&mut entry.outcome),
        }
        let written = self.db.append_audit(entry).await;
        written.map_err(|error| Failure::Audit(error.to_string()))?;
        Ok(attempt.done?)
    }
}

impl From<ShipmentSummary> for ShipmentRow {
    fn from(summary: ShipmentSummary) -> Self {
        Self {
            shipment_id: summary.id,
            shipment_state: StateBody::new(summary.progress.state),
            created: Timestamp::to_string(&summary.created),
            paused: summary.progress.paused,
            keys: summary.keys,
            fault: summary.fault.map(Fault::name),
        }
    }
}
