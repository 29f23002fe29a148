//! Faults that a shipment is ordered with, over HTTP: each is refused by the rule
//! that it breaks, and the enrollment stays as it was.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{self, Answer};
use crate::journey::{AT_ONCE, REGISTRATION, jwks, ok, shipment};
use crate::keys;
use crate::server::{Folder, Server, program};

/// How an order names its fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Header,
    CustomizationId,
}

const FAULT: &str = "x-prereg-fault";

/// What `prereg faults` lists: name, refusal, and who commits it.
fn faults() -> Vec<[String; 3]> {
    let listed = program().args(["faults", "--json"]).output().unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    let rows = text.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        ["name", "refusal", "by"].map(|name| row[name].as_str().unwrap().to_owned())
    });
    rows.collect()
}

fn provider(server: &Server, method: &str, path: &str, fault: &str, body: &Value) -> Answer {
    let token = format!("Bearer {}", server.tokens.yubico);
    let headers = [("authorization", token.as_str()), (FAULT, fault)];
    let sent = client::request_with(method, path, &headers, body);
    client::try_send(&server.yubico_url, &sent).unwrap()
}

/// A user's key for two sites, ordered with a fault: the body of its activation.
fn ordered_with(server: &Server, user: &str, fault: &str, by: By) -> Value {
    let enrollment = json!({
        "userId": user,
        "fulfillmentProvider": "yubico",
        "enrollmentRpIds": ["acme.example", "login.acme.example"],
        "yubicoTransportKeyJWK": jwks(server, "yubico-transport-keys.jwks")["keys"][0],
    });
    let requests = ok(&server.okta("POST", &format!("{REGISTRATION}/enroll"), &enrollment));
    let requested = requests["credRequests"].as_array().unwrap();
    let tokens: Vec<_> = requested
        .iter()
        .map(|one| one["credRequestJwe"].clone())
        .collect();
    let mut order = shipment(&requests["pinRequestJwe"], &tokens);
    let header = if by == By::Header { fault } else { "" };
    if by == By::CustomizationId {
        order["shipment_items"][0]["customization_id"] = json!(format!("fault:{fault}"));
    }
    let created = ok(&provider(
        server,
        "POST",
        "/v1/fpr/shipments",
        header,
        &order,
    ));
    let path = format!(
        "/v1/fpr/shipments/{}",
        created["shipment_id"].as_str().unwrap()
    );
    let shipped = ok(&server.yubico("GET", &path, &Value::Null));
    let product = &shipped["shipment_items"][0]["product_data"][0];
    let responses = product["fido_credential_responses"].as_array().unwrap();
    let pairs = requested.iter().zip(responses);
    let responses: Vec<_> = pairs
        .map(|(request, response)| {
            json!({
                "authenticatorEnrollmentId": request["authenticatorEnrollmentId"],
                "credResponseJwe": response,
            })
        })
        .collect();
    // One fault is about the keys that the provider publishes.
    let path = "/.well-known/yubico-sign.jwks";
    let signing = ok(&provider(server, "GET", path, fault, &Value::Null));
    json!({
        "userId": user,
        "fulfillmentProvider": "yubico",
        "serial": product["serial_number"],
        "version": product["firmware_version"],
        "pinResponseJwe": product["fido_pin_response"],
        "credResponses": responses,
        "yubicoSigningJwks": signing["keys"],
    })
}

fn statuses(server: &Server, user: &str) -> Vec<Value> {
    let path = format!("{REGISTRATION}/users/{user}/enrollments");
    let listed = ok(&server.okta("GET", &path, &Value::Null));
    let listed = listed.as_array().unwrap().iter();
    listed.map(|factor| factor["status"].clone()).collect()
}

/// How each user's activation ended, by the audit log.
fn outcomes(folder: &Folder) -> BTreeMap<String, String> {
    let log = keys::done(folder, &["audit", "list"], "");
    let activations = log.as_array().unwrap().iter();
    activations
        .filter(|entry| entry["action"] == "activatePreregistrationEnrollment")
        .map(|entry| ["target", "outcome"].map(|name| entry[name].as_str().unwrap().to_owned()))
        .map(|[user, outcome]| (user, outcome))
        .collect()
}

#[test]
fn every_fault_is_had_by_header_and_by_customization_id_and_refused() {
    let folder = Folder::new();
    let server = Server::first(&folder, &AT_ONCE);
    let activate = format!("{REGISTRATION}/activate");
    let mut expected = BTreeMap::new();
    for [fault, refusal, culprit] in faults() {
        if culprit == "orchestrator" {
            continue;
        }
        for by in [By::Header, By::CustomizationId] {
            let user = server.add_user(&format!("{fault}.{by:?}@acme.example"));
            let body = ordered_with(&server, &user, &fault, by);
            let refused = server.okta("POST", &activate, &body);
            assert_eq!(refused.status, 400, "{fault}: {refused:?}");
            assert_eq!(refused.json()["errorCode"], "E0000001", "{fault}");
            let pending = ["PENDING_ACTIVATION", "PENDING_ACTIVATION"];
            assert_eq!(statuses(&server, &user), pending, "{fault}");
            expected.insert(user, (fault.clone(), by, refusal.clone()));
        }
    }
    assert!(expected.len() > 80);
    let ended = outcomes(&folder);
    for (user, (fault, by, refusal)) in expected {
        assert_eq!(ended[&user], refusal, "{fault} by {by:?}");
    }
    // And a shipment that names none is in order.
    let user = server.add_user("ada@acme.example");
    let body = ordered_with(&server, &user, "", By::Header);
    ok(&server.okta("POST", &activate, &body));
    assert_eq!(statuses(&server, &user), ["ACTIVE", "ACTIVE"]);
}

#[test]
fn a_fault_that_is_none_is_refused_before_anything_is_made() {
    let folder = Folder::new();
    let server = Server::first(&folder, &AT_ONCE);
    let order = shipment(&json!("a"), &[json!("b")]);
    let refused = provider(
        &server,
        "POST",
        "/v1/fpr/shipments",
        "no-such-fault",
        &order,
    );
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (400, &json!("unknown_fault"))
    );
    let mut order = order;
    order["shipment_items"][0]["customization_id"] = json!("fault:no-such-fault");
    let refused = provider(&server, "POST", "/v1/fpr/shipments", "", &order);
    assert_eq!(
        (refused.status, &refused.json()["error"]["code"]),
        (400, &json!("unknown_fault"))
    );
    let listed = ok(&server.yubico("GET", "/v1/fpr/shipments", &Value::Null));
    assert_eq!(listed["total_count"], 0);
}
