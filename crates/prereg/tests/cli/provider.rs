//! `prereg shipment` and `prereg key` on a data directory where nothing was
//! ordered yet. What they do to shipments and keys is tested with a server.

use serde_json::{Value, json};

use crate::program::{Folder, Run, run};

/// A founded data directory.
fn founded() -> (Folder, String) {
    let folder = Folder::new();
    let data = folder.path().join("data").to_str().unwrap().to_owned();
    let made = run(&["token", "create", "--data", &data], b"");
    assert_eq!(made.code, 0, "{}", made.stderr);
    (folder, data)
}

fn json_of(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn nothing_is_listed_where_nothing_was_ordered() {
    let (_folder, data) = founded();
    for what in ["shipment", "key"] {
        let list = run(&[what, "list", "--data", &data, "--json"], b"");
        assert_eq!((list.code, json_of(&list)), (0, json!([])));
    }
    let people = run(&["shipment", "list", "--data", &data], b"");
    assert_eq!(people.stdout.lines().count(), 1, "the headings alone");
}

#[test]
fn what_is_not_there_is_refused_with_its_code() {
    let (_folder, data) = founded();
    for (arguments, code) in [
        (&["shipment", "show", "none"][..], "unknown_shipment"),
        (&["shipment", "advance", "none"], "unknown_shipment"),
        (
            &["shipment", "fail", "none", "--state", "99"],
            "unknown_shipment",
        ),
        (&["shipment", "pause", "none"], "unknown_shipment"),
        (&["shipment", "resume", "none"], "unknown_shipment"),
        (&["key", "show", "1632071998"], "unknown_key"),
        (&["key", "power-cycle", "1632071998"], "unknown_key"),
        (&["key", "reset", "1632071998"], "unknown_key"),
    ] {
        let arguments = [arguments, &["--data", &data, "--json"]].concat();
        let refused = run(&arguments, b"");
        assert_eq!(refused.code, 1, "{arguments:?}");
        assert_eq!(json_of(&refused)["error"], code, "{arguments:?}");
    }
}

#[test]
fn nobody_signs_in_where_no_server_runs() {
    let (_folder, data) = founded();
    let arguments = ["key", "authenticate", "1632071998", "--data", &data];
    let refused = run(&arguments, b"84726153\n");
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("prereg serve --data"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("84726153"));
}

#[test]
fn wrong_usage_is_told_from_refusals() {
    let (folder, data) = founded();
    let nowhere = folder.path().join("nowhere").to_str().unwrap().to_owned();
    for arguments in [
        &["shipment", "list", "--data", &nowhere][..],
        &["shipment", "show", "a b", "--data", &data],
        &["shipment", "advance", "--data", &data],
        &["shipment", "advance", "a", "--all", "--data", &data],
        &["shipment", "fail", "a", "--state", "70000", "--data", &data],
        &["key", "show", "12345678901", "--data", &data],
        &[
            "key",
            "authenticate",
            "1",
            "--okta-url",
            "http://127.0.0.1:1",
            "--data",
            &data,
        ],
        &[
            "key",
            "authenticate",
            "1",
            "--rp-id",
            "https://a",
            "--data",
            &data,
        ],
    ] {
        assert_eq!(run(arguments, b"").code, 2, "{arguments:?}");
    }
    assert!(
        !folder.path().join("nowhere").exists(),
        "nothing is founded"
    );
}
