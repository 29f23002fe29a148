//! How a shipment is shown.

use prereg_types::shipment::{ShipmentState, Step};
use serde_json::{Value, json};
use yubico_sim::store::ShipmentSummary;
use yubico_sim::{Fault, Progress};

/// For programs.
pub(super) fn json(shipment: &ShipmentSummary) -> Value {
    let Progress {
        state,
        since,
        paused,
    } = shipment.progress;
    json!({
        "shipment_id": shipment.id,
        "state": state.id(),
        "state_name": state.name(),
        "since": since,
        "paused": paused,
        "created": shipment.created,
        "keys": shipment.keys,
        "fault": shipment.fault.map(Fault::name),
    })
}

/// For people: number, the vendor's name of it, and whether it is held.
pub(super) fn state(progress: &Progress) -> String {
    let state = progress.state;
    let name = state.name().unwrap_or_else(|| meaning(state));
    let held = if progress.paused { ", paused" } else { "" };
    format!("{} {name}{held}", state.id())
}

/// What an orchestrator makes of a state that the vendor has no name for.
const fn meaning(state: ShipmentState) -> &'static str {
    match state.orchestrator().step {
        Step::Ongoing if state.orchestrator().marks_error => "(in trouble)",
        Step::Ongoing => "(under way)",
        Step::Ready => "(ready)",
        Step::Error => "(failed)",
    }
}
