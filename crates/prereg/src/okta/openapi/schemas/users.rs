//! Users.

use serde_json::{Value, json};

use super::reference;

/// What is answered.
pub(super) fn user() -> Value {
    json!({
        "User": {
            "type": "object",
            "required": ["id", "status", "profile", "_links"],
            "properties": {
                "id": reference("UserId"),
                "status": {
                    "type": "string",
                    "enum": [
                        "STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT",
                        "SUSPENDED", "DEPROVISIONED",
                    ],
                },
                "profile": {
                    "type": "object",
                    "required": ["firstName", "lastName", "login", "email"],
                    "properties": {
                        "firstName": {"type": "string"},
                        "lastName": {"type": "string"},
                        "login": {"type": "string"},
                        "email": {"type": "string"},
                        "secondEmail": {"type": "string"},
                    },
                },
                "_links": {
                    "type": "object",
                    "required": ["self"],
                    "properties": {"self": {
                        "type": "object",
                        "required": ["href"],
                        "properties": {"href": {"type": "string", "format": "uri"}},
                    }},
                },
            },
        },
    })
}

/// What is sent.
pub(super) fn create() -> Value {
    json!({
        "CreateUserRequest": {
            "type": "object",
            "description": "Passwords, groups and further attributes are passed over.",
            "required": ["profile"],
            "properties": {"profile": {
                "type": "object",
                "required": ["firstName", "lastName", "login", "email"],
                "properties": {
                    "firstName": person_name("Given name.", "Ada"),
                    "lastName": person_name("Family name.", "Lovelace"),
                    "login": {
                        "type": "string", "minLength": 5, "maxLength": 100,
                        "description": "Unique, whatever case it is written in. No spaces and controls.",
                        "pattern": "^[!-~]*$",
                        "examples": ["ada.lovelace@acme.example"],
                    },
                    "email": email("The primary address."),
                    "secondEmail": {"anyOf": [
                        email("The secondary address: one outside the organization."),
                        {"type": "string", "maxLength": 0},
                        {"type": "null"},
                    ]},
                },
            }},
        },
    })
}

fn person_name(description: &str, example: &str) -> Value {
    json!({
        "type": "string",
        "description": description,
        "minLength": 1, "maxLength": 50,
        "pattern": "^[^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000][^\\u0000-\\u001f\\u007f-\\u009f]*$",
        "examples": [example],
    })
}

fn email(description: &str) -> Value {
    json!({
        "type": "string",
        "description": description,
        "minLength": 5, "maxLength": 100,
        "pattern": "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$",
        "examples": ["ada.lovelace@acme.example"],
    })
}
