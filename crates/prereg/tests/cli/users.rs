//! `prereg user import`: everybody or nobody.

use serde_json::Value;

use crate::program::{self, Folder, Run};

const HEADING: &str = "login,firstName,lastName,email,secondEmail,status";

/// Imports lines of CSV below the heading.
fn import(folder: &Folder, lines: &str, options: &[&str]) -> Run {
    let file = folder.file("users.csv", format!("{HEADING}\n{lines}"));
    let data = data(folder);
    let arguments = [&["user", "import", &file, &data], options].concat();
    program::run(&arguments, b"")
}

fn data(folder: &Folder) -> String {
    format!("--data={}", folder.path().join("data").display())
}

/// The logins in the directory.
fn logins(folder: &Folder) -> Vec<String> {
    let run = program::run(&["user", "list", "--json", &data(folder)], b"");
    let users: Value = serde_json::from_str(&run.stdout).unwrap();
    let mut logins: Vec<_> = users
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|user| user.pointer("/profile/login")?.as_str())
        .map(ToOwned::to_owned)
        .collect();
    logins.sort();
    logins
}

const ADA: &str = "ada@acme.example,Ada,Lovelace,ada@acme.example,ada@home.example,STAGED\n";
const IDA: &str = "ida@acme.example,Ida,Rhodes,ida@acme.example,,\n";

#[test]
fn users_are_imported_once() {
    let folder = Folder::new();
    let tried = import(&folder, &[ADA, IDA].concat(), &["--dry-run"]);
    assert_eq!(
        (tried.code, tried.stdout.as_str()),
        (0, "2 users could be imported\n")
    );
    let done = import(&folder, &[ADA, IDA].concat(), &["--json"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let said: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(
        (&said["users"], said["ids"].as_array().unwrap().len()),
        (&2.into(), 2)
    );
    assert_eq!(logins(&folder), ["ada@acme.example", "ida@acme.example"]);
    let again = import(&folder, &[IDA, ADA].concat(), &[]);
    assert_eq!(again.code, 1);
    for line in ["line 2", "line 3"] {
        assert!(again.stderr.contains(line), "{}", again.stderr);
    }
    assert_eq!(logins(&folder).len(), 2);
}

#[test]
fn one_bad_line_keeps_everybody_out_and_is_named() {
    let folder = Folder::new();
    let eve = "eve@acme.example,Eve,Example,no address,,\n";
    let mallory = "mallory@acme.example,Mallory,Example,mallory@acme.example,,ASLEEP\n";
    let refused = import(&folder, &[ADA, eve, IDA, mallory].concat(), &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    for told in ["nobody was imported", "line 3: email", "line 5: status"] {
        assert!(refused.stderr.contains(told), "{told}: {}", refused.stderr);
    }
    let refused = import(&folder, &[ADA, ADA].concat(), &["--json"]);
    assert_eq!(refused.code, 1);
    let said: Value = serde_json::from_str(&refused.stdout).unwrap();
    assert_eq!(
        (&said["ok"], &said["error"]),
        (&false.into(), &"users".into())
    );
    let done = import(&folder, IDA, &[]);
    assert_eq!((done.code, logins(&folder).len()), (0, 1));
}

#[test]
fn a_file_that_is_not_there_is_a_wrong_call() {
    let folder = Folder::new();
    let missing = folder.path().join("missing.csv");
    let path = missing.to_str().unwrap();
    let run = program::run(&["user", "import", path, &data(&folder)], b"");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("missing.csv"), "{}", run.stderr);
    assert!(!folder.path().join("data").exists());
}
