//! Headers and error responses that operations share.

use serde_json::{Map, Value, json};

/// Headers of every answer.
pub(super) fn headers() -> Value {
    let whole_number = json!({"type": "integer", "minimum": 0});
    json!({
        "X-Okta-Request-Id": {
            "description": "Names this request in the server's log.",
            "required": true,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        },
        "X-Rate-Limit-Limit": {
            "description": "Calls a minute.",
            "required": true,
            "schema": whole_number,
        },
        "X-Rate-Limit-Remaining": {
            "description": "Calls left in this minute.",
            "required": true,
            "schema": whole_number,
        },
        "X-Rate-Limit-Reset": {
            "description": "When the next minute begins, in seconds since 1970 UTC.",
            "required": true,
            "schema": whole_number,
        },
        "Link": {
            "description": "This page (`rel=\"self\"`) and, where there is one, the next page \
                (`rel=\"next\"`), by RFC 8288.",
            "required": true,
            "schema": {"type": "string"},
        },
    })
}

/// The error responses by name.
pub(super) fn errors() -> Value {
    let mut errors = Map::new();
    for (name, description, code, summary) in ERRORS {
        let example = json!({
            "errorCode": code,
            "errorSummary": summary,
            "errorLink": code,
            "errorId": "oaeHfmOAx1iRLa0H10DeMz5fQ",
            "errorCauses": [],
        });
        let error = json!({
            "description": description,
            "headers": common_headers(),
            "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Error"},
                "example": example,
            }},
        });
        errors.insert((*name).to_owned(), error);
    }
    Value::Object(errors)
}

const ERRORS: &[(&str, &str, &str, &str)] = &[
    (
        "BadRequest",
        "The body is no JSON (E0000003) or not what the operation takes (E0000001), a query \
            parameter is wrong (E0000001), or `Accept` or `Content-Type` is not `application/json` \
            (E0000021). `errorCauses` says where.",
        "E0000001",
        "Api validation failed: webAuthnPreregistrationPinRequest",
    ),
    (
        "Unauthorized",
        "There is no token, or it is not valid.",
        "E0000011",
        "Invalid token provided",
    ),
    (
        "Forbidden",
        "The token lacks the scope (E0000006), or the status of the user or the enrollment does \
            not allow it (E0000038).",
        "E0000006",
        "You do not have permission to perform the requested action",
    ),
    (
        "NotFound",
        "There is no such user or enrollment, or the enrollment is another user's.",
        "E0000007",
        "Not found: Resource not found: 00u15s1KDETTQMQYABRL (User)",
    ),
    (
        "TooLarge",
        "The body is longer than the server allows.",
        "E0000001",
        "The request body is too large.",
    ),
    (
        "TooManyRequests",
        "Too many calls in this minute. `X-Rate-Limit-Reset` says when the next one begins.",
        "E0000047",
        "API call exceeded rate limit due to too many requests.",
    ),
    (
        "ServerError",
        "Something failed on the server; `errorId` names the line in its log.",
        "E0000009",
        "Internal Server Error",
    ),
    (
        "Unavailable",
        "The request took too long.",
        "E0000009",
        "The request took too long.",
    ),
];

/// References to the headers of every answer.
pub(super) fn common_headers() -> Value {
    let names = [
        "X-Okta-Request-Id",
        "X-Rate-Limit-Limit",
        "X-Rate-Limit-Remaining",
        "X-Rate-Limit-Reset",
    ];
    let headers = names.map(|name| (name.to_owned(), header(name)));
    Value::Object(headers.into_iter().collect())
}

/// A reference to a header.
pub(super) fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// References to error responses, by status.
pub(super) fn error_references(statuses: &[u16]) -> Map<String, Value> {
    let references = statuses.iter().filter_map(|status| {
        let name = match status {
            400 => "BadRequest",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "NotFound",
            413 => "TooLarge",
            429 => "TooManyRequests",
            500 => "ServerError",
            503 => "Unavailable",
            _ => return None,
        };
        let reference = json!({"$ref": format!("#/components/responses/{name}")});
        Some((status.to_string(), reference))
    });
    references.collect()
}
