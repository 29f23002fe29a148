//! The OpenAPI 3.1 document, written here and nowhere else: `/openapi.json`
//! serves it, `/docs` shows it, and `openapi.json` of the crate is its golden copy.

mod examples;
mod filter_pattern;
mod operations;
mod responses;
mod schemas;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Okta;
use super::admission::Anyone;

/// `GET /openapi.json`.
pub(super) async fn serve(State(_): State<Okta>, _: Anyone) -> Json<Value> {
    Json(document())
}

/// The document; the same for every server.
pub(super) fn document() -> Value {
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "prereg: the relying party's API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "WebAuthn pre-registration of security keys, compatible with Okta's management API.",
            "description": DESCRIPTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "Pre-registration", "description": "The seven operations, from the order of a key to the mail with its PIN."},
            {"name": "Users", "description": "A small directory of those who get keys."},
            {"name": "Factors", "description": "Authentication with a key. The first success wipes its PIN."},
            {"name": "System log", "description": "What happened."},
            {"name": "Authorization", "description": "OAuth 2.0 client credentials with private_key_jwt."},
            {"name": "About", "description": "Documents about this server."},
        ],
        "security": [{"apiToken": []}],
        "paths": operations::paths(),
        "components": {
            "securitySchemes": security_schemes(),
            "headers": responses::headers(),
            "responses": responses::errors(),
            "schemas": schemas::all(),
        },
    })
}

const DESCRIPTION: &str = "Paths, bodies and errors are those of Okta's published API. \
Every answer carries `X-Okta-Request-Id` and the headers of the rate limit. A path may end in a \
slash. Members that are not described are passed over, and a member that is null counts as absent.";

fn security_schemes() -> Value {
    json!({
        "apiToken": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`SSWS` and an API token, made by `prereg token create`. \
                The space between them may be missing.",
        },
        "oauth2": {
            "type": "oauth2",
            "description": "`Bearer` and an access token.",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": super::path::TOKEN,
                    "scopes": {
                        "okta.users.manage": "Every operation on users and their keys.",
                        "okta.users.read": "Reading users and their keys.",
                        "okta.logs.read": "Reading the system log.",
                    },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests;
