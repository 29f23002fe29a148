//! `prereg config`.

use serde_json::Value;

use crate::program::{self, Folder};

#[test]
fn settings_are_shown_with_their_sources_and_without_their_secrets() {
    let folder = Folder::new();
    let text = "[mail]\nmode = \"smtp\"\n[mail.smtp]\nhost = \"mx.example\"\n\
                username = \"me\"\npassword = \"canary-of-a-password\"\n";
    let file = folder.file("prereg.toml", text);
    let shown = program::run(&["config", "show", "--config", &file], b"");
    assert_eq!(shown.code, 0);
    assert!(!shown.stdout.contains("canary"), "{}", shown.stdout);
    let shown = program::run(&["config", "show", "--json", "--config", &file], b"");
    assert!(!shown.stdout.contains("canary"), "{}", shown.stdout);
    let lines: Value = serde_json::from_str(&shown.stdout).unwrap();
    let lines = lines.as_array().unwrap();
    let line = |key: &str| lines.iter().find(|line| line["key"] == key).unwrap();
    assert_eq!(line("mail.smtp.password")["value"], "(redacted)");
    assert_eq!(line("mail.smtp.host")["value"], "mx.example");
    let source = line("mail.smtp.host")["source"].as_str().unwrap();
    assert_eq!(source, format!("{file}, line 4"));
    let variable = &line("mail.smtp.host")["variable"];
    assert_eq!(variable, "PREREG_MAIL_SMTP_HOST");
}

#[test]
fn a_check_says_all_that_is_wrong_and_exits_with_1() {
    let folder = Folder::new();
    let file = folder.file("prereg.toml", "[sever]\n[policy]\npin_lenght = 6\n");
    let run = program::run(&["config", "check", "--config", &file], b"");
    assert_eq!(run.code, 1);
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
    let meant = "line 3: policy.pin_lenght: no such setting; did you mean policy.pin_length?";
    assert!(run.stderr.contains(meant), "{}", run.stderr);
    let run = program::run(&["config", "check", "--json", "--config", &file], b"");
    let said: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &said["error"]), (1, &Value::from("config")));
    let missing = folder.path().join("missing.toml");
    let run = program::run(
        &["config", "check", "--config", missing.to_str().unwrap()],
        b"",
    );
    assert!(run.stderr.contains("cannot be read"), "{}", run.stderr);
    assert_eq!(run.code, 1);
}

#[test]
fn a_check_of_good_settings_warns_of_secrets_that_others_can_read() {
    let folder = Folder::new();
    let file = folder.file(
        "prereg.toml",
        "[hooks]\nsecret = \"a-secret-of-the-hooks\"\n",
    );
    #[cfg(unix)]
    open_to_all(&file);
    let run = program::run(&["config", "check", "--config", &file], b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("settings are in order"));
    #[cfg(unix)]
    assert!(run.stdout.contains("chmod o-r"), "{}", run.stdout);
}

#[cfg(unix)]
fn open_to_all(file: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
}
