//! The system log.

use serde_json::{Value, json};

use super::{moment, reference};

/// Its entries.
pub(super) fn all() -> Value {
    json!({
        "LogEvent": {
            "type": "object",
            "required": [
                "actor", "client", "displayMessage", "eventType", "outcome", "published", "severity",
                "target", "uuid", "version",
            ],
            "properties": {
                "actor": reference("LogActor"),
                "client": {"type": "object", "properties": {"ipAddress": {"type": "string"}}},
                "displayMessage": {"type": "string"},
                "eventType": {"type": "string", "examples": ["system.mfa.preregister.initiate"]},
                "outcome": {
                    "type": "object",
                    "required": ["result"],
                    "properties": {
                        "result": {"type": "string", "enum": ["SUCCESS", "FAILURE"]},
                        "reason": {"type": "string"},
                    },
                },
                "published": moment("When."),
                "severity": {"type": "string", "enum": ["DEBUG", "INFO", "WARN", "ERROR"]},
                "target": {"type": "array", "items": {"allOf": [reference("LogActor"), {
                    "properties": {"detailEntry": {"type": "object"}},
                }]}},
                "uuid": {"type": "string", "format": "uuid"},
                "version": {"type": "string", "const": "0"},
            },
        },
        "LogActor": {
            "type": "object",
            "required": ["id", "type", "alternateId", "displayName"],
            "properties": {
                "id": {"type": "string"},
                "type": {"type": "string"},
                "alternateId": {"type": "string"},
                "displayName": {"type": "string"},
            },
        },
    })
}
