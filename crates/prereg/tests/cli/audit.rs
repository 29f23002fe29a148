//! `prereg audit`, and that no command does anything that the log does not tell.

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use crate::program::{self, Folder, Run};

/// Runs a command on the folder's data directory.
fn run(folder: &Folder, arguments: &[&str]) -> Run {
    let data = format!("--data={}", folder.path().join("data").display());
    program::run(&[arguments, &[&data]].concat(), b"")
}

fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let run = run(folder, &[arguments, &["--json"]].concat());
    serde_json::from_str(&run.stdout).unwrap()
}

/// Another hand on the database.
fn alter(folder: &Folder, statement: &'static str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let file = folder.path().join("data/prereg.db");
    let options = SqliteConnectOptions::new().filename(file);
    runtime.unwrap().block_on(async {
        let mut connection: SqliteConnection = options.connect().await.unwrap();
        connection.execute(statement).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// A log of three tokens.
fn three_entries() -> Folder {
    let folder = Folder::new();
    for name in ["one", "two", "three"] {
        let run = run(&folder, &["token", "create", "--name", name]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    folder
}

#[test]
fn an_intact_log_exits_with_0_and_a_broken_one_with_1_and_the_place() {
    let folder = three_entries();
    let intact = json(&folder, &["audit", "verify"]);
    assert_eq!(
        (&intact["ok"], &intact["entries"]),
        (&true.into(), &3.into())
    );
    let told = run(&folder, &["audit", "verify"]);
    assert_eq!(told.code, 0);
    let head = told
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("head "));
    assert_eq!(head, intact["head"].as_str());

    alter(
        &folder,
        "UPDATE audit_log SET target = 'other' WHERE seq = 2",
    );
    let broken = run(&folder, &["audit", "verify"]);
    assert_eq!((broken.code, broken.stdout.as_str()), (1, ""));
    assert!(
        broken.stderr.contains("broken at entry 2"),
        "{}",
        broken.stderr
    );
    let broken = json(&folder, &["audit", "verify"]);
    assert_eq!(broken["error"], "audit_broken");
    // What was taken away together with the code of the end.
    let folder = three_entries();
    alter(&folder, "DELETE FROM audit_log WHERE seq = 3");
    let cut = run(&folder, &["audit", "verify"]);
    assert_eq!(cut.code, 1);
    assert!(cut.stderr.contains("broken at entry 3"), "{}", cut.stderr);
}

#[test]
fn a_head_that_was_written_down_must_be_part_of_the_log() {
    let folder = three_entries();
    let known = json(&folder, &["audit", "verify"])["head"].clone();
    let head = format!("--head={}", known.as_str().unwrap());
    run(&folder, &["token", "create"]);
    assert_eq!(run(&folder, &["audit", "verify", &head]).code, 0);
    let other = three_entries();
    let verified = run(&other, &["audit", "verify", &head]);
    assert_eq!(verified.code, 1);
    assert!(verified.stderr.contains("entry 3"), "{}", verified.stderr);
    let nonsense = run(&folder, &["audit", "verify", "--head=3:abc"]);
    assert_eq!(nonsense.code, 2);
    let nothing = run(&Folder::new(), &["audit", "verify"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("there is no"), "{}", nothing.stderr);
}

#[test]
fn a_command_that_cannot_be_written_down_does_nothing() {
    let folder = three_entries();
    let tokens = json(&folder, &["token", "list"]);
    let id = tokens[0]["id"].as_str().unwrap();
    alter(
        &folder,
        "CREATE TRIGGER refuse BEFORE INSERT ON audit_log \
         BEGIN SELECT RAISE(ABORT, 'no room for the log'); END",
    );
    let users = folder.file(
        "users.csv",
        "login,firstName,lastName,email\nada@acme.example,Ada,Lovelace,ada@acme.example\n",
    );
    let add = [
        "user",
        "add",
        "--login=ida@acme.example",
        "--first-name=I",
        "--last-name=R",
    ];
    for arguments in [
        &["token", "create", "--name", "four"][..],
        &["token", "revoke", id],
        &["user", "import", &users],
        &add,
    ] {
        let refused = run(&folder, arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
        let why = &refused.stderr;
        assert!(why.contains("no room for the log"), "{arguments:?}: {why}");
    }
    assert_eq!(json(&folder, &["token", "list"]), tokens);
    assert_eq!(json(&folder, &["user", "list"]), Value::Array(Vec::new()));
    alter(&folder, "DROP TRIGGER refuse");
    assert_eq!(run(&folder, &["token", "revoke", id]).code, 0);
    assert_eq!(json(&folder, &["audit", "verify"])["entries"], 4);
}
