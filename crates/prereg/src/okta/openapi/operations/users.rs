//! Users and their factors.

use serde_json::json;

use super::{
    ERRORS, Entry, Operation, array_of, enrollment_id, filter, limit, parameter, query, reference,
    user_id,
};
use crate::auth::Scope;
use crate::okta::openapi::examples;
use crate::okta::path;

const FILTER_OF_USERS: &str = "A SCIM filter over `id`, `status`, `profile.login`, \
`profile.email`, `profile.secondEmail`, `profile.firstName` and `profile.lastName`: eq, ne, co, sw, \
ew, gt, ge, lt, le, pr, and, or, not and parentheses.";

/// All of them.
pub(super) fn all() -> Vec<Entry> {
    let users = |id, scope, summary| Operation::new("Users", id, scope, summary);
    let (manage, read) = (Scope::UsersManage, Scope::UsersRead);
    vec![
        (
            path::USERS,
            "get",
            users("listUsers", read, "List users")
                .described(
                    "In the order of ids. A page may be short, or empty, and still have a next \
                    one. DEPROVISIONED users are listed only when a filter asks for them.",
                )
                .taking(vec![
                    query(
                        "q",
                        "What a login, an address, a given or a family name begins with.",
                        json!({"type": "string"}),
                    ),
                    query(
                        "filter",
                        FILTER_OF_USERS,
                        filter(r#"profile.login eq "ada.lovelace@acme.example""#),
                    ),
                    query(
                        "search",
                        "Another filter; both must hold.",
                        filter(r#"status eq "STAGED" and profile.lastName sw "L""#),
                    ),
                    query("after", "The cursor of a next link.", reference("UserId")),
                    limit(200),
                ])
                .answering("Users.", array_of("User"))
                .paged()
                .failing(ERRORS),
        ),
        (
            path::USERS,
            "post",
            users("createUser", manage, "Create a user")
                .taking(vec![query(
                    "activate",
                    "Whether the user is ACTIVE, or STAGED.",
                    json!({"type": "boolean", "default": true}),
                )])
                .with_body("CreateUserRequest", &examples::user())
                .answering("The user.", reference("User"))
                .failing(&[400, 401, 403, 413, 429, 500, 503]),
        ),
        (
            path::USER,
            "get",
            users("getUser", read, "Find a user")
                .taking(vec![parameter(
                    "path",
                    "idOrLogin",
                    "The id, or the login in whatever case.",
                    json!({"type": "string", "minLength": 1}),
                )])
                .answering("The user.", reference("User")),
        ),
        (
            path::VERIFY,
            "post",
            Operation::new("Factors", "verifyFactor", manage, "Authenticate with a key")
                .described(
                    "Without a body, a challenge for the key to sign. With the assertion, its \
                    verification; the first success wipes the key's PIN.",
                )
                .taking(vec![user_id(), enrollment_id("factorId")])
                .with_body("FactorVerifyRequest", &json!({}))
                .body_may_be_missing()
                .answering(
                    "A challenge, or success.",
                    reference("FactorVerifyResponse"),
                ),
        ),
    ]
}
