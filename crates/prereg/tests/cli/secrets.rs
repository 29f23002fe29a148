//! `prereg secrets`, and the refusals of a data directory whose key is not as it
//! should be.

use std::fs;

use crate::program::{self, Folder, Run};

/// A data directory with a token in its database.
fn founded() -> Folder {
    let folder = Folder::new();
    let made = prereg(
        &folder,
        &[
            "token",
            "create",
            "--name",
            "ci",
            "--scope",
            "okta.users.read",
        ],
    );
    assert_eq!(made.code, 0, "{}", made.stderr);
    folder
}

fn prereg(folder: &Folder, arguments: &[&str]) -> Run {
    let data = folder.path().join("data");
    let data = ["--data", data.to_str().unwrap()];
    program::run(&[arguments, &data].concat(), b"")
}

fn status(folder: &Folder) -> serde_json::Value {
    let run = prereg(folder, &["secrets", "status", "--json"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn a_rotation_changes_the_key_file_and_is_audited() {
    let folder = founded();
    let key_file = folder.path().join("data/secret.key");
    let before = fs::read_to_string(&key_file).unwrap();
    let old = status(&folder);
    assert_eq!(old["behind"], 0);
    let run = prereg(&folder, &["secrets", "rotate", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(answer["from"], old["current"]);
    assert_ne!(answer["to"], old["current"]);
    let new = status(&folder);
    assert_eq!(
        (&new["current"], &new["keys"][0]),
        (&answer["to"], &answer["to"])
    );
    assert_eq!(new["keys"].as_array().unwrap().len(), 1);
    assert_ne!(fs::read_to_string(&key_file).unwrap(), before);
    let audit = prereg(&folder, &["audit", "list", "--json"]).stdout;
    assert!(audit.contains("secrets.rotate"), "{audit}");
    assert_eq!(prereg(&folder, &["audit", "verify"]).code, 0);

    fs::write(&key_file, before).unwrap();
    let refused = prereg(&folder, &["secrets", "status"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused
            .stderr
            .contains("give it the key that belongs to it"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_missing_wrong_or_open_key_is_refused_with_what_to_do() {
    let folder = founded();
    let key_file = folder.path().join("data/secret.key");
    let text = fs::read_to_string(&key_file).unwrap();
    fs::remove_file(&key_file).unwrap();
    let refused = prereg(&folder, &["secrets", "status"]);
    assert!(
        refused.stderr.contains("restore the key from a backup"),
        "{}",
        refused.stderr
    );
    assert!(!key_file.exists(), "no other key is made");

    fs::write(&key_file, "short\n").unwrap();
    private(&key_file, 0o600);
    let refused = prereg(&folder, &["secrets", "status"]);
    assert!(
        refused.stderr.contains("43 characters of base64url"),
        "{}",
        refused.stderr
    );

    fs::write(&key_file, &text).unwrap();
    private(&key_file, 0o644);
    let refused = prereg(&folder, &["secrets", "status"]);
    assert!(refused.stderr.contains("chmod 600"), "{}", refused.stderr);
    private(&key_file, 0o600);
    assert_eq!(prereg(&folder, &["secrets", "status"]).code, 0);
}

fn private(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_the_server_keeps_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = founded();
    let data = folder.path().join("data");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_generated_key_serves_as_one() {
    let key = program::run(&["secrets", "generate"], b"").stdout;
    let other = program::run(&["secrets", "generate"], b"").stdout;
    assert_eq!(key.trim().len(), 43);
    assert_ne!(key, other);
}
