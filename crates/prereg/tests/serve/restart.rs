//! What is there again after a stop, and after a kill.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client;
use crate::server::{Folder, Server};

fn keys(server: &Server, path: &str) -> Value {
    let answer = client::call(&server.yubico_url, "GET", path, "", &Value::Null);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[test]
fn keys_tokens_and_users_are_the_same_after_a_restart() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    let user = server.add_user("ada@acme.example");
    let transport = keys(&server, "/.well-known/yubico-transport-keys.jwks");
    let signing = keys(&server, "/.well-known/yubico-sign.jwks");
    let oauth = client::call(&server.okta_url, "GET", "/oauth2/v1/keys", "", &Value::Null).json();
    let tokens = server.stop();
    let again = Server::again(&folder, &[], tokens);
    assert_eq!(
        keys(&again, "/.well-known/yubico-transport-keys.jwks"),
        transport
    );
    assert_eq!(keys(&again, "/.well-known/yubico-sign.jwks"), signing);
    let now = client::call(&again.okta_url, "GET", "/oauth2/v1/keys", "", &Value::Null).json();
    assert_eq!(now, oauth);
    let found = again.okta("GET", "/api/v1/users/ada@acme.example", &Value::Null);
    assert_eq!(found.json()["id"], user.as_str());
}

#[test]
fn what_was_acknowledged_survives_kill_9_under_load() {
    let folder = Folder::new();
    let options = ["--set=rate_limit.per_minute=1000000"];
    let mut tokens = None;
    let mut users: Vec<(String, usize)> = Vec::new();
    for round in 0..4_u64 {
        let server = match tokens.take() {
            None => Server::first(&folder, &options),
            Some(tokens) => Server::again(&folder, &options, tokens),
        };
        for (user, enrollments) in &users {
            let path = format!("/webauthn-registration/api/v1/users/{user}/enrollments");
            let listed = server.okta("GET", &path, &Value::Null);
            assert_eq!(listed.status, 200, "round {round}: {user} is lost");
            let listed = listed.json().as_array().unwrap().len();
            // One more may have been on its way to the answer.
            assert!(
                listed == *enrollments || listed == enrollments + 1,
                "round {round}: {listed} of {enrollments}"
            );
        }
        let killed = AtomicBool::new(false);
        let acknowledged: Vec<(String, usize)> = thread::scope(|scope| {
            let workers: Vec<_> = (0..3)
                .map(|worker| {
                    let (server, killed) = (&server, &killed);
                    let login = format!("user-{round}-{worker}@acme.example");
                    scope.spawn(move || load(server, &login, killed))
                })
                .collect();
            thread::sleep(Duration::from_millis(300 + 150 * round));
            killed.store(true, Ordering::SeqCst);
            server.signal("KILL");
            workers
                .into_iter()
                .filter_map(|worker| worker.join().unwrap())
                .collect()
        });
        users.extend(acknowledged);
        tokens = Some(server.kill());
    }
    let total: usize = users.iter().map(|(_, enrollments)| enrollments).sum();
    assert!(total > 0, "nothing was acknowledged before the kills");
}

/// Adds a user and enrolls keys until the server is gone: the user, and how
/// many enrollments were acknowledged.
fn load(server: &Server, login: &str, killed: &AtomicBool) -> Option<(String, usize)> {
    let authorization = format!("SSWS {}", server.tokens.okta);
    let acknowledged = |method: &str, path: &str, body: &Value| {
        let sent = client::request(method, path, &authorization, body);
        let answer = client::try_send(&server.okta_url, &sent).ok()?;
        // Half an answer is none.
        let whole = answer.header("content-length")?.parse() == Ok(answer.body.len());
        (whole && answer.status == 200).then(|| answer.json())
    };
    let profile = json!({
        "firstName": "A", "lastName": "B", "login": login, "email": login,
    });
    let user = acknowledged(
        "POST",
        "/api/v1/users?activate=true",
        &json!({ "profile": profile }),
    )?;
    let user = user["id"].as_str().unwrap().to_owned();
    let jwks = "/.well-known/yubico-transport-keys.jwks";
    let asked = client::request("GET", jwks, "", &Value::Null);
    let Ok(keys) = client::try_send(&server.yubico_url, &asked) else {
        return Some((user, 0));
    };
    let body = json!({
        "userId": user,
        "fulfillmentProvider": "yubico",
        "enrollmentRpIds": ["login.acme.example"],
        "yubicoTransportKeyJWK": keys.json()["keys"][0],
    });
    let mut enrollments = 0;
    while !killed.load(Ordering::SeqCst) {
        match acknowledged("POST", "/webauthn-registration/api/v1/enroll", &body) {
            Some(_) => enrollments += 1,
            None => break,
        }
    }
    Some((user, enrollments))
}
