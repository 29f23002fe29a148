//! `prereg orchestrate` against a running server.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::server::{Folder, Server, program};

fn orchestrate(folder: &Folder, arguments: &[&str]) -> Output {
    let mut command = program();
    command
        .arg("orchestrate")
        .args(arguments)
        .arg("--data")
        .arg(folder.data());
    command.output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Shipments arrive as soon as they are ordered.
const AT_ONCE: [&str; 2] = ["--set=provider.progression=timed", "--set=provider.step=0s"];

#[test]
fn a_user_gets_a_key_and_its_pin_without_any_token_given() {
    let folder = Folder::new();
    let server = Server::first(&folder, &AT_ONCE);
    let user = server.add_user("ada@acme.example");
    let login = ["--user", "ada@acme.example", "--json"];
    let hosts = ["--rp-id", "acme.example", "--rp-id", "login.acme.example"];
    let done = orchestrate(&folder, &[&login[..], &hosts].concat());
    assert!(done.status.success(), "{}", server.log());
    let lines = lines(&done);
    let last = lines.last().unwrap();
    assert_eq!(last["ok"], true);
    assert_eq!(last["user"], user.as_str());
    let path = format!("/webauthn-registration/api/v1/users/{user}/enrollments");
    let listed = server.okta("GET", &path, &Value::Null).json();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 2);
    for enrollment in listed {
        assert_eq!(enrollment["status"], "ACTIVE");
        assert_eq!(enrollment["profile"]["presetPinAvailable"], true);
        assert!(
            last["enrollments"]
                .as_array()
                .unwrap()
                .contains(&enrollment["id"])
        );
    }
    // Nobody is left with a token that was made for this.
    let listed = program()
        .args(["token", "list", "--json", "--data"])
        .arg(folder.data())
        .output();
    let tokens: Value = serde_json::from_slice(&listed.unwrap().stdout).unwrap();
    let mut made = tokens
        .as_array()
        .unwrap()
        .iter()
        .filter(|token| token["name"] == "orchestrate");
    assert!(made.clone().count() >= 2);
    assert!(made.all(|token| token["state"] == "revoked" && token["expires"].is_string()));
}

#[test]
fn given_addresses_and_tokens_it_needs_no_data_directory() {
    let folder = Folder::new();
    let server = Server::first(&folder, &AT_ONCE);
    server.add_user("ada@acme.example");
    let token = folder.path().join("okta.token");
    fs::write(&token, format!("{}\n", server.tokens.okta)).unwrap();
    let elsewhere = Folder::new();
    let done = program()
        .args([
            "orchestrate",
            "--json",
            "--user",
            "ada@acme.example",
            "--rp-id",
            "acme.example",
        ])
        .args([
            "--okta-url",
            &server.okta_url,
            "--yubico-url",
            &server.yubico_url,
        ])
        .arg("--okta-token-file")
        .arg(&token)
        .env("YUBICO_API_TOKEN", &server.tokens.yubico)
        .current_dir(elsewhere.path())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stdout)
    );
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn what_stops_it_is_told_and_no_token_with_it() {
    let folder = Folder::new();
    let nobody = orchestrate(&folder, &["--user", "ada@acme.example"]);
    assert_eq!(nobody.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("prereg serve"));
    let server = Server::first(&folder, &[]);
    let unknown = orchestrate(&folder, &["--user", "bob@acme.example", "--json"]);
    assert_eq!(unknown.status.code(), Some(1));
    let told = lines(&unknown).pop().unwrap();
    assert_eq!(told["error"], "refused");
    assert!(
        told["message"].as_str().unwrap().contains("404 E0000007"),
        "{told}"
    );
    server.add_user("ada@acme.example");
    let wait = [
        "--user",
        "ada@acme.example",
        "--rp-id",
        "acme.example",
        "--timeout",
        "1s",
        "--poll",
        "1s",
    ];
    let slow = orchestrate(&folder, &wait);
    assert_eq!(slow.status.code(), Some(1));
    let told = String::from_utf8_lossy(&slow.stderr).into_owned();
    assert!(told.contains("still in state 3"), "{told}");
    let url = format!("--okta-url={}", server.okta_url);
    let wrong = orchestrate(&folder, &["--user", "x", &url, "--okta-token", "00Tsecret"]);
    let all = [wrong.stdout, wrong.stderr].concat();
    let all = String::from_utf8_lossy(&all);
    assert!(
        all.contains("401 E0000011") && !all.contains("00Tsecret"),
        "{all}"
    );
    let plain = orchestrate(
        &folder,
        &["--user", "x", "--okta-url", "http://okta.example"],
    );
    assert_eq!(plain.status.code(), Some(2));
}
