//! The log, the token endpoint and documents about this server.

use serde_json::{Value, json};

use super::{ERRORS, Entry, Operation, array_of, filter, limit, query, reference};
use crate::auth::Scope;
use crate::okta::openapi::responses::common_headers;
use crate::okta::path;

const FILTER_OF_LOGS: &str = "A SCIM filter over the members of an event, such as `eventType`, \
`actor.id`, `target.id`, `outcome.result`, `published` and `uuid`: eq, ne, co, sw, ew, gt, ge, lt, \
le, pr, and, or, not and parentheses. What must equal an event type, an actor, a target or a uuid is \
looked up by an index.";

const POLLING: &str = "In the order in which events happened, or the latest first. A page may be \
short, or empty, and still have a next one. A query with `since`, without `until` and in ascending \
order polls: it always has a next page, which is empty until something happens.";

/// All of them.
pub(super) fn all() -> Vec<Entry> {
    vec![
        (
            path::LOGS,
            "get",
            Operation::new(
                "System log",
                "listLogEvents",
                Scope::LogsRead,
                "List log events",
            )
            .described(POLLING)
            .taking(log_parameters())
            .answering("Events.", array_of("LogEvent"))
            .paged()
            .failing(ERRORS),
        ),
        (path::TOKEN, "post", token()),
        (
            path::KEYS,
            "get",
            Operation::open("Authorization", "listKeys", "Keys that sign access tokens")
                .answering("A JWK Set.", reference("JwkSet")),
        ),
        (
            path::OPENID_CONFIGURATION,
            "get",
            Operation::open("About", "getOpenIdConfiguration", "Who this is").answering(
                "OpenID Connect Discovery, as far as it applies.",
                reference("OpenIdConfiguration"),
            ),
        ),
        (
            path::OPENAPI,
            "get",
            Operation::open("About", "getOpenApi", "This document").answering(
                "OpenAPI 3.1.",
                json!({"type": "object", "required": ["openapi", "info", "paths"]}),
            ),
        ),
        (path::DOCS, "get", docs()),
    ]
}

fn log_parameters() -> Vec<Value> {
    let moment = json!({"type": "string", "format": "date-time"});
    let order =
        json!({"type": "string", "enum": ["ASCENDING", "DESCENDING"], "default": "ASCENDING"});
    let keywords = json!({"type": "string", "pattern": "^ *(?:[^ ]{1,40}(?: +|$)){0,10}$"});
    let cursor = json!({"type": "string", "pattern": "^[0-9]{1,19}$"});
    vec![
        query(
            "since",
            "Published at this moment or later. A day is its beginning in UTC.",
            moment.clone(),
        ),
        query("until", "Published before this moment.", moment),
        query(
            "filter",
            FILTER_OF_LOGS,
            filter(
                r#"eventType eq "user.mfa.factor.activate" and target.id eq "00u15s1KDETTQMQYABRL""#,
            ),
        ),
        query(
            "q",
            "Up to ten keywords; each must be in a text of the event, in whatever case.",
            keywords,
        ),
        query("sortOrder", "By the order of the log.", order),
        query("after", "The cursor of a next link.", cursor),
        limit(1000),
    ]
}

fn token() -> Operation {
    let form = json!({
        "required": true,
        "content": {"application/x-www-form-urlencoded": {"schema": reference("TokenRequest")}},
    });
    let error = |description: &str| {
        json!({
            "description": description,
            "headers": common_headers(),
            "content": {"application/json": {"schema": reference("TokenError")}},
        })
    };
    let either = json!({"anyOf": [reference("TokenError"), reference("Error")]});
    let failed = json!({
        "description": "Something failed on the server.",
        "headers": common_headers(),
        "content": {"application/json": {"schema": either}},
    });
    Operation {
        body: Some(form),
        own: vec![
            (400, error("The request is not one of RFC 6749 §4.4.")),
            (401, error("The client has not shown that it is one.")),
            (500, failed),
        ],
        errors: &[429, 503],
        ..Operation::open("Authorization", "getAccessToken", "Get an access token")
            .described(
                "OAuth 2.0 client credentials (RFC 6749 §4.4) with private_key_jwt (RFC 7523).",
            )
            .answering("An access token.", reference("TokenResponse"))
    }
}

fn docs() -> Operation {
    let page = json!({
        "description": "A page without scripts and without anything from elsewhere.",
        "headers": common_headers(),
        "content": {"text/html; charset=utf-8": {"schema": {"type": "string"}}},
    });
    Operation {
        success: page,
        status: 200,
        ..Operation::open("About", "getDocumentation", "This document as a page")
    }
}
