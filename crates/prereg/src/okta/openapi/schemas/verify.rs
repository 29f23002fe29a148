//! Bodies of the verification of a factor.

use serde_json::{Value, json};

/// Both.
pub(super) fn all() -> Value {
    json!({
        "FactorVerifyRequest": {
            "description": "Nothing asks for a challenge; the three members answer one.",
            "anyOf": [
                {"type": "object", "maxProperties": 0},
                {
                    "type": "object",
                    "required": ["clientData", "authenticatorData", "signatureData"],
                    "properties": {
                        "clientData": base64("The serialized client data."),
                        "authenticatorData": base64("The authenticator data."),
                        "signatureData": base64("The signature, DER."),
                    },
                },
            ],
        },
        "FactorVerifyResponse": {
            "type": "object",
            "required": ["factorResult"],
            "properties": {
                "factorResult": {"type": "string", "enum": ["CHALLENGE", "SUCCESS"]},
                "_embedded": {
                    "type": "object",
                    "description": "There is one with CHALLENGE.",
                    "required": ["challenge"],
                    "properties": {"challenge": {
                        "type": "object",
                        "required": ["challenge"],
                        "properties": {"challenge": {"type": "string", "description": "32 bytes in base64url."}},
                    }},
                },
            },
        },
    })
}

fn base64(description: &str) -> Value {
    json!({
        "type": "string",
        "description": format!("{description} base64 with padding or base64url without."),
        "pattern": "^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$|^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$",
    })
}
