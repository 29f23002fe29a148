//! `prereg shipment` and `prereg key` beside a running server.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::journey::{AT_ONCE, Shipped, order, ship};
use crate::server::{Folder, Server, program};

/// Runs a command on the data directory: its exit code and what it says in JSON.
pub(crate) fn command(folder: &Folder, arguments: &[&str], input: &str) -> (i32, Value) {
    let mut command = program();
    let data = format!("--data={}", folder.data().display());
    command.args(arguments).args([&data, "--json"]);
    let spawned = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.unwrap();
    // A command that refuses early closes its input: that is not a failure here.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    let output = child.wait_with_output().unwrap();
    let said = serde_json::from_slice(&output.stdout);
    let said = said.unwrap_or_else(|error| panic!("{arguments:?}: {error}: {output:?}"));
    (output.status.code().unwrap(), said)
}

/// What a command that goes well says.
pub(crate) fn done(folder: &Folder, arguments: &[&str], input: &str) -> Value {
    let (code, said) = command(folder, arguments, input);
    assert_eq!(code, 0, "{arguments:?}: {said}");
    said
}

/// Whether the relying party still has the PIN.
fn pin_available(server: &Server, shipped: &Shipped) -> Value {
    let path = format!(
        "/webauthn-registration/api/v1/users/{}/enrollments",
        shipped.user
    );
    let listed = server.okta("GET", &path, &Value::Null).json();
    listed[0]["profile"]["presetPinAvailable"].clone()
}

/// The person's half of the story, over a restart: the mailed PIN opens the key,
/// the first sign-in wipes it, and wrong ones count.
#[test]
fn a_person_signs_in_with_the_key_and_the_mailed_pin() {
    let folder = Folder::new();
    let server = Server::first(&folder, &AT_ONCE);
    let user = server.add_user("ada@acme.example");
    let shipped = ship(&server, &user);
    let keys = done(&folder, &["key", "list"], "");
    assert_eq!(keys[0]["delivered"], true);
    let serial = keys[0]["serial"].as_str().unwrap();
    let sign_in = |pin: &str| {
        let arguments = ["key", "authenticate", serial];
        command(&folder, &arguments, &format!("{pin}\n"))
    };
    // On the key, and not yet active: nobody can sign in, no try is used up.
    let (code, early) = sign_in("000000");
    assert_eq!((code, &early["error"]), (1, &json!("not_enrolled")));

    shipped.activate(&server);
    let pin = shipped.mailed_pin(&server, &folder);
    assert_eq!(pin_available(&server, &shipped), true);
    let (code, signed_in) = sign_in(&pin);
    assert_eq!(code, 0, "{signed_in}");
    let expected = json!({
        "ok": true, "serial": serial, "user_id": user, "rp_id": "login.acme.example",
        "enrollment_id": shipped.enrollment, "factor_result": "SUCCESS",
    });
    assert_eq!(signed_in, expected);
    assert_eq!(pin_available(&server, &shipped), false);

    for _ in 0..2 {
        let (code, refused) = sign_in("000000");
        assert_eq!((code, &refused["error"]), (1, &json!("key_refused")));
    }
    let tokens = server.stop();
    let server = Server::again(&folder, &AT_ONCE, tokens);
    let (_, third) = sign_in("000000");
    assert!(
        third["message"]
            .as_str()
            .unwrap()
            .contains("PIN_AUTH_BLOCKED")
    );
    let (code, _) = sign_in(&pin);
    assert_eq!(code, 1, "the right PIN does not help before a power cycle");
    let key = done(&folder, &["key", "show", serial], "");
    assert_eq!(
        (&key["pin_retries"], &key["power_cycle_required"]),
        (&json!(5), &json!(true))
    );
    assert_eq!(key["credentials"][0]["user_id"], user.as_str());
    done(&folder, &["key", "power-cycle", serial], "");
    let (code, said) = sign_in(&pin);
    assert_eq!(code, 0, "{said}");
    let key = done(&folder, &["key", "show", serial], "");
    assert_eq!(key["pin_retries"], 8);

    done(&folder, &["key", "reset", serial], "");
    let (_, empty) = sign_in(&pin);
    assert_eq!(empty["error"], "not_enrolled");
    assert!(!server.log().contains(&pin));
    let tokens = done(&folder, &["token", "list"], "");
    let borrowed = tokens.as_array().unwrap().iter();
    let mut borrowed = borrowed
        .filter(|token| token["name"] == "key authenticate")
        .peekable();
    assert!(borrowed.peek().is_some());
    assert!(borrowed.all(|token| token["state"] == "revoked"));
}

#[test]
fn a_running_server_sees_what_commands_do_to_a_shipment() {
    let folder = Folder::new();
    let server = Server::first(&folder, &[]);
    let user = server.add_user("ada@acme.example");
    let (_, id) = order(&server, &user);
    let over_http = || {
        let path = format!("/v1/fpr/shipments/{id}");
        let shipment = server.yubico("GET", &path, &Value::Null).json();
        let shipped = shipment["shipment_items"][0].get("product_data").is_some();
        let state = &shipment["shipment_state"]["shipment_state_id"];
        (state.as_u64().unwrap(), shipped)
    };
    let run = |arguments: &[&str]| {
        let said = done(&folder, &[&["shipment"], arguments].concat(), "");
        (said["state"].as_u64(), said["paused"].as_bool())
    };
    assert_eq!(over_http(), (3, false));
    assert_eq!(run(&["advance", &id]), (Some(100), Some(false)));
    assert_eq!(over_http(), (100, false));
    assert_eq!(run(&["fail", &id]), (Some(8), Some(false)));
    assert_eq!(over_http(), (8, false));
    assert_eq!(run(&["pause", &id]), (Some(8), Some(true)));
    let (code, refused) = command(&folder, &["shipment", "advance", &id], "");
    assert_eq!((code, &refused["error"]), (1, &json!("shipment_paused")));
    assert_eq!(run(&["resume", &id]), (Some(8), Some(false)));
    for state in [3, 100, 103] {
        assert_eq!(run(&["advance", "--all"]), (Some(state), Some(false)));
    }
    assert_eq!(over_http(), (103, true));

    let keys = done(&folder, &["key", "list"], "");
    let serial = keys[0]["serial"].as_str().unwrap();
    let arguments = ["key", "authenticate", serial];
    let (code, early) = command(&folder, &arguments, "000000\n");
    assert_eq!((code, &early["error"]), (1, &json!("key_not_delivered")));
    assert_eq!(
        run(&["fail", &id, "--state", "105"]),
        (Some(105), Some(false))
    );
    assert_eq!(over_http(), (105, false));
    let shown = done(&folder, &["shipment", "show", &id], "");
    assert_eq!(shown["keys"][0]["serial"], serial);
    assert_eq!(shown["state_name"], "Lost/Missing");
    let listed = done(&folder, &["shipment", "list"], "");
    assert_eq!(listed[0]["shipment_id"], id.as_str());
}
