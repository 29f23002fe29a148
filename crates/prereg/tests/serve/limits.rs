//! Clients that are slow, send too much, or are too many.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client;
use crate::server::{Folder, Server};

const QUICK: &[&str] = &[
    "--set=limits.header_timeout=1s",
    "--set=limits.request_timeout=2s",
];

/// Whoever behaves is answered.
fn assert_answers(server: &Server) {
    let begun = Instant::now();
    let users = server.okta("GET", "/api/v1/users", &Value::Null);
    assert_eq!(users.status, 200, "{users:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

/// How long until the server hangs up.
fn hangs_up(stream: &mut TcpStream) -> Duration {
    let begun = Instant::now();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).ok();
    begun.elapsed()
}

#[test]
fn a_header_that_comes_slowly_is_given_up() {
    let folder = Folder::new();
    let server = Server::first(&folder, QUICK);
    for base in [&server.okta_url, &server.yubico_url, &server.admin_url] {
        let mut silent = client::connect(base);
        let mut slow = client::connect(base);
        slow.write_all(b"GET /api/v1/users HTTP/1.1\r\nhost: te")
            .unwrap();
        assert!(hangs_up(&mut slow) < Duration::from_secs(10));
        assert!(hangs_up(&mut silent) < Duration::from_secs(10));
    }
    assert_answers(&server);
}

#[test]
fn a_body_that_never_comes_is_given_up() {
    let folder = Folder::new();
    let server = Server::first(&folder, QUICK);
    let mut stream = client::connect(&server.okta_url);
    let head = format!(
        "POST /webauthn-registration/api/v1/enroll HTTP/1.1\r\nhost: test\r\n\
         authorization: SSWS {}\r\ncontent-type: application/json\r\n\
         content-length: 1000\r\n\r\n{{\"userId\":",
        server.tokens.okta
    );
    stream.write_all(head.as_bytes()).unwrap();
    assert_answers(&server);
    let begun = Instant::now();
    let answer = client::read(&mut stream).unwrap();
    assert!((400..=503).contains(&answer.status), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_answers(&server);
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let folder = Folder::new();
    let server = Server::first(&folder, &["--set=limits.max_body_bytes=4096"]);
    let path = "/webauthn-registration/api/v1/enroll";
    let body = json!({ "userId": "x".repeat(100_000) });
    let answer = server.okta("POST", path, &body);
    assert_eq!(answer.status, 413, "{answer:?}");
    assert!(answer.json()["errorCode"].is_string());
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
         authorization: SSWS {}\r\ncontent-type: application/json\r\n\
         content-length: 1000000000000\r\n\r\n",
        server.tokens.okta
    );
    let answer = client::try_send(&server.okta_url, head.as_bytes()).unwrap();
    assert_eq!(answer.status, 413, "{answer:?}");
    assert_answers(&server);
}

#[test]
fn a_header_that_is_too_large_is_refused() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    let head = format!(
        "GET /api/v1/users HTTP/1.1\r\nhost: test\r\nconnection: close\r\nx-large: {}\r\n\r\n",
        "x".repeat(100_000)
    );
    let answer = client::try_send(&server.okta_url, head.as_bytes()).unwrap();
    assert_eq!(answer.status, 431, "{answer:?}");
    assert_answers(&server);
}

#[test]
fn what_is_not_http_or_no_method_is_refused() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    for method in ["BREW", "TRACE", "CONNECT", "PROPFIND"] {
        let sent = client::request(method, "/api/v1/users", "", &Value::Null);
        let answer = client::try_send(&server.okta_url, &sent).unwrap();
        assert!((400..=405).contains(&answer.status), "{method}: {answer:?}");
    }
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"\r\n\r\n\r\n\r\n\0\0\0\0",
        b"POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let mut stream = client::connect(&server.okta_url);
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        let text = String::from_utf8_lossy(&answer);
        let refused = answer.is_empty() || text.starts_with("HTTP/1.1 4") || text.starts_with("HTTP/1.0 4");
        assert!(refused, "{bytes:?}: {text}");
    }
    assert_answers(&server);
}

#[test]
fn a_flood_of_connections_does_not_keep_others_out() {
    let folder = Folder::new();
    let server = Server::first(&folder, &["--set=limits.max_connections=64"]);
    let mut flood: Vec<TcpStream> = (0..300)
        .filter_map(|_| client::try_connect(&server.okta_url).ok())
        .collect();
    for stream in flood.iter_mut().step_by(2) {
        // Half of them say something and then no more.
        stream.write_all(b"GET /api/v1/users HTTP/1.1\r\n").ok();
    }
    sleep(Duration::from_millis(200));
    for _ in 0..5 {
        assert_answers(&server);
    }
    assert_eq!(server.admin("/readyz").status, 200);
    drop(flood);
    assert_answers(&server);
}
