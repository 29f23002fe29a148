//! What is posted: one event in Okta's envelope.

use prereg_types::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::Hook;
use crate::store::Delivery;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    event_type: &'static str,
    event_type_version: &'static str,
    cloud_events_version: &'static str,
    source: String,
    event_id: &'a str,
    event_time: Timestamp,
    data: Data,
    content_type: &'static str,
}

#[derive(Serialize)]
struct Data {
    events: [Value; 1],
}

/// The body of a delivery. Nothing in it but `eventTime` differs when it is
/// delivered again.
///
/// # Errors
/// Where the stored event is no JSON.
pub(super) fn body(
    hook: &Hook,
    issuer: &str,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Vec<u8>, serde_json::Error> {
    let event: Value = serde_json::from_str(&delivery.event)?;
    serde_json::to_vec(&Envelope {
        event_type: "com.okta.event_hook",
        event_type_version: "1.0",
        cloud_events_version: "0.1",
        source: format!("{issuer}/api/v1/eventHooks/{}", hook.id),
        event_id: &delivery.uuid,
        event_time: now,
        data: Data { events: [event] },
        content_type: "application/json",
    })
}
