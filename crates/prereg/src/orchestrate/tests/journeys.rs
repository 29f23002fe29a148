use std::io;
use std::path::PathBuf;
use std::time::Duration;

use getrandom::SysRng;
use jose_core::jwk::{KeyUse, PrivateJwk};
use serde_json::{Value, json};

use super::script::{Answer, Script};
use crate::orchestrate::{
    Address, Ends, Journey, Observer, Okta, Order, Patience, Saved, Step, Stop, Yubico,
};

const PREREG: &str = "/webauthn-registration/api/v1";

/// Two servers that let a key through.
struct Scene {
    okta: Script,
    yubico: Script,
    state: Option<PathBuf>,
}

#[derive(Default)]
struct Seen(Vec<Value>);

impl Observer for Seen {
    fn step(&mut self, step: &Step) -> io::Result<()> {
        self.0
            .push(serde_json::to_value(step).map_err(io::Error::from)?);
        Ok(())
    }
}

fn key(kid: &str, key_use: KeyUse) -> Value {
    let key = PrivateJwk::generate(&mut SysRng)
        .unwrap()
        .with_kid(kid)
        .with_use(key_use);
    json!({"keys": [serde_json::from_str::<Value>(&key.public().to_json()).unwrap()]})
}

fn shipment(state: u16, product: &Value) -> Answer {
    Answer::json(&json!({
        "shipment_id": "s1", "shipment_state": {"shipment_state_id": state},
        "shipment_items": [{"product_data": product}],
    }))
}

fn product(responses: &[&str]) -> Value {
    json!([{
        "serial_number": "3632071", "firmware_version": "5.7.1",
        "fido_pin_response": "pin.response", "fido_credential_responses": responses,
    }])
}

impl Scene {
    fn new(status: &str) -> Self {
        let (okta, yubico) = (Script::new(), Script::new());
        let profile = json!({
            "login": "ada@acme.example", "email": "ada@acme.example", "firstName": "Ada",
            "lastName": "Lovelace-Byron of Ockham", "secondEmail": "ada@home.example",
        });
        let user = json!({"id": "00u1", "status": status, "profile": profile});
        let enrolled = json!({
            "userId": "00u1", "fulfillmentProvider": "yubico", "pinRequestJwe": "pin.request",
            "credRequests": [
                {"authenticatorEnrollmentId": "fwf1", "credRequestJwe": "c.1", "keyId": "k1"},
                {"authenticatorEnrollmentId": "fwf2", "credRequestJwe": "c.2", "keyId": "k2"},
            ],
        });
        let activated = json!({
            "userId": "00u1", "fulfillmentProvider": "yubico",
            "authenticatorEnrollmentIds": ["fwf1", "fwf2"],
        });
        okta.on(
            "GET /api/v1/users/ada%40acme%2Eexample",
            Answer::json(&user),
        )
        .on(
            &format!("POST {PREREG}/initiate-fulfillment-request"),
            Answer::status(204, ""),
        )
        .on(&format!("POST {PREREG}/enroll"), Answer::json(&enrolled))
        .on(&format!("POST {PREREG}/activate"), Answer::json(&activated))
        .on(&format!("POST {PREREG}/send-pin"), Answer::status(204, ""))
        .on(&mark("fwf1"), Answer::status(204, ""))
        .on(&mark("fwf2"), Answer::status(204, ""));
        let created = json!({"shipment_id": "s1", "shipment_state": {"shipment_state_id": 3}});
        yubico
            .on(
                "GET /.well-known/yubico-transport-keys.jwks",
                Answer::json(&key("T1", KeyUse::Enc)),
            )
            .on(
                "GET /.well-known/yubico-sign.jwks",
                Answer::json(&key("S1", KeyUse::Sig)),
            )
            .on(
                "POST /v1/fpr/shipments",
                Answer::status(201, &created.to_string()),
            );
        Self {
            okta,
            yubico,
            state: None,
        }
    }

    fn shipments(&self, answers: &[(u16, Value)]) {
        for (state, product) in answers {
            self.yubico
                .on("GET /v1/fpr/shipments/s1", shipment(*state, product));
        }
    }

    fn run(&self) -> (Result<(), Stop>, Vec<Value>) {
        let okta = Okta::new(self.okta.client("SSWS t"));
        let yubico = Yubico::new(self.yubico.client("Bearer y"));
        let order = Order {
            login: "ada@acme.example".to_owned(),
            rp_ids: ["acme.example", "login.acme.example"]
                .map(|host| prereg_types::RpId::parse(host).unwrap())
                .to_vec(),
            product_id: 29,
            inventory_product_id: 107,
            customization_id: Some("RXJN83".to_owned()),
            express: true,
            address: Address {
                company: Some("Analytical Engines of London Ltd".to_owned()),
                telephone: None,
                street: "12 St James's Square".to_owned(),
                street2: None,
                city: "London".to_owned(),
                region: None,
                postal_code: Some("SW1Y 4JH".to_owned()),
                country: "GB".to_owned(),
            },
        };
        let ends = Ends {
            okta: self.okta.base().to_owned(),
            yubico: self.yubico.base().to_owned(),
        };
        let mut seen = Seen::default();
        let saved = Saved::open(self.state.as_deref(), ends);
        let arrived = saved.and_then(|saved| {
            let journey = Journey {
                okta: &okta,
                yubico: &yubico,
                order: &order,
                patience: Patience {
                    poll: Duration::ZERO,
                    timeout: Duration::from_millis(300),
                },
                saved,
                observer: &mut seen,
            };
            journey.run()
        });
        (arrived.map(drop), seen.0)
    }
}

fn mark(enrollment: &str) -> String {
    format!("POST {PREREG}/users/00u1/enrollments/{enrollment}/mark-error")
}

#[test]
fn a_key_goes_from_the_order_to_the_pin() {
    let scene = Scene::new("STAGED");
    scene.shipments(&[
        (3, json!([])),
        (100, json!([])),
        (100, json!([])),
        (103, product(&["r.1", "r.2"])),
    ]);
    let (arrived, steps) = scene.run();
    arrived.unwrap();
    let names: Vec<_> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "user", "initiate", "enroll", "ship", "wait", "wait", "wait", "activate", "send_pin"
        ]
    );
    let recipients = &steps.last().unwrap()["recipients"];
    assert_eq!(*recipients, json!(["ada@acme.example", "ada@home.example"]));
    let okta = scene.okta.asked();
    assert!(okta.iter().all(|asked| asked.authorization == "SSWS t"));
    let bodies = |end: &str| {
        okta.iter()
            .find(|asked| asked.call.ends_with(end))
            .unwrap()
            .body
            .clone()
    };
    let order = &bodies("initiate-fulfillment-request")["fulfillmentData"][0];
    let expected =
        json!({"productId": "29", "customizationId": "RXJN83", "inventoryProductId": "107"});
    assert_eq!(*order, expected);
    let activation = bodies("activate");
    assert_eq!(
        activation["credResponses"][0]["authenticatorEnrollmentId"],
        "fwf1"
    );
    assert_eq!(activation["credResponses"][0]["credResponseJwe"], "r.1");
    assert_eq!(activation["credResponses"][1]["credResponseJwe"], "r.2");
    assert_eq!(activation["yubicoSigningJwks"][0]["kid"], "S1");
    assert_eq!(activation["serial"], "3632071");
    assert_eq!(bodies("send-pin")["authenticatorEnrollmentId"], "fwf1");
    let yubico = scene.yubico.asked();
    assert!(yubico.iter().all(|asked| asked.authorization == "Bearer y"));
    let shipment = yubico
        .iter()
        .find(|asked| asked.call.starts_with("POST"))
        .unwrap();
    let recipient = &shipment.body["recipient"];
    assert_eq!(recipient["recipient_lastname"], "Lovelace-Byron of Oc");
    assert_eq!(recipient["recipient_company"], "Analytical Engines o");
    assert_eq!(shipment.body["delivery_type"], 2);
    let item = &shipment.body["shipment_items"][0]["product_customizations"][0];
    assert_eq!(item["fido_credential_requests"], json!(["c.1", "c.2"]));
    assert_eq!(scene.okta.times(&mark("fwf1")), 0);
}

#[test]
fn states_that_go_wrong_and_on_are_marked_once_and_waited_for() {
    let scene = Scene::new("ACTIVE");
    scene.shipments(&[
        (1, json!([])),
        (1, json!([])),
        (7, json!([])),
        (104, product(&["r.1", "r.2"])),
    ]);
    let (arrived, steps) = scene.run();
    arrived.unwrap();
    assert_eq!(scene.okta.times(&mark("fwf1")), 2);
    assert_eq!(scene.okta.times(&mark("fwf2")), 2);
    assert_eq!(
        steps.last().unwrap()["recipients"],
        json!(["ada@acme.example"])
    );
}

#[test]
fn a_shipment_that_failed_is_marked_and_given_up() {
    let scene = Scene::new("ACTIVE");
    scene.shipments(&[(105, json!([]))]);
    let (arrived, _) = scene.run();
    let stop = arrived.unwrap_err();
    assert_eq!(stop.code(), "shipment_failed");
    assert!(stop.to_string().contains("105 (Lost/Missing)"), "{stop}");
    assert_eq!(scene.okta.times(&mark("fwf1")), 1);
    assert_eq!(scene.okta.times(&format!("POST {PREREG}/activate")), 0);
}

#[test]
fn responses_that_do_not_match_the_requests_are_not_activated() {
    for product in [
        product(&["r.1"]),
        json!([]),
        json!([product(&["a", "b"])[0], product(&["a", "b"])[0]]),
    ] {
        let scene = Scene::new("ACTIVE");
        scene.shipments(&[(103, product)]);
        assert_eq!(scene.run().0.unwrap_err().code(), "mismatch");
        assert_eq!(scene.okta.times(&format!("POST {PREREG}/activate")), 0);
    }
}

#[test]
fn an_order_that_may_have_been_taken_is_not_sent_twice() {
    let scene = Scene::new("ACTIVE");
    let unsure = Script::new();
    unsure
        .on(
            "GET /.well-known/yubico-transport-keys.jwks",
            Answer::json(&key("T1", KeyUse::Enc)),
        )
        .on("POST /v1/fpr/shipments", Answer::status(503, ""));
    let scene = Scene {
        yubico: unsure,
        ..scene
    };
    assert_eq!(scene.run().0.unwrap_err().code(), "refused");
    assert_eq!(scene.yubico.times("POST /v1/fpr/shipments"), 1);
}

#[test]
fn a_state_file_goes_on_where_it_stopped() {
    let folder = std::env::temp_dir().join(format!("prereg-orchestrate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let state = folder.join("ada.json");
    let mut scene = Scene::new("ACTIVE");
    scene.state = Some(state.clone());
    for _ in 0..2 {
        scene.shipments(&[(100, json!([]))]);
    }
    let (arrived, _) = scene.run();
    assert_eq!(arrived.unwrap_err().code(), "shipment_pending");
    let text = std::fs::read_to_string(&state).unwrap();
    assert!(!text.contains("SSWS") && !text.contains("Bearer"));
    scene.shipments(&[(103, product(&["r.1", "r.2"]))]);
    let (arrived, steps) = scene.run();
    arrived.unwrap();
    assert_eq!(steps[1]["step"], "resumed");
    assert_eq!(scene.okta.times(&format!("POST {PREREG}/enroll")), 1);
    assert_eq!(scene.yubico.times("POST /v1/fpr/shipments"), 1);
    // Done is done.
    scene.run().0.unwrap();
    assert_eq!(scene.okta.times(&format!("POST {PREREG}/activate")), 1);
    assert_eq!(scene.okta.times(&format!("POST {PREREG}/send-pin")), 1);
    // Elsewhere the file means nothing.
    let elsewhere = Scene {
        state: Some(state.clone()),
        ..Scene::new("ACTIVE")
    };
    assert_eq!(elsewhere.run().0.unwrap_err().code(), "state_file");
    std::fs::write(&state, "{}").unwrap();
    assert_eq!(scene.run().0.unwrap_err().code(), "state_file");
    std::fs::remove_dir_all(&folder).unwrap();
}
