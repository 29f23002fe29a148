//! Events, in the shape of Okta's `LogEvent`.

use serde::Serialize;
use serde_json::Map;

use crate::time::Timestamp;

/// One entry of the system log. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEvent {
    /// Who acted.
    pub actor: Actor,
    /// From where.
    pub client: Client,
    /// A short text for people.
    pub display_message: String,
    /// The catalogue's name, such as `system.mfa.preregister.initiate`.
    pub event_type: String,
    /// How it ended.
    pub outcome: Outcome,
    /// When.
    pub published: Timestamp,
    /// `INFO` or `WARN`.
    pub severity: &'static str,
    /// What it was done to.
    pub target: Vec<Target>,
    /// The identity of this entry.
    pub uuid: String,
    /// The version of the shape, `0`.
    pub version: &'static str,
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// Its id.
    pub id: String,
    /// `User`, `PublicClientApp` or `SystemPrincipal`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its login or client id.
    pub alternate_id: String,
    /// Its name for people.
    pub display_name: String,
}

/// From where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// The network address, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// `SUCCESS` or `FAILURE`.
    pub result: &'static str,
    /// A stable code, for a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Its id.
    pub id: String,
    /// `User` or `AuthenticatorEnrollment`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its login or other name.
    pub alternate_id: String,
    /// Its name for people.
    pub display_name: String,
    /// Further members, such as `yubicoProductId`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub detail_entry: Map<String, serde_json::Value>,
}
