//! Tokens and clients, made and taken back by another process while the server
//! runs.

use std::io::Write as _;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::client::{self, Answer};
use crate::keys;
use crate::server::{Folder, Server, program};

/// What a command on the data directory answers in JSON.
fn command(folder: &Folder, arguments: &[&str]) -> Value {
    keys::done(folder, arguments, "")
}

fn users(server: &Server, authorization: &str) -> Answer {
    client::call(
        &server.okta_url,
        "GET",
        "/api/v1/users",
        authorization,
        &Value::Null,
    )
}

/// The error, without the id of its occurrence.
fn error(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    assert!(body["errorId"].as_str().unwrap().starts_with("oae"));
    body.as_object_mut().unwrap().remove("errorId");
    (answer.status, body)
}

#[test]
fn a_token_counts_from_its_making_to_its_revocation_by_another_process() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    let made = command(&folder, &["token", "create", "--scope", "okta.users.read"]);
    let token = made["token"].as_str().unwrap();
    let spaced = format!("SSWS {token}");
    assert_eq!(users(&server, &spaced).status, 200);
    assert_eq!(users(&server, &format!("SSWS{token}")).status, 200);
    let body = json!({"profile": {}});
    let write = client::call(&server.okta_url, "POST", "/api/v1/users", &spaced, &body);
    assert_eq!(write.status, 403);
    assert_eq!(write.json()["errorCode"], "E0000006");
    command(&folder, &["token", "revoke", made["id"].as_str().unwrap()]);
    assert_eq!(users(&server, &spaced).status, 401);
}

#[test]
fn every_token_that_does_not_count_gets_the_same_answer() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    let made = |arguments: &[&str]| {
        let made = command(&folder, &[&["token", "create"], arguments].concat());
        made["token"].as_str().unwrap().to_owned()
    };
    let expired = made(&["--expires", "1s"]);
    let revoked = made(&[]);
    command(&folder, &["token", "revoke", &revoked]);
    let (id, secret) = server.tokens.okta.split_once('.').unwrap();
    let (other, _) = revoked.split_once('.').unwrap();
    sleep(Duration::from_millis(1100));
    let answers = [
        String::new(),
        "SSWS".to_owned(),
        "SSWS nonsense".to_owned(),
        format!("SSWS {id}.{}", "A".repeat(secret.len())),
        format!("SSWS {other}.{secret}"),
        format!("SSWS {expired}"),
        format!("SSWS {revoked}"),
        format!("SSWS {}", server.tokens.yubico),
        format!("Bearer {}", server.tokens.okta),
        "Bearer eyJhbGciOiJub25lIn0.e30.".to_owned(),
        "Basic dXNlcjpwYXNz".to_owned(),
    ]
    .map(|authorization| error(&users(&server, &authorization)));
    let (status, body) = &answers[0];
    assert_eq!((*status, &body["errorCode"]), (401, &json!("E0000011")));
    assert!(
        answers.iter().all(|answer| answer == &answers[0]),
        "{answers:?}"
    );
}

/// What a client says in an assertion.
fn claims(client: &str, audience: &str, jti: &str) -> Value {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.unwrap().as_secs();
    json!({
        "iss": client, "sub": client, "aud": audience,
        "iat": seconds, "exp": seconds + 300, "jti": jti,
    })
}

/// Signs an assertion with the program itself.
fn assertion(folder: &Folder, claims: &Value) -> String {
    let key = folder.path().join("client.jwk");
    let mut command = program();
    command
        .args(["jose", "sign", "--typ", "JWT", "--key"])
        .arg(key);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(claims.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn ask(server: &Server, assertion: &str) -> Answer {
    let form = format!(
        "grant_type=client_credentials&scope=okta.users.read&client_assertion={assertion}\
         &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let request = format!(
        "POST /oauth2/v1/token HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    client::try_send(&server.okta_url, request.as_bytes()).unwrap()
}

/// A client with a key of its own; its id.
fn register(folder: &Folder) -> String {
    let (key, public) = (
        folder.path().join("client.jwk"),
        folder.path().join("public.jwk"),
    );
    let generate = ["jwk", "generate", "--use", "sig", "--out"];
    assert!(
        program()
            .args(generate)
            .arg(&key)
            .status()
            .unwrap()
            .success()
    );
    let read = program()
        .args(["jwk", "public", "--key"])
        .arg(&key)
        .output()
        .unwrap();
    std::fs::write(&public, read.stdout).unwrap();
    let public = public.to_str().unwrap();
    let scope = ["--scope", "okta.users.read"];
    let made = command(
        folder,
        &[&["client", "create", "--jwks", public][..], &scope].concat(),
    );
    made["client_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_client_s_access_token_opens_until_the_client_is_revoked() {
    let folder = Folder::new();
    // The ports change with the restart; the issuer must not.
    let address = ["--set=server.issuer=https://acme.okta.example"];
    let server = Server::first(&folder, &address);
    let client = register(&folder);
    let claims = |jti: &str| claims(&client, "https://acme.okta.example/oauth2/v1/token", jti);
    let once = assertion(&folder, &claims("one"));
    let issued = ask(&server, &once);
    assert_eq!(issued.status, 200, "{issued:?}");
    assert_eq!(issued.header("cache-control"), Some("no-store"));
    assert_eq!(issued.header("x-rate-limit-remaining"), Some("599"));
    assert_eq!(ask(&server, &once).json()["error"], "invalid_client");
    let bearer = format!("Bearer {}", issued.json()["access_token"].as_str().unwrap());
    assert_eq!(users(&server, &bearer).status, 200);
    let body = json!({"profile": {}});
    let write = client::call(&server.okta_url, "POST", "/api/v1/users", &bearer, &body);
    assert_eq!(write.status, 403);
    // What was used stays used, and what was issued stays good, over a restart.
    let tokens = server.stop();
    let server = Server::again(&folder, &address, tokens);
    assert_eq!(users(&server, &bearer).status, 200);
    assert_eq!(ask(&server, &once).json()["error"], "invalid_client");
    command(&folder, &["client", "revoke", &client]);
    assert_eq!(users(&server, &bearer).status, 401);
    let again = ask(&server, &assertion(&folder, &claims("two")));
    assert_eq!(
        (again.status, &again.json()["error"]),
        (401, &json!("invalid_client"))
    );
}

/// The names of the keys that are published.
fn published(server: &Server) -> Vec<Value> {
    let answer = client::call(&server.okta_url, "GET", "/oauth2/v1/keys", "", &Value::Null);
    let keys = answer.json();
    let keys = keys["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].clone()).collect()
}

#[test]
fn a_running_server_signs_with_a_rotated_key_and_still_believes_the_old_one() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    let client = register(&folder);
    let token = |jti: &str| {
        let audience = format!("{}/oauth2/v1/token", server.okta_url);
        let issued = ask(
            &server,
            &assertion(&folder, &claims(&client, &audience, jti)),
        );
        format!("Bearer {}", issued.json()["access_token"].as_str().unwrap())
    };
    let become_published = |kids: &[&Value]| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while published(&server).iter().ne(kids.iter().copied()) {
            assert!(Instant::now() < deadline, "{}", server.log());
            sleep(Duration::from_millis(100));
        }
    };
    let [first] = published(&server).try_into().unwrap();
    let old = token("one");
    let second = command(&folder, &["secrets", "rotate-oauth"])["kid"].clone();
    become_published(&[&second, &first]);
    let new = token("two");
    assert_eq!(
        (users(&server, &old).status, users(&server, &new).status),
        (200, 200)
    );
    let third = command(&folder, &["secrets", "rotate-oauth", "--at-once"])["kid"].clone();
    become_published(&[&third]);
    assert_eq!(
        (users(&server, &old).status, users(&server, &new).status),
        (401, 401)
    );
    assert_eq!(users(&server, &token("three")).status, 200);
    let log = command(&folder, &["audit", "list"]).to_string();
    assert_eq!(log.matches("secrets.rotate_oauth").count(), 2);
}

#[test]
fn whatever_is_done_with_a_token_is_in_the_audit_log() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    let user = server.add_user("ada@acme.example");
    let made = command(&folder, &["token", "create", "--scope", "okta.users.read"]);
    let reader = format!("SSWS {}", made["token"].as_str().unwrap());
    users(&server, &reader);
    let listed = command(&folder, &["audit", "list"]);
    let told: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            (
                text("actor"),
                text("action"),
                text("target"),
                text("outcome"),
            )
        })
        .collect();
    let own = server.tokens.okta.split_once('.').unwrap().0.to_owned();
    let entry = |actor: &str, action: &str, target: &str| {
        (
            actor.to_owned(),
            action.to_owned(),
            target.to_owned(),
            "ok".to_owned(),
        )
    };
    assert!(
        told.contains(&entry("serve", "token.create", &own)),
        "{told:?}"
    );
    assert!(told.contains(&entry("cli", "token.create", made["id"].as_str().unwrap())));
    assert!(
        told.iter()
            .any(|(actor, _, target, _)| *actor == own && *target == user),
        "{told:?}"
    );
    assert_eq!(command(&folder, &["audit", "verify"])["ok"], true);
    let all = listed.to_string();
    let (_, secret) = made["token"].as_str().unwrap().split_once('.').unwrap();
    assert!(!all.contains(secret));
}
