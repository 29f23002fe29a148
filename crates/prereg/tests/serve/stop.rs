//! Told to stop, it finishes what it has begun.

use std::io::Write as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client;
use crate::server::{Folder, Server};

#[test]
fn a_request_under_way_gets_its_answer_and_new_ones_do_not() {
    for signal in ["TERM", "INT"] {
        let folder = Folder::new();
        let mut server = Server::first(&folder, &[]);
        let profile = json!({
            "firstName": "Ada", "lastName": "Lovelace",
            "login": "ada@acme.example", "email": "ada@acme.example",
        });
        let authorization = format!("SSWS {}", server.tokens.okta);
        let body = json!({ "profile": profile });
        let sent = client::request("POST", "/api/v1/users", &authorization, &body);
        let (first, rest) = sent.split_at(sent.len() - 20);
        let mut stream = client::connect(&server.okta_url);
        stream.write_all(first).unwrap();
        sleep(Duration::from_millis(300));
        server.signal(signal);
        sleep(Duration::from_millis(300));
        assert!(client::try_connect(&server.okta_url).is_err(), "{signal}");
        assert_eq!(server.admin("/readyz").status, 503, "{signal}");
        stream.write_all(rest).unwrap();
        let answer = client::read(&mut stream).unwrap();
        assert_eq!(answer.status, 200, "{signal}: {answer:?}");
        assert_eq!(server.wait().code(), Some(0), "{}", server.log());
        let again = Server::again(&folder, &[], server.tokens.clone());
        let found = again.okta("GET", "/api/v1/users/ada@acme.example", &Value::Null);
        assert_eq!(found.status, 200, "what was answered is there");
    }
}

#[test]
fn a_client_that_never_finishes_does_not_keep_it_from_stopping() {
    let folder = Folder::new();
    let mut server = Server::first(&folder, &["--set=limits.drain=1s"]);
    let mut stream = client::connect(&server.okta_url);
    stream
        .write_all(b"POST /api/v1/users HTTP/1.1\r\nhost: test\r\n")
        .unwrap();
    let _silent = client::connect(&server.yubico_url);
    sleep(Duration::from_millis(200));
    let begun = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_second_signal_does_not_wait() {
    let folder = Folder::new();
    let mut server = Server::first(&folder, &["--set=limits.drain=1h"]);
    let authorization = format!("SSWS {}", server.tokens.okta);
    let head = format!(
        "POST /api/v1/users HTTP/1.1\r\nhost: test\r\nauthorization: {authorization}\r\n\
         content-type: application/json\r\ncontent-length: 10\r\n\r\n{{"
    );
    let mut stream = client::connect(&server.okta_url);
    stream.write_all(head.as_bytes()).unwrap();
    sleep(Duration::from_millis(300));
    server.signal("INT");
    sleep(Duration::from_millis(300));
    let begun = Instant::now();
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(130));
    assert!(begun.elapsed() < Duration::from_secs(3));
}
