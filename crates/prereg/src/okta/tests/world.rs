//! A server without a socket, its provider, and those who call.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use getrandom::SysRng;
use jose_core::Backend;
use prereg_types::api::{EcKeyJwk, EmailAddress, User, UserProfile, UserStatus};
use prereg_types::shipment::{CreateShipment, ProductData};
use prereg_types::{RpId, Serial, UserId};
use relying_party::attestation::TrustAnchors;
use relying_party::clock::Clock as _;
use relying_party::{Policy, TrustPolicy};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use yubico_sim::{MemoryStore, Provider, ProviderKeys, Settings};

use crate::auth::oauth::{AccessTokens, OAuth};
use crate::auth::rate_limit::Allowance;
use crate::auth::{ApiToken, Guard, Limiter, Scope, Scopes};
use crate::clock::SystemClock;
use crate::http::{CpuPool, Limits};
use crate::okta::{Okta, router};
use crate::store::{Database, TokenKind};
use crate::trust::{Source, Trust};

/// The name of the relying party; nothing listens there.
pub(super) const ISSUER: &str = "https://acme.okta.example";
/// The base path of the seven operations.
pub(super) const BASE: &str = "/webauthn-registration/api/v1";

/// A server and its provider.
pub(super) struct World {
    pub(super) db: Database,
    pub(super) provider: Arc<Provider<MemoryStore>>,
    router: Router,
    token: String,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl World {
    /// A world with the default limits.
    pub(super) async fn new() -> Self {
        Self::with(Allowance::default(), Limits::default()).await
    }

    /// A world that allows so many calls, and so much in each.
    pub(super) async fn with(allowance: Allowance, limits: Limits) -> Self {
        let db = Database::scratch().await;
        let now = SystemClock.now();
        let keys = ProviderKeys::generate(Backend::default(), now, &mut SysRng).unwrap();
        let provider = Provider::new(Settings::default(), keys, MemoryStore::default()).unwrap();
        let provider = Arc::new(provider);
        let roots = TrustAnchors::from_der([provider.trust_anchor()]).unwrap();
        let policy = Policy::new(ISSUER, TrustPolicy::AcceptAnySigningKey, roots);
        let published = Arc::clone(&provider);
        let source = Source::Local(Box::new(move || published.signing_jwks()));
        let trust = Trust::open(source, policy, db.clone()).await.unwrap();
        let limiter = Arc::new(Limiter::new(allowance));
        let tokens = AccessTokens::open(&db, ISSUER).await.unwrap();
        let guard = Guard::new(db.clone(), TokenKind::Okta).with_access_tokens(tokens.clone());
        let okta = Okta {
            trust: Arc::new(trust),
            guard,
            oauth: OAuth::new(db.clone(), tokens, Arc::clone(&limiter), &[]),
            limiter,
            cpu: CpuPool::new().unwrap(),
            limits,
            db: db.clone(),
        };
        let mut world = Self {
            router: router(okta.clone()),
            db,
            provider,
            token: String::new(),
        };
        let all = [Scope::UsersManage, Scope::UsersRead, Scope::LogsRead];
        world.token = world.token(&all).await;
        world
    }

    /// A new API token with these scopes.
    pub(super) async fn token(&self, scopes: &[Scope]) -> String {
        let token = ApiToken::generate(TokenKind::Okta, &mut SysRng).unwrap();
        let now = SystemClock.now();
        let row = token.to_row(TokenKind::Okta, "tests", Scopes::of(scopes), now, None);
        assert!(self.db.insert_token(&row).await.unwrap());
        token.expose().to_owned()
    }

    /// Adds a user, and gives the id.
    pub(super) async fn hire(&self, login: &str, status: UserStatus) -> String {
        let user = User {
            id: UserId::generate(&mut SysRng).unwrap(),
            status,
            profile: UserProfile {
                first_name: "Ada".to_owned(),
                last_name: "Lovelace".to_owned(),
                login: login.to_owned(),
                email: EmailAddress::parse(login).unwrap(),
                second_email: None,
            },
        };
        self.db.insert_user(&user).await.unwrap();
        user.id.to_string()
    }

    /// Sends exactly this.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10 * 1024 * 1024).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// A request of the main caller, to be changed before it is sent.
    pub(super) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1:8080")
            .header("authorization", format!("SSWS {}", self.token))
    }

    /// Reads.
    pub(super) async fn get(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).body(Body::empty());
        self.send(request.unwrap()).await
    }

    /// Calls without a body.
    pub(super) async fn call(&self, method: Method, path: &str) -> Answer {
        let request = self.request(method, path).body(Body::empty());
        self.send(request.unwrap()).await
    }

    /// Posts JSON.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    /// The transport key that an orchestrator would pick, as JSON.
    pub(super) fn transport_key(&self) -> Value {
        let keys = self.provider.transport_jwks();
        serde_json::to_value(EcKeyJwk::new(keys.keys().first().unwrap()).unwrap()).unwrap()
    }

    /// The signing keys, as JSON.
    pub(super) fn signing_keys(&self) -> Value {
        let keys = self.provider.signing_jwks();
        let keys = keys.keys().iter().map(|key| EcKeyJwk::new(key).unwrap());
        serde_json::to_value(keys.collect::<Vec<_>>()).unwrap()
    }

    /// The body of an enroll call.
    pub(super) fn enrollment(&self, user: &str) -> Value {
        json!({
            "userId": user,
            "fulfillmentProvider": "yubico",
            "enrollmentRpIds": ["acme.okta.example"],
            "yubicoTransportKeyJWK": self.transport_key(),
        })
    }

    /// Enrolls; the answer's body.
    pub(super) async fn enroll(&self, user: &str) -> Value {
        let answer = self
            .post(&format!("{BASE}/enroll"), &self.enrollment(user))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    /// Has a key made; the body of the activate call and the key's number.
    pub(super) async fn fulfill(&self, user: &str, requests: &Value) -> (Value, Serial) {
        let (product, serial) = self.ship(requests).await;
        let responses = requests["credRequests"].as_array().unwrap().iter();
        let responses = responses.zip(&product.fido_credential_responses);
        let responses: Vec<Value> = responses
            .map(|(request, response)| {
                json!({
                    "authenticatorEnrollmentId": request["authenticatorEnrollmentId"],
                    "credResponseJwe": response,
                })
            })
            .collect();
        let body = json!({
            "userId": user,
            "fulfillmentProvider": "yubico",
            "serial": product.serial_number,
            "version": product.firmware_version,
            "pinResponseJwe": product.fido_pin_response,
            "credResponses": responses,
            "yubicoSigningJwks": self.signing_keys(),
        });
        (body, serial)
    }

    /// Enrolls, has the key made, and activates it; the enrollment and the key.
    pub(super) async fn activate(&self, user: &str) -> (String, Serial) {
        let requests = self.enroll(user).await;
        let (body, serial) = self.fulfill(user, &requests).await;
        let answer = self.post(&format!("{BASE}/activate"), &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        (enrollment_id(&requests), serial)
    }

    async fn ship(&self, requests: &Value) -> (ProductData, Serial) {
        let requests_of_key: Vec<&Value> = requests["credRequests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|request| &request["credRequestJwe"])
            .collect();
        let order = json!({
            "delivery_type": 1,
            "recipient": {"recipient_lastname": "Lovelace"},
            "mailing_address": {"country_code_2": "GB"},
            "shipment_items": [{
                "product_id": 1, "inventory_product_id": 106, "product_quantity": 1,
                "customization_id": "RXJN83",
                "product_customizations": [{
                    "fido_pin_request": requests["pinRequestJwe"],
                    "fido_credential_requests": requests_of_key,
                }],
            }],
        });
        let order = CreateShipment::from_json(order.to_string().as_bytes()).unwrap();
        let (provider, now) = (&self.provider, SystemClock.now());
        let created = provider
            .create_shipment(&order, now, &mut SysRng)
            .await
            .unwrap();
        let id = &created.shipment_id;
        while !provider.advance(id, now).await.unwrap().has_product_data() {}
        let shipment = provider.shipment(id).await.unwrap();
        let product = shipment.shipment_items[0].product_data[0].clone();
        let serial = provider.deliver(id, now).await.unwrap().pop().unwrap();
        (product, serial)
    }
}

/// The first enrollment of an enroll call.
pub(super) fn enrollment_id(requests: &Value) -> String {
    let id = &requests["credRequests"][0]["authenticatorEnrollmentId"];
    id.as_str().unwrap().to_owned()
}

/// The RP ID of every enrollment here.
pub(super) fn rp_id() -> RpId {
    RpId::parse("acme.okta.example").unwrap()
}

impl Answer {
    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect(&self.text)
    }

    /// A header's text.
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// Checks an error: status, code, and a body of Okta's form.
    #[track_caller]
    pub(super) fn refuses(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/json");
        let body = self.json();
        assert_eq!(body["errorCode"], code, "{body}");
        assert_eq!(body["errorLink"], code);
        assert!(body["errorId"].as_str().unwrap().starts_with("oae"));
        assert!(body["errorCauses"].is_array());
        assert!(!body["errorSummary"].as_str().unwrap().is_empty());
        body
    }

    /// Checks that it was done and says nothing.
    #[track_caller]
    pub(super) fn is_done(&self) {
        assert_eq!(self.status, StatusCode::NO_CONTENT, "{}", self.text);
        assert_eq!(self.text, "");
    }

    /// Checks that it is JSON.
    #[track_caller]
    pub(super) fn is_json(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/json");
        self.json()
    }
}
