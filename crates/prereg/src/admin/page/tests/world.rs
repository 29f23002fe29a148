//! Both ends on a database in memory, with the page before them.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use getrandom::SysRng;
use prereg_types::api::{
    ActivateCommand, EcKeyJwk, EmailAddress, EnrollCommand, EnrollmentActivationRequest,
    EnrollmentInitializationRequest, EnrollmentInitializationResponse, FulfillmentProvider, User,
    UserProfile, UserStatus, WebAuthnCredResponse,
};
use prereg_types::shipment::{CreateShipment, ShipmentState};
use prereg_types::{RpId, Serial, ShipmentId, UserId};
use relying_party::attestation::TrustAnchors;
use relying_party::clock::Clock as _;
use relying_party::event::Caller;
use relying_party::{Policy, RelyingParty, TrustPolicy};
use serde_json::json;
use tower::ServiceExt as _;
use yubico_sim::{Provider, Settings};

use crate::admin::page::{Access, Page, Parts, Session, Traffic, router};
use crate::clock::SystemClock;
use crate::http::{Limits, Listener, guarded};
use crate::next_fault::NextFault;
use crate::store::Database;

pub(super) const HOSTS: [&str; 2] = ["acme.okta.example", "vpn.acme.example"];

pub(super) struct World {
    pub(super) page: Page,
    pub(super) database: Database,
    pub(super) provider: Arc<Provider<Database>>,
    pub(super) router: Router,
}

/// A key on its way or with its user.
pub(super) struct Key {
    pub(super) user: User,
    pub(super) requests: EnrollmentInitializationResponse,
    pub(super) shipment: ShipmentId,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(false, Access::ThisMachine).await
    }

    pub(super) async fn lab() -> Self {
        Self::with(true, Access::ThisMachine).await
    }

    pub(super) async fn with(lab: bool, access: Access) -> Self {
        Self::on(Database::scratch().await, lab, access).await
    }

    pub(super) async fn on(database: Database, lab: bool, access: Access) -> Self {
        let settings = Settings {
            models: vec![authenticator::model::YUBIKEY_5_NFC_5_7],
            ..Settings::default()
        };
        let now = SystemClock.now();
        let provider = Provider::open(settings, database.clone(), now, &mut SysRng).await;
        let provider = Arc::new(provider.unwrap());
        let roots = TrustAnchors::from_der([provider.trust_anchor()]).unwrap();
        let trust = TrustPolicy::Pinned(provider.signing_jwks());
        let policy = Policy::new("https://acme.okta.example", trust, roots);
        let party = RelyingParty::new(database.clone(), SystemClock, policy).unwrap();
        let page = Page::new(Parts {
            party: Arc::new(ArcSwap::from_pointee(party)),
            database: database.clone(),
            provider: Arc::clone(&provider),
            next_fault: NextFault::default(),
            traffic: Traffic::new(String::new),
            lab,
            access,
            session: Session::new().unwrap(),
        });
        let refuse = crate::admin::refuse;
        let router = guarded(
            router(page.clone()),
            Listener::Admin,
            &Limits::default(),
            refuse,
        );
        Self {
            page,
            database,
            provider,
            router,
        }
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 22).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// A page, as a browser on this machine asks for it.
    pub(super) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header("host", "localhost:8082");
        self.call(request.body(Body::empty()).unwrap()).await
    }

    /// Presses a button: sends the first form of a page that has this action and
    /// these values in it, with these fields filled in.
    pub(super) async fn press(&self, path: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let marker = format!("action=\"/actions/{action}\"");
        assert!(
            page.text.contains(&marker),
            "no form for {action} at {path}"
        );
        let code = value_of(&page.text, "csrf");
        let mut all = vec![("csrf", code.as_str()), ("back", path)];
        all.extend_from_slice(fields);
        self.send(action, &all, |request| request).await
    }

    /// Sends a form.
    pub(super) async fn send(
        &self,
        action: &str,
        fields: &[(&str, &str)],
        more: impl FnOnce(axum::http::request::Builder) -> axum::http::request::Builder,
    ) -> Answer {
        let encode =
            |text| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let request = Request::post(format!("/actions/{action}"))
            .header("host", "localhost:8082")
            .header("origin", "http://localhost:8082")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        self.call(more(request).body(Body::from(pairs.join("&"))).unwrap())
            .await
    }

    /// What the page says of the last press.
    pub(super) async fn note(&self, pressed: &Answer) -> String {
        assert_eq!(pressed.status, StatusCode::SEE_OTHER, "{}", pressed.text);
        let address = pressed.headers["location"].to_str().unwrap();
        let page = self.get(address).await.text;
        let (_, from) = page.split_once("<div class=\"note").expect("a note");
        let (note, _) = from.split_once("</div>").unwrap();
        let (_, words) = note.rsplit_once("</span>").unwrap();
        words.trim().to_owned()
    }

    async fn user(&self, login: &str) -> User {
        let user = user(login);
        self.database.insert_user(&user).await.unwrap();
        user
    }

    /// A key that is ordered, and has not left yet.
    pub(super) async fn order(&self, login: &str) -> Key {
        let user = self.user(login).await;
        self.order_for(user).await
    }

    /// The same for a user who is in the directory already.
    pub(super) async fn order_for(&self, user: User) -> Key {
        let transport = self.provider.transport_jwks();
        let body = serde_json::to_vec(&EnrollmentInitializationRequest {
            user_id: Some(user.id.clone()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            enrollment_rp_ids: Some(HOSTS.map(|host| RpId::parse(host).unwrap()).to_vec()),
            yubico_transport_key_jwk: Some(EcKeyJwk::new(&transport.keys()[0]).unwrap()),
        });
        let command = EnrollCommand::from_json(&body.unwrap()).unwrap();
        let party = self.page.0.party.load_full();
        let requests = party.enroll(&command, &mut SysRng).await.unwrap();
        let body = order(&requests);
        let body = CreateShipment::from_json(body.to_string().as_bytes()).unwrap();
        let fault = self.page.0.next_fault.take();
        let now = SystemClock.now();
        let mut rng = SysRng;
        let created = self
            .provider
            .create_shipment_under(fault, &body, now, &mut rng);
        let shipment = created.await.unwrap().shipment_id;
        Key {
            user,
            requests,
            shipment,
        }
    }

    /// Puts a shipment into a state.
    pub(super) async fn put(&self, key: &Key, state: ShipmentState) {
        let put = self
            .provider
            .divert(&key.shipment, state, SystemClock.now());
        put.await.unwrap();
    }

    /// Activates a key whose shipment has left.
    pub(super) async fn activate(&self, key: &Key) -> Serial {
        let shipment = self.provider.shipment(&key.shipment).await.unwrap();
        let product = &shipment.shipment_items[0].product_data[0];
        let responses = key.requests.cred_requests.iter();
        let responses = responses.zip(&product.fido_credential_responses);
        let signing = self.provider.signing_jwks();
        let body = serde_json::to_vec(&EnrollmentActivationRequest {
            user_id: Some(key.user.id.clone()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            serial: Some(product.serial_number.clone()),
            version: Some(product.firmware_version),
            pin_response_jwe: Some(product.fido_pin_response.clone()),
            cred_responses: Some(
                responses
                    .map(|(request, response)| WebAuthnCredResponse {
                        authenticator_enrollment_id: Some(
                            request.authenticator_enrollment_id.clone(),
                        ),
                        cred_response_jwe: Some(response.clone()),
                    })
                    .collect(),
            ),
            yubico_signing_jwks: Some(
                signing
                    .keys()
                    .iter()
                    .map(|key| EcKeyJwk::new(key).unwrap())
                    .collect(),
            ),
        });
        let command = ActivateCommand::from_json(&body.unwrap()).unwrap();
        let party = self.page.0.party.load_full();
        let caller = Caller::system();
        party
            .activate(&caller, &command, &mut SysRng)
            .await
            .unwrap();
        product.serial_number.clone()
    }

    /// A key that its user has, with its serial number and its PIN.
    pub(super) async fn key_in_use(&self, login: &str) -> (Key, Serial, String) {
        let key = self.order(login).await;
        self.put(&key, ShipmentState::DELIVERED).await;
        let serial = self.activate(&key).await;
        let enrollment = &key.requests.cred_requests[0].authenticator_enrollment_id;
        let pin = super::super::enrollments::available_pin(&self.database, enrollment).await;
        (key, serial, pin.unwrap().unwrap())
    }

    /// The actions in the audit log, with their outcomes.
    pub(super) async fn audited(&self) -> Vec<(String, String)> {
        let records = self.database.audit_entries(0, 1000).await.unwrap();
        let entries = records.into_iter().map(|record| record.entry);
        entries
            .inspect(|entry| assert_eq!(entry.actor, "page"))
            .map(|entry| (entry.action, entry.outcome))
            .collect()
    }
}

pub(super) fn user(login: &str) -> User {
    let address = |host| EmailAddress::parse(&format!("{login}@{host}.example")).unwrap();
    User {
        id: UserId::generate(&mut SysRng).unwrap(),
        status: UserStatus::Staged,
        profile: UserProfile {
            first_name: "Ada".to_owned(),
            last_name: "Example".to_owned(),
            login: format!("{login}@acme.example"),
            email: address("acme"),
            second_email: Some(address("home")),
        },
    }
}

/// The value of the first field of that name.
pub(super) fn value_of(page: &str, name: &str) -> String {
    let marker = format!("name=\"{name}\" value=\"");
    let (_, from) = page.split_once(&marker).expect("a field of that name");
    from.split_once('"').unwrap().0.to_owned()
}

fn order(requests: &EnrollmentInitializationResponse) -> serde_json::Value {
    let credentials = requests.cred_requests.iter();
    let credentials: Vec<&str> = credentials
        .map(|one| one.cred_request_jwe.as_str())
        .collect();
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
            "city": "London",
            "postal_code": "SW1Y 4JH",
            "country_code_2": "GB",
        },
        "shipment_items": [{
            "product_id": 1,
            "inventory_product_id": 106,
            "product_quantity": 1,
            "product_customizations": [{
                "fido_pin_request": requests.pin_request_jwe,
                "fido_credential_requests": credentials,
            }],
        }],
    })
}
