//! The fulfillment provider's bodies and its state table.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

use prereg_types::Invalid;
use prereg_types::shipment::{CreateShipment, Shipment, ShipmentCreated, ShipmentState, Step};
use serde_json::{Value, json};

fn body() -> Value {
    json!({
        "delivery_type": 1,
        "recipient": {
            "recipient_company": "Acme", "recipient_email": "ada@acme.example",
            "recipient_firstname": "Ada", "recipient_lastname": "Lovelace",
            "recipient_telephone": "5550100",
        },
        "mailing_address": {
            "street_line1": "1 Main Street", "street_line2": "", "city": "Springfield",
            "region": "OR", "postal_code": "97477", "country_code_2": "US",
        },
        "shipment_items": [{
            "product_id": 1, "inventory_product_id": 106, "product_quantity": 1,
            "customization_id": "RXJN83",
            "product_customizations": [{
                "fido_pin_request": "a.b.c.d.e", "fido_credential_requests": ["f.g.h.i.j"],
            }],
        }],
    })
}

fn read(body: &Value) -> Result<CreateShipment, Invalid> {
    CreateShipment::from_json(body.to_string().as_bytes())
}

#[test]
fn the_published_body_survives_the_round_trip() {
    let shipment = read(&body()).unwrap();
    assert_eq!(serde_json::to_value(&shipment).unwrap(), body());
    assert_eq!(shipment.initial_state(), ShipmentState::ACCEPTED);
}

#[test]
fn each_limit_is_kept_to_the_character() {
    for (pointer, limit) in [
        ("/recipient/recipient_company", 20),
        ("/recipient/recipient_lastname", 20),
        ("/recipient/recipient_firstname", 15),
        ("/recipient/recipient_email", 80),
        ("/recipient/recipient_telephone", 40),
        ("/mailing_address/street_line1", 60),
        ("/mailing_address/street_line2", 60),
        ("/mailing_address/city", 60),
        ("/mailing_address/region", 50),
    ] {
        let mut body = body();
        *body.pointer_mut(pointer).unwrap() = "é".repeat(limit).into();
        assert!(read(&body).is_ok(), "{pointer}");
        *body.pointer_mut(pointer).unwrap() = "é".repeat(limit + 1).into();
        let error = read(&body).unwrap_err();
        assert_eq!(format!("/{}", error.path().replace('.', "/")), pointer);
    }
    for country in ["USA", "U", "U1", "é"] {
        let mut body = body();
        body["mailing_address"]["country_code_2"] = country.into();
        assert_eq!(
            read(&body).unwrap_err().path(),
            "mailing_address.country_code_2"
        );
    }
}

#[test]
fn missing_texts_make_an_incomplete_shipment() {
    let mut body = body();
    body["recipient"]
        .as_object_mut()
        .unwrap()
        .remove("recipient_lastname");
    assert_eq!(
        read(&body).unwrap().initial_state(),
        ShipmentState::INCOMPLETE_REQUEST
    );
}

#[test]
fn the_quantity_is_the_number_of_customizations() {
    let mut body = body();
    body["shipment_items"][0]["product_quantity"] = 2.into();
    assert_eq!(
        read(&body).unwrap_err().path(),
        "shipment_items[0].product_quantity"
    );
}

#[test]
fn answers_are_read_as_an_orchestrator_does() {
    let created = br#"{"shipment_id":"s1","shipment_state":{"shipment_state_id":3}}"#;
    assert_eq!(
        ShipmentCreated::from_json(created)
            .unwrap()
            .shipment_state
            .state()
            .id(),
        3
    );
    let shipped = json!({
        "shipment_id": "s1", "shipment_state": {"shipment_state_id": 103},
        "shipment_items": [{"product_data": [{
            "serial_number": "3632071", "firmware_version": "5.4.3",
            "fido_pin_response": "p", "fido_credential_responses": ["c1", "c2"],
        }]}],
    });
    let shipment = Shipment::from_json(shipped.to_string().as_bytes()).unwrap();
    let key = &shipment.shipment_items[0].product_data[0];
    assert_eq!(key.serial_number.as_str(), "3632071");
    assert_eq!(key.fido_credential_responses, ["c1", "c2"]);
    let waiting =
        br#"{"shipment_id":"s1","shipment_state":{"shipment_state_id":3},"shipment_items":[{}]}"#;
    assert!(
        Shipment::from_json(waiting).unwrap().shipment_items[0]
            .product_data
            .is_empty()
    );
}

#[test]
fn the_state_table_is_that_of_the_template() {
    let expect = |ids: &[u16], step: Step, marks: bool| {
        for id in ids {
            let found = ShipmentState::new(*id).orchestrator();
            assert_eq!((found.step, found.marks_error), (step, marks), "state {id}");
        }
    };
    expect(&[1, 2, 6, 7, 8, 9], Step::Ongoing, true);
    expect(
        &[3, 4, 5, 12, 100, 101, 102, 1025, 2000],
        Step::Ongoing,
        false,
    );
    expect(&[103, 104], Step::Ready, false);
    expect(
        &[99, 105, 106, 107, 108, 110, 0, 10, 11, 13, 109, 65535],
        Step::Error,
        true,
    );
    assert_eq!(ShipmentState::SHIPPED.name(), Some("Shipped"));
    assert!(ShipmentState::DELIVERED.has_product_data());
    assert!(!ShipmentState::LOST.has_product_data());
}
