//! The schemas, under Okta's names where it has them.

mod logs;
mod oauth;
mod preregistration;
mod users;
mod verify;

use serde_json::{Map, Value, json};

/// All of them.
pub(super) fn all() -> Value {
    let mut schemas = Map::new();
    for part in [
        identifiers(),
        preregistration::order(),
        preregistration::enroll(),
        preregistration::activate(),
        preregistration::factor(),
        verify::all(),
        users::user(),
        users::create(),
        logs::all(),
        oauth::token(),
        oauth::configuration(),
        error(),
    ] {
        if let Value::Object(part) = part {
            schemas.extend(part);
        }
    }
    Value::Object(schemas)
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A value that may also come as its JSON text in a string: the SQL resource
/// sends members so.
fn or_text(schema: &Value, text: &str) -> Value {
    json!({"anyOf": [schema, {
        "type": "string",
        "description": "The same as JSON text.",
        "contentMediaType": "application/json",
        "contentSchema": schema,
        "pattern": text,
    }]})
}

fn id(description: &str, example: &str) -> Value {
    json!({
        "type": "string",
        "description": description,
        "pattern": "^[A-Za-z0-9_-]{1,64}$",
        "examples": [example],
    })
}

fn identifiers() -> Value {
    json!({
        "UserId": id("A user.", "00u15s1KDETTQMQYABRL"),
        "EnrollmentId": id("An authenticator enrollment.", "fwf15s1KDETTQMQYABRL"),
        "FulfillmentProvider": {
            "type": "string",
            "description": "Who programs and ships keys.",
            "enum": ["yubico"],
        },
        "RpId": {
            "type": "string",
            "description": "The host name of a relying party, in lower case.",
            "pattern": "^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$",
            "maxLength": 253,
            "examples": ["acme.okta.example"],
        },
        "ECKeyJWK": {
            "type": "object",
            "description": "A public P-384 key. `enc` is a transport key, `sig` a signing key. \
                x and y must be a point of the curve; private members are refused, others passed over.",
            "required": ["crv", "kid", "kty", "use", "x", "y"],
            "properties": {
                "kty": {"type": "string", "enum": ["EC"]},
                "crv": {"type": "string", "enum": ["P-384"]},
                "use": {"type": "string", "enum": ["enc", "sig"]},
                "kid": {"type": "string", "minLength": 1, "examples": ["APCS-Ttrans-C19881-I009"]},
                "x": coordinate(),
                "y": coordinate(),
            },
            "not": {"anyOf": private_members()},
        },
        "TransportKey": {"allOf": [reference("ECKeyJWK"), {"properties": {"use": {"const": "enc"}}}]},
        "SigningKey": {"allOf": [reference("ECKeyJWK"), {"properties": {"use": {"const": "sig"}}}]},
    })
}

/// The private members of every kind of JWK (RFC 7518 §6).
fn private_members() -> Vec<Value> {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
        .map(|name| json!({"required": [name]}))
        .to_vec()
}

fn coordinate() -> Value {
    json!({
        "type": "string",
        "description": "48 bytes, big-endian, in base64url without padding.",
        "pattern": "^[A-Za-z0-9_-]{64}$",
    })
}

fn jwe(description: &str) -> Value {
    json!({
        "type": "string",
        "description": format!("{description} A compact JWE."),
        "pattern": "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*(?:\\.[A-Za-z0-9_-]+){3}$",
    })
}

fn moment(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

fn error() -> Value {
    json!({
        "Error": {
            "type": "object",
            "required": ["errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"],
            "properties": {
                "errorCode": {"type": "string", "pattern": "^E[0-9]{7}$"},
                "errorSummary": {"type": "string", "description": "One sentence for people."},
                "errorLink": {"type": "string", "description": "The same as `errorCode`."},
                "errorId": {"type": "string", "description": "Names this occurrence in the server's log."},
                "errorCauses": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["errorSummary"],
                        "properties": {"errorSummary": {"type": "string"}},
                    },
                },
            },
        },
    })
}
