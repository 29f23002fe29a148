//! Secrets are nowhere but where they belong.

use std::fs;

use serde_json::Value;

use crate::client;
use crate::journey::{AT_ONCE, ship};
use crate::keys;
use crate::server::{Folder, Server, Tokens, program, serve};

/// Secrets that the operator sets.
const HOOK_SECRET: &str = "canary-of-the-hook-secret";
const PASSWORD: &str = "canary-of-the-smtp-password";

#[test]
fn no_secret_is_in_the_log_at_any_level() {
    for format in ["text", "json"] {
        let folder = Folder::new();
        let mut command = program();
        command
            .args(serve(&folder.data()))
            .args(AT_ONCE)
            .args([
                "--set=log.level=trace",
                "--hook=http://127.0.0.1:9/canary-of-a-path",
            ])
            .arg(format!("--set=log.format={format}"))
            .env("PREREG_HOOKS_SECRET", HOOK_SECRET)
            .env("PREREG_MAIL_SMTP_PASSWORD", PASSWORD);
        let server = Server::of(command, &folder, Tokens::default());
        let user = server.add_user("ada@acme.example");
        let key = ship(&server, &user);
        key.activate(&server);
        let pin = key.mailed_pin(&server, &folder);
        let keys = keys::command(&folder, &["key", "list"], "").1;
        let serial = keys[0]["serial"].as_str().unwrap();
        for wrong_then_right in ["000000", &pin] {
            let arguments = ["key", "authenticate", serial];
            let (code, _) = keys::command(&folder, &arguments, &format!("{wrong_then_right}\n"));
            assert_eq!(code == 0, wrong_then_right == pin);
        }
        // A replay is refused, and told in the log.
        let path = "/webauthn-registration/api/v1/activate";
        assert_eq!(server.okta("POST", path, &key.activation).status, 403);
        for wrong in [
            "SSWS canary-of-a-token",
            "Bearer canary.of.a-token",
            "Basic Y2FuYXJ5",
        ] {
            let answer = client::call(
                &server.okta_url,
                "GET",
                "/api/v1/users",
                wrong,
                &Value::Null,
            );
            assert_eq!(answer.status, 401);
        }
        let metrics = server.admin("/metrics");
        let metrics = String::from_utf8(metrics.body).unwrap();
        let secret_key = fs::read_to_string(folder.data().join("secret.key")).unwrap();
        let secret_key = secret_key
            .lines()
            .find(|line| !line.starts_with('#'))
            .unwrap();
        let (okta, yubico) = (&server.tokens.okta, &server.tokens.yubico);
        let parts = |token: &str| token.split('.').next_back().unwrap().to_owned();
        let secrets = [
            pin.clone(),
            parts(okta),
            parts(yubico),
            secret_key.to_owned(),
        ];
        let log = server.log();
        assert!(
            log.contains("DEBUG"),
            "the log tells everything else: {log}"
        );
        assert!(log.contains("answered"));
        for secret in &secrets {
            assert!(!contains_alone(&log, secret), "{format}: {secret}");
            assert!(!contains_alone(&metrics, secret), "{secret}");
        }
        for mark in ["canary", "PRIVATE KEY", "\"d\":", "d\\\":\\\""] {
            assert!(!log.contains(mark), "{format}: {mark}");
        }
        // What is about a person or a token labels no metric.
        for id in [
            user.as_str(),
            "ada@",
            okta.split('.').next().unwrap(),
            &key.enrollment,
        ] {
            assert!(!metrics.contains(id), "{id} in {metrics}");
        }
        server.stop();
        let addresses = folder.data().join("serve.json");
        assert!(!addresses.exists());
        assert_in_no_file(&folder, &secrets[..3]);
    }
}

/// In no file of the data directory but the mail.
fn assert_in_no_file(folder: &Folder, secrets: &[String]) {
    for file in fs::read_dir(folder.data()).unwrap().flatten() {
        if file.file_type().unwrap().is_dir() {
            continue;
        }
        let bytes = fs::read(file.path()).unwrap();
        for secret in secrets.iter().filter(|secret| secret.len() > 6) {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", file.path().display());
        }
    }
}

/// Six digits stand in times and numbers as well: counted is what stands alone.
fn contains_alone(text: &str, secret: &str) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    text.match_indices(secret).any(|(start, _)| {
        let before = start.checked_sub(1).and_then(|at| text.as_bytes().get(at));
        let after = text.as_bytes().get(start + secret.len());
        // `.123456Z` is the fraction of a second.
        !is_part(before) && !is_part(after) && before != Some(&b'.')
    })
}
