//! What the admin port says, also when the database does not work.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use crate::client;
use crate::server::{Folder, Server, Tokens, serve};

/// Another process that keeps the database to itself.
struct Occupation {
    runtime: tokio::runtime::Runtime,
    connection: SqliteConnection,
}

impl Occupation {
    fn begin(folder: &Folder) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.unwrap();
        let options = SqliteConnectOptions::new().filename(folder.data().join("prereg.db"));
        let connection = runtime.block_on(async {
            let mut connection = options.connect().await.unwrap();
            connection.execute("BEGIN IMMEDIATE").await.unwrap();
            connection
        });
        Self {
            runtime,
            connection,
        }
    }

    fn end(mut self) {
        self.runtime.block_on(async {
            self.connection.execute("ROLLBACK").await.unwrap();
            self.connection.close().await.unwrap();
        });
    }
}

fn user(login: &str) -> Value {
    json!({ "profile": {
        "firstName": "Ada", "lastName": "Lovelace", "login": login, "email": login,
    }})
}

fn becomes_ready(server: &Server) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while server.admin("/readyz").status != 200 {
        assert!(Instant::now() < deadline, "{}", server.log());
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_database_that_takes_no_writes_makes_it_unready_until_it_does_again() {
    let folder = Folder::new();
    let server = Server::first(&folder, &["--set=limits.request_timeout=3s"]);
    assert_eq!(server.admin("/healthz").status, 200);
    assert_eq!(server.admin("/readyz").status, 200);
    let occupation = Occupation::begin(&folder);
    let refused = server.okta("POST", "/api/v1/users", &user("ada@acme.example"));
    assert!((500..=503).contains(&refused.status), "{refused:?}");
    assert!(refused.json()["errorCode"].is_string());
    assert_eq!(server.admin("/readyz").status, 503);
    // It lives, and answers what needs no write.
    assert_eq!(server.admin("/healthz").status, 200);
    let users = server.okta("GET", "/api/v1/users", &Value::Null);
    assert_eq!(users.status, 200, "{users:?}");
    occupation.end();
    becomes_ready(&server);
    let added = server.okta("POST", "/api/v1/users", &user("ida@acme.example"));
    assert_eq!(added.status, 200, "{added:?}");
    assert!(server.log().contains("not ready"), "{}", server.log());
    server.stop();
}

#[test]
fn metrics_count_what_happens() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    server.add_user("ada@acme.example");
    for _ in 0..3 {
        server.okta("GET", "/api/v1/users/nobody@acme.example", &Value::Null);
    }
    let page = server.admin("/metrics");
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/plain; version=0.0.4")
    );
    let text = String::from_utf8(page.body).unwrap();
    let value = |metric: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(metric));
        let line = line.unwrap_or_else(|| panic!("{metric} in {text}"));
        line.trim().parse::<f64>().unwrap()
    };
    let users = "prereg_http_requests_total{listener=\"okta\",method=\"GET\",\
                 route=\"/api/v1/users/{idOrLogin}\",status=\"404\"}";
    assert!((value(users) - 3.0).abs() < 0.1);
    assert!((value("prereg_users") - 1.0).abs() < 0.1);
    assert!(value("prereg_commit_seconds_count") > 0.0);
    assert!(value("prereg_pinned_keys") > 0.0);
    let refusals = "prereg_refusals_total{code=\"not_found\"}";
    assert!((value(refusals) - 3.0).abs() < 0.1);
    for queue in ["mail", "events", "hooks"] {
        value(&format!("prereg_queue_depth{{queue=\"{queue}\"}}"));
    }
}

/// A limit on the size of files stands for a full disk: both refuse to write.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_writes_and_loses_nothing() {
    use std::process::Command;

    let folder = Folder::new();
    let limited = "ulimit -S -f 1200; trap '' XFSZ; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", limited, env!("CARGO_BIN_EXE_prereg")])
        .args(serve(&folder.data()))
        .args([
            "--set=rate_limit.per_minute=1000000",
            "--set=log.level=warn",
        ])
        .env("HOME", "/nowhere");
    let server = Server::of(command, &folder, Tokens::default());
    let (mut acknowledged, mut refused_in_a_row) = (Vec::new(), 0);
    for number in 0..20_000 {
        let login = format!("user-{number}@acme.example");
        let answer = server.okta("POST", "/api/v1/users", &user(&login));
        if answer.status == 200 {
            acknowledged.push(login);
            refused_in_a_row = 0;
            continue;
        }
        assert!((500..=503).contains(&answer.status), "{answer:?}");
        refused_in_a_row += 1;
        // A smaller one may still fit.
        if refused_in_a_row == 10 {
            break;
        }
    }
    assert!(!acknowledged.is_empty());
    assert_eq!(refused_in_a_row, 10, "the limit never came");
    assert_eq!(server.admin("/readyz").status, 503);
    assert_eq!(server.admin("/healthz").status, 200);
    let found = server.okta("GET", "/api/v1/users/user-0@acme.example", &Value::Null);
    assert_eq!(found.status, 200, "reading goes on: {found:?}");
    assert!(server.log().contains("ERROR"), "{}", server.log());

    let pid = format!("--pid={}", server.pid());
    let made_room = Command::new("prlimit")
        .args([&pid, "--fsize=unlimited"])
        .status();
    if !made_room.is_ok_and(|status| status.success()) {
        // Without util-linux the rest cannot be seen.
        return;
    }
    becomes_ready(&server);
    let added = server.okta("POST", "/api/v1/users", &user("late@acme.example"));
    assert_eq!(added.status, 200, "{added:?}");
    for login in acknowledged {
        let found = server.okta("GET", &format!("/api/v1/users/{login}"), &Value::Null);
        assert_eq!(found.status, 200, "{login}");
    }
    server.stop();
}

#[test]
fn the_page_is_shown_to_this_machine_and_hides_what_it_must() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    // The name that a browser of this machine uses.
    let host = server.admin_url.strip_prefix("http://").unwrap();
    let asked = |host: &str| {
        let request = format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        client::try_send(&server.admin_url, request.as_bytes()).unwrap()
    };
    let page = asked(host);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    let other = asked("rebound.example");
    assert!((400..500).contains(&other.status), "{other:?}");
}
