//! One key's way over HTTP, as an orchestrator goes it.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client;
use crate::server::{Folder, Server};

pub(crate) const REGISTRATION: &str = "/webauthn-registration/api/v1";

/// Settings under which shipments ship at once and nobody is limited.
pub(crate) const AT_ONCE: [&str; 3] = [
    "--set=rate_limit.per_minute=1000000",
    "--set=provider.progression=timed",
    "--set=provider.step=0s",
];

/// A key that has been enrolled and shipped.
pub(crate) struct Shipped {
    pub(crate) user: String,
    pub(crate) enrollment: String,
    /// The body of its activate call.
    pub(crate) activation: Value,
}

/// Enrolls a key for a user and orders it: the answer of the enroll call, and the
/// id of the shipment.
pub(crate) fn order(server: &Server, user: &str) -> (Value, String) {
    let transport = jwks(server, "yubico-transport-keys.jwks");
    let body = json!({
        "userId": user,
        "fulfillmentProvider": "yubico",
        "enrollmentRpIds": ["login.acme.example"],
        "yubicoTransportKeyJWK": transport["keys"][0],
    });
    let requests = ok(&server.okta("POST", &format!("{REGISTRATION}/enroll"), &body));
    let request = requests["credRequests"][0]["credRequestJwe"].clone();
    let shipment = shipment(&requests["pinRequestJwe"], &[request]);
    let created = ok(&server.yubico("POST", "/v1/fpr/shipments", &shipment));
    let id = created["shipment_id"].as_str().unwrap().to_owned();
    (requests, id)
}

/// Enrolls a key for a user and has it shipped.
pub(crate) fn ship(server: &Server, user: &str) -> Shipped {
    let (requests, id) = order(server, user);
    let request = &requests["credRequests"][0];
    let shipped = ok(&server.yubico("GET", &format!("/v1/fpr/shipments/{id}"), &Value::Null));
    let product = &shipped["shipment_items"][0]["product_data"][0];
    let enrollment = request["authenticatorEnrollmentId"].as_str().unwrap();
    let activation = json!({
        "userId": user,
        "fulfillmentProvider": "yubico",
        "serial": product["serial_number"],
        "version": product["firmware_version"],
        "pinResponseJwe": product["fido_pin_response"],
        "credResponses": [{
            "authenticatorEnrollmentId": enrollment,
            "credResponseJwe": product["fido_credential_responses"][0],
        }],
        "yubicoSigningJwks": jwks(server, "yubico-sign.jwks")["keys"],
    });
    Shipped {
        user: user.to_owned(),
        enrollment: enrollment.to_owned(),
        activation,
    }
}

impl Shipped {
    /// Activates it.
    pub(crate) fn activate(&self, server: &Server) {
        let path = format!("{REGISTRATION}/activate");
        ok(&server.okta("POST", &path, &self.activation));
    }

    /// Has the PIN mailed, and reads the mail.
    pub(crate) fn mailed_pin(&self, server: &Server, folder: &Folder) -> String {
        let body = json!({
            "userId": self.user,
            "fulfillmentProvider": "yubico",
            "authenticatorEnrollmentId": self.enrollment,
        });
        let sent = server.okta("POST", &format!("{REGISTRATION}/send-pin"), &body);
        assert_eq!(sent.status, 204, "{sent:?}");
        let mail = wait_for_mail(&folder.data().join("mail"));
        let lines = mail.lines().map(|line| line.trim_end_matches('\r'));
        let mut pins = lines.filter_map(|line| line.strip_prefix("    "));
        let pin = pins.find(|pin| pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit()));
        pin.unwrap_or_else(|| panic!("no PIN in {mail}")).to_owned()
    }
}

fn wait_for_mail(folder: &std::path::Path) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut mails = files.filter(|file| file.path().extension().is_some_and(|it| it == "eml"));
        if let Some(mail) = mails.next() {
            return fs::read_to_string(mail.path()).unwrap();
        }
        assert!(Instant::now() < deadline, "no mail came");
        sleep(Duration::from_millis(50));
    }
}

/// One of the provider's key sets.
pub(crate) fn jwks(server: &Server, name: &str) -> Value {
    let path = format!("/.well-known/{name}");
    ok(&client::call(
        &server.yubico_url,
        "GET",
        &path,
        "",
        &Value::Null,
    ))
}

/// The body of an answer that is a success.
pub(crate) fn ok(answer: &client::Answer) -> Value {
    assert!((200..=201).contains(&answer.status), "{answer:?}");
    answer.json()
}

/// The body of an order of one key.
pub(crate) fn shipment(pin_request: &Value, credential_requests: &[Value]) -> Value {
    json!({
        "delivery_type": 1,
        "recipient": {
            "recipient_company": "Acme",
            "recipient_email": "ada@acme.example",
            "recipient_firstname": "Ada",
            "recipient_lastname": "Lovelace",
            "recipient_telephone": "5550100",
        },
        "mailing_address": {
            "street_line1": "12 St James's Square",
            "street_line2": "",
            "city": "London",
            "region": "London",
            "postal_code": "SW1Y 4JH",
            "country_code_2": "GB",
        },
        "shipment_items": [{
            "product_id": 1,
            "inventory_product_id": 106,
            "product_quantity": 1,
            "customization_id": "RXJN83",
            "product_customizations": [{
                "fido_pin_request": pin_request,
                "fido_credential_requests": credential_requests,
            }],
        }],
    })
}
