//! From the order to the key in a person's hands, over HTTP.

use std::time::Duration;

use authenticator::Pin;
use axum::body::Body;
use getrandom::SysRng;
use prereg_types::ShipmentId;
use prereg_types::api::{
    ActivateCommand, CredResponse, EnrollmentInitializationResponse, FulfillmentProvider,
    SendPinCommand,
};
use prereg_types::shipment::{ProductData, Shipment, ShipmentState};
use relying_party::Assertion;
use relying_party::clock::Clock as _;
use relying_party::event::Caller;
use relying_party::mail::{Content, MemoryMailer, deliver};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use yubico_sim::{Fault, SignIn};

use super::world::{SHIPMENTS, World, order};
use crate::clock::SystemClock;
use crate::config::Progression;
use crate::store::TokenKind;
use crate::yubico;

async fn product(world: &World, id: &str) -> Option<ProductData> {
    let answer = world.get(&format!("{SHIPMENTS}/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let shipment = Shipment::from_json(answer.body.to_string().as_bytes()).unwrap();
    assert_eq!(shipment.shipment_id.as_str(), id);
    shipment.shipment_items[0].product_data.first().cloned()
}

async fn divert(world: &World, id: &str, state: ShipmentState) {
    let id = ShipmentId::parse(id).unwrap();
    let done = world.provider.divert(&id, state, SystemClock.now()).await;
    done.unwrap();
}

fn activation(
    world: &World,
    requests: &EnrollmentInitializationResponse,
    product: &ProductData,
) -> ActivateCommand {
    let responses = product.fido_credential_responses.iter();
    let pairs = requests.cred_requests.iter().zip(responses);
    ActivateCommand {
        user_id: world.user.clone(),
        provider: FulfillmentProvider::Yubico,
        serial: product.serial_number.clone(),
        version: product.firmware_version,
        pin_response_jwe: product.fido_pin_response.clone(),
        cred_responses: pairs
            .map(|(request, jwe)| CredResponse {
                enrollment_id: request.authenticator_enrollment_id.clone(),
                jwe: jwe.clone(),
            })
            .collect(),
        signing_keys: world.provider.signing_jwks(),
    }
}

#[tokio::test]
async fn a_key_goes_from_the_order_to_the_first_sign_in() {
    let world = World::new().await;
    let requests = world.enroll().await;
    let created = world.post(&order(&requests)).await;
    assert_eq!(created.status, 201);
    let expected = json!({"shipment_state_id": 3});
    assert_eq!(created.body["shipment_state"], expected);
    let id = created.body["shipment_id"].as_str().unwrap();
    assert_eq!(product(&world, id).await, None);
    divert(&world, id, ShipmentState::SHIPPED).await;
    let product = product(&world, id).await.unwrap();

    let command = activation(&world, &requests, &product);
    let caller = Caller::system();
    let active = world.party.activate(&caller, &command, &mut SysRng).await;
    let enrollment = active.unwrap().authenticator_enrollment_ids.remove(0);
    let pin = mailed_pin(&world, &enrollment).await;
    divert(&world, id, ShipmentState::DELIVERED).await;
    let mut rng = SysRng;
    let begun = world
        .party
        .begin_authentication(&world.user, &enrollment, &mut rng);
    let asked = begun.await.unwrap();
    let sign_in = SignIn {
        rp_id: &asked.rp_id,
        origin: &asked.rp_id.origin(),
        challenge: &asked.challenge,
        allow_list: &[&asked.credential_id],
        pin: Some(&pin),
    };
    let made = world
        .provider
        .authenticate(&product.serial_number, &sign_in);
    let made = made.await.unwrap();
    let assertion = Assertion {
        credential_id: Some(made.id),
        client_data_json: made.response.client_data_json,
        authenticator_data: made.response.authenticator_data,
        signature: made.response.signature,
        user_handle: made.response.user_handle,
    };
    let finished = world
        .party
        .finish_authentication(&world.user, &enrollment, &assertion);
    finished.await.unwrap();
}

async fn mailed_pin(world: &World, enrollment: &prereg_types::EnrollmentId) -> Pin {
    let command = SendPinCommand {
        user_id: world.user.clone(),
        provider: FulfillmentProvider::Yubico,
        enrollment_id: enrollment.clone(),
    };
    world.party.send_pin(&command).await.unwrap();
    let mailer = MemoryMailer::default();
    deliver(world.party.store(), &mailer, 10).await.unwrap();
    let sent = mailer.sent();
    let Content::Pin(content) = &sent[0].content else {
        panic!("no PIN mail");
    };
    Pin::new(content.pin.expose())
}

#[tokio::test]
async fn the_same_requests_are_served_once() {
    let world = World::new().await;
    let body = world.order().await;
    assert_eq!(world.post(&body).await.status, 201);
    let again = world.post(&body).await;
    assert_eq!(again.refusal(), (400, "request_replayed", "shipment_items"));
}

#[tokio::test]
async fn an_order_is_taken_with_its_audit_entry_or_not_at_all() {
    let world = World::new().await;
    let body = world.order().await;
    world.db.refuse_audit(true).await;
    world.next_fault.choose(Some(Fault::UpUnset));
    let refused = world.post(&body).await;
    assert_eq!(refused.refusal(), (500, "internal", ""));
    assert_eq!(world.get(SHIPMENTS).await.body["total_count"], 0);
    assert_eq!(world.next_fault.peek(), Some(Fault::UpUnset));
    world.db.refuse_audit(false).await;
    // The same requests: they were not used up.
    let created = world.post(&body).await;
    assert_eq!(created.status, 201);
    assert_eq!(world.post(&body).await.status, 400);
    let records = world.db.audit_entries(0, 10).await.unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|record| (record.entry.target.as_str(), record.entry.outcome.as_str()))
        .collect();
    let id = created.body["shipment_id"].as_str().unwrap();
    assert_eq!(told, [(id, "ok"), ("", "request_replayed")]);
    assert!(
        records
            .iter()
            .all(|record| record.entry.action == "shipment.create")
    );
}

#[tokio::test]
async fn shipments_are_listed_newest_first_and_page_by_page() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.create().await);
    }
    ids.reverse();
    let list = world.get(&format!("{SHIPMENTS}?limit=2")).await.body;
    assert_eq!(list["total_count"], 3);
    let rest = world
        .get(&format!("{SHIPMENTS}?limit=2&offset=2"))
        .await
        .body;
    let rows = [&list, &rest].map(|page| page["shipments"].as_array().unwrap().clone());
    let listed: Vec<Value> = rows
        .concat()
        .iter()
        .map(|row| row["shipment_id"].clone())
        .collect();
    assert_eq!(listed, ids);
    let row = &rows[0][0];
    assert_eq!(row["shipment_state"]["shipment_state_id"], 3);
    assert_eq!((&row["keys"], &row["paused"]), (&json!(1), &json!(false)));
    assert!(
        row.get("shipment_items").is_none(),
        "a list has no product data"
    );
    assert!(row["created"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn a_header_or_a_customization_asks_for_a_fault() {
    let world = World::new().await;
    let by_header = |body: Value, fault: &'static str| {
        let request = world
            .request("POST", SHIPMENTS)
            .header("X-Prereg-Fault", fault);
        world.call(request.body(Body::from(body.to_string())).unwrap())
    };
    let created = by_header(world.order().await, "tampered-tag").await;
    assert_eq!(created.status, 201);
    let mut body = world.order().await;
    body["shipment_items"][0]["customization_id"] = json!("fault:up-unset");
    assert_eq!(world.post(&body).await.status, 201);
    let mut both = world.order().await;
    both["shipment_items"][0]["customization_id"] = json!("fault:up-unset");
    assert_eq!(by_header(both, "wrong-origin").await.status, 201);
    let list = world.get(SHIPMENTS).await.body;
    let faults: Vec<&str> = list["shipments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["fault"].as_str().unwrap())
        .collect();
    assert_eq!(faults, ["wrong-origin", "up-unset", "tampered-tag"]);
}

#[tokio::test]
async fn a_fault_chosen_at_the_page_strikes_the_next_shipment_that_comes_to_be() {
    let world = World::new().await;
    world.next_fault.choose(Some(Fault::TamperedTag));
    let used_up = world.order().await;
    assert_eq!(world.post(&used_up).await.status, 201);
    world.next_fault.choose(Some(Fault::UpUnset));
    assert_eq!(world.post(&used_up).await.status, 400);
    assert_eq!(world.next_fault.peek(), Some(Fault::UpUnset));
    for _ in 0..2 {
        assert_eq!(world.post(&world.order().await).await.status, 201);
    }
    let list = world.get(SHIPMENTS).await.body;
    let faults = [0, 1, 2].map(|row: usize| list["shipments"][row]["fault"].clone());
    assert_eq!(
        faults,
        [Value::Null, json!("up-unset"), json!("tampered-tag")]
    );
}

/// A fault by header is the fault by name: the relying party meets it.
#[tokio::test]
async fn a_fault_asked_for_meets_its_refusal() {
    let world = World::new().await;
    for fault in [Fault::TamperedTag, Fault::ForeignChain, Fault::WrongOrigin] {
        let requests = world.enroll().await;
        let mut body = order(&requests);
        body["shipment_items"][0]["customization_id"] = json!(format!("fault:{fault}"));
        let created = world.post(&body).await.body;
        let id = created["shipment_id"].as_str().unwrap();
        divert(&world, id, ShipmentState::SHIPPED).await;
        let product = product(&world, id).await.unwrap();
        let command = activation(&world, &requests, &product);
        let caller = Caller::system();
        let refused = world.party.activate(&caller, &command, &mut SysRng).await;
        assert_eq!(refused.unwrap_err().code(), fault.refusal(), "{fault}");
    }
}

#[tokio::test]
async fn with_time_shipments_move_by_themselves() {
    let world = World::with(Progression::Timed(Duration::ZERO)).await;
    let created = world.post(&world.order().await).await.body;
    assert_eq!(created["shipment_state"]["shipment_state_id"], 104);
    let id = created["shipment_id"].as_str().unwrap();
    assert!(product(&world, id).await.is_some());

    // A shipment set back by a person is delivered again by the ticker.
    divert(&world, id, ShipmentState::IN_PROGRESS).await;
    let stop = CancellationToken::new();
    let ticker = tokio::spawn(yubico::tick(world.provider.clone(), stop.clone()));
    let delivered = async {
        while product(&world, id).await.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), delivered)
        .await
        .unwrap();
    stop.cancel();
    ticker.await.unwrap();
}

#[tokio::test]
async fn a_paused_provider_takes_orders_and_holds_them() {
    let world = World::with(Progression::Paused).await;
    let id = ShipmentId::parse(&world.create().await).unwrap();
    let now = SystemClock.now();
    assert!(world.provider.advance(&id, now).await.is_err());
    let list = world.get(SHIPMENTS).await.body;
    assert_eq!(list["shipments"][0]["paused"], true);
    world.provider.resume(&id, now).await.unwrap();
    world.provider.advance(&id, now).await.unwrap();
}

#[tokio::test]
async fn a_reading_token_reads_and_orders_nothing() {
    let mut world = World::new().await;
    let id = world.create().await;
    let scopes = [crate::auth::Scope::ShipmentsRead];
    world.token = world.token_for(TokenKind::Yubico, &scopes).await;
    assert_eq!(world.get(SHIPMENTS).await.status, 200);
    assert_eq!(world.get(&format!("{SHIPMENTS}/{id}")).await.status, 200);
    let refused = world.post(&world.order().await).await;
    assert_eq!(refused.refusal(), (403, "insufficient_scope", ""));
    assert_eq!(world.get(SHIPMENTS).await.body["total_count"], 1);
}
