//! The first start, the second one, and those that must not happen.

use std::fs;
use std::net::TcpListener;

use serde_json::Value;

use crate::client;
use crate::server::{Folder, Server, program, refused, serve};

#[test]
fn the_first_start_shows_tokens_once_and_they_work() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    assert!(!server.tokens.okta.is_empty());
    assert!(!server.tokens.yubico.is_empty());
    let users = server.okta("GET", "/api/v1/users", &Value::Null);
    assert_eq!(users.status, 200, "{users:?}");
    let nobody = client::call(&server.okta_url, "GET", "/api/v1/users", "", &Value::Null);
    assert_eq!(nobody.status, 401);
    let tokens = server.stop();

    let again = Server::again(&folder, &[], tokens);
    assert!(again.ready.get("api_token").is_none());
    assert!(again.ready.get("yubico_token").is_none());
    let users = again.okta("GET", "/api/v1/users", &Value::Null);
    assert_eq!(
        users.status, 200,
        "the token of the first start still works"
    );
}

#[test]
fn a_first_start_for_people_prints_a_curl_line_that_works() {
    let folder = Folder::new();
    let mut command = program();
    let arguments = serve(&folder.data());
    command.args(arguments.iter().filter(|argument| *argument != "--json"));
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
    while !said.contains("Ctrl-C") {
        let read = std::io::BufRead::read_line(&mut lines, &mut said).unwrap();
        assert!(read > 0, "{said}");
    }
    let curl = said
        .lines()
        .find(|line| line.trim().starts_with("curl "))
        .unwrap();
    let token = curl
        .split("SSWS ")
        .nth(1)
        .unwrap()
        .split('\'')
        .next()
        .unwrap();
    let url = curl.split(' ').next_back().unwrap();
    let (base, path) = url.split_at(url.rfind("/api").unwrap());
    let answer = client::call(base, "GET", path, &format!("SSWS {token}"), &Value::Null);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(answer.status, 200, "{said}");
}

#[test]
fn a_directory_has_one_server_at_a_time() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    let mut second = program();
    second.args(serve(&folder.data()));
    let (code, said) = refused(second);
    assert_eq!(code, 1);
    assert!(said.contains("another server runs in"), "{said}");
    // The first one has not noticed.
    assert_eq!(server.admin("/readyz").status, 200);
    let addresses = fs::read_to_string(folder.data().join("serve.json")).unwrap();
    let addresses: Value = serde_json::from_str(&addresses).unwrap();
    assert_eq!(addresses["okta_url"], server.okta_url.as_str());
    assert!(addresses.get("api_token").is_none());
    server.stop();
    assert!(!folder.data().join("serve.json").exists());
}

#[cfg(unix)]
#[test]
fn what_it_keeps_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    Server::first(&folder, &[]).stop();
    let mode = |path: std::path::PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.data()), 0o700);
    assert_eq!(mode(folder.data().join("secret.key")), 0o600);
}

#[test]
fn a_start_that_cannot_be_says_what_to_do() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let cases: [(&[String], &str); 4] = [
        (
            &[format!("--admin-listen={address}")],
            "choose another port, or port 0",
        ),
        (
            &["--set=trust.mode=file".to_owned()],
            "trust.file: not set, and trust.mode = file needs it",
        ),
        (
            &[
                "--set=trust.mode=file".to_owned(),
                "--set=trust.file=/nowhere/sign.jwks".to_owned(),
            ],
            "trust.file /nowhere/sign.jwks: cannot be read",
        ),
        (
            &["--set=trust.attestation_roots=/nowhere/root.pem".to_owned()],
            "trust.attestation_roots: /nowhere/root.pem: cannot be read",
        ),
    ];
    for (options, expected) in cases {
        let mut command = program();
        let mut arguments = serve(&folder.data());
        if options[0].starts_with("--admin") {
            arguments.pop();
        }
        command.args(arguments).args(options);
        let (code, said) = refused(command);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_or_that_is_gone_keeps_the_server_down() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    Server::first(&folder, &[]).stop();
    let key = folder.data().join("secret.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let start = || {
        let mut command = program();
        command.args(serve(&folder.data()));
        refused(command)
    };
    let (code, said) = start();
    assert_eq!(code, 1);
    assert!(said.contains("chmod 600"), "{said}");
    fs::rename(&key, folder.path().join("away")).unwrap();
    let (code, said) = start();
    assert_eq!(code, 1);
    assert!(said.contains("secret.key"), "{said}");
    assert!(!key.exists(), "no new key for an old database");
    fs::rename(folder.path().join("away"), &key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    Server::first(&folder, &[]).stop();
}
