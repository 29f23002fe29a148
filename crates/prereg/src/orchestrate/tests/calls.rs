use serde_json::json;

use super::script::{Answer, Script};
use crate::orchestrate::{Okta, Stop};

const USER: &str = "GET /api/v1/users/ada%40acme%2Eexample";

fn user() -> Answer {
    Answer::json(&json!({
        "id": "00u1", "status": "ACTIVE", "profile": {
            "login": "ada@acme.example", "email": "ada@acme.example",
            "firstName": "Ada", "lastName": "Lovelace",
        },
    }))
}

fn limited() -> Answer {
    Answer::status(429, "{}")
        .with("date", "Sun, 22 Nov 2026 02:49:04 GMT")
        .with("x-rate-limit-reset", "1795315800")
}

fn find(server: &Script) -> Result<String, String> {
    let okta = Okta::new(server.client("SSWS t"));
    let found = okta.account("ada@acme.example").map_err(Stop::from);
    found
        .map(|account| account.login)
        .map_err(|stop| stop.to_string())
}

#[test]
fn a_rate_limit_is_waited_out_but_not_for_ever() {
    let server = Script::new();
    server
        .on(USER, limited())
        .on(USER, limited())
        .on(USER, user());
    assert_eq!(find(&server).unwrap(), "ada@acme.example");
    assert_eq!(server.times(USER), 3);
    let server = Script::new();
    server.on(USER, limited());
    assert!(find(&server).unwrap_err().contains("429"));
    assert_eq!(server.times(USER), 5);
    let server = Script::new();
    server.on(USER, Answer::status(429, "").with("retry-after", "3600"));
    assert!(find(&server).unwrap_err().contains("3600 s"));
    assert_eq!(server.times(USER), 1);
}

#[test]
fn a_server_that_is_away_for_a_moment_is_asked_again() {
    let server = Script::new();
    server.on(USER, Answer::status(503, "")).on(USER, user());
    assert!(find(&server).is_ok());
    let nobody = crate::orchestrate::Client::new("http://127.0.0.1:9", Box::new(NoToken));
    let told = Okta::new(nobody).account("x").unwrap_err().to_string();
    assert_eq!(told, "GET http://127.0.0.1:9/api/v1/users/x: no token");
}

struct NoToken;

impl crate::orchestrate::Authorization for NoToken {
    fn header(&self) -> Result<zeroize::Zeroizing<String>, String> {
        Err("no token".to_owned())
    }
}

#[test]
fn what_the_server_says_is_told_on_one_plain_line() {
    let server = Script::new();
    let body = json!({
        "errorCode": "E0000007", "errorSummary": "Not found\u{1b}[2J", "errorLink": "E0000007",
        "errorId": "oae1", "errorCauses": [{"errorSummary": "gone"}],
    });
    let answer = Answer::status(404, &body.to_string()).with("x-okta-request-id", "r1");
    server.on(USER, answer);
    let told = find(&server).unwrap_err();
    assert!(
        told.ends_with(": 404 E0000007 Not found [2J; gone (request r1)"),
        "{told:?}"
    );
    let server = Script::new();
    server.on(USER, Answer::status(500, &"long\n".repeat(1000)));
    let told = find(&server).unwrap_err();
    assert!(told.len() < 500 && !told.contains('\n'), "{told}");
}

#[test]
fn a_token_is_not_carried_to_another_server() {
    let (server, other) = (Script::new(), Script::new());
    let elsewhere = format!("{}/api/v1/users/ada", other.base());
    server.on(USER, Answer::status(302, "").with("location", &elsewhere));
    other.on("GET /api/v1/users/ada", user());
    assert!(find(&server).unwrap_err().contains("302"));
    assert!(other.asked().is_empty());
}

#[test]
fn an_answer_of_another_shape_is_told_by_its_member() {
    let server = Script::new();
    server.on(
        USER,
        Answer::json(&json!({"id": "00u1", "status": "ACTIVE", "profile": {"login": 7}})),
    );
    let told = find(&server).unwrap_err();
    assert!(
        told.ends_with("unexpected answer: profile.login: must be a string"),
        "{told}"
    );
    let server = Script::new();
    server.on(USER, Answer::status(200, "<html>"));
    assert!(find(&server).unwrap_err().contains("unexpected answer"));
}
