//! A provider with its facade, and a relying party that orders keys from it.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use getrandom::SysRng;
use prereg_types::api::{
    EmailAddress, EnrollCommand, EnrollmentInitializationResponse, FulfillmentProvider, User,
    UserProfile, UserStatus,
};
use prereg_types::{RpId, UserId};
use relying_party::attestation::TrustAnchors;
use relying_party::clock::Clock as _;
use relying_party::store::MemoryStore;
use relying_party::{Policy, RelyingParty, TrustPolicy};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt as _;

use crate::auth::{ApiToken, Guard, Scope, Scopes};
use crate::clock::SystemClock;
use crate::config;
use crate::http::{CpuPool, Limits};
use crate::next_fault::NextFault;
use crate::store::{Database, TokenKind};
use crate::yubico::{self, Simulator, Yubico};

pub(super) const SHIPMENTS: &str = "/v1/fpr/shipments";
pub(super) const RP_IDS: [&str; 2] = ["acme.okta.example", "login.acme.example"];

pub(super) struct World {
    pub(super) provider: Arc<Simulator>,
    pub(super) db: Database,
    pub(super) next_fault: NextFault,
    pub(super) party: RelyingParty<MemoryStore, SystemClock>,
    pub(super) user: UserId,
    pub(super) token: String,
    router: Router,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: axum::http::HeaderMap,
    pub(super) body: Value,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(config::Progression::Manual).await
    }

    pub(super) async fn with(progression: config::Progression) -> Self {
        let db = Database::scratch().await;
        let provider = yubico::open(&db, &config::Provider { progression }).await;
        let provider = Arc::new(provider.unwrap());
        let limits = Limits {
            body_bytes: 200_000,
            ..Limits::default()
        };
        let next_fault = NextFault::default();
        let router = yubico::router(Yubico {
            provider: Arc::clone(&provider),
            next_fault: next_fault.clone(),
            db: db.clone(),
            guard: Guard::new(db.clone(), TokenKind::Yubico),
            cpu: CpuPool::new().unwrap(),
            limits,
        });
        let user = person();
        let mut world = Self {
            party: party(&provider, &user),
            user: user.id,
            token: String::new(),
            provider,
            db,
            next_fault,
            router,
        };
        world.token = world
            .token_for(TokenKind::Yubico, &[Scope::ShipmentsManage])
            .await;
        world
    }

    /// A token of that kind with these scopes.
    pub(super) async fn token_for(&self, kind: TokenKind, scopes: &[Scope]) -> String {
        let token = ApiToken::generate(kind, &mut SysRng).unwrap();
        let row = token.to_row(kind, "test", Scopes::of(scopes), SystemClock.now(), None);
        assert!(self.db.insert_token(&row).await.unwrap());
        token.expose().to_owned()
    }

    /// Requests for one key.
    pub(super) async fn enroll(&self) -> EnrollmentInitializationResponse {
        let command = EnrollCommand {
            user_id: self.user.clone(),
            provider: FulfillmentProvider::Yubico,
            rp_ids: RP_IDS.map(|id| RpId::parse(id).unwrap()).to_vec(),
            transport_key: self.provider.transport_jwks().keys()[0].clone(),
        };
        self.party.enroll(&command, &mut SysRng).await.unwrap()
    }

    /// The body of a shipment of one new key.
    pub(super) async fn order(&self) -> Value {
        order(&self.enroll().await)
    }

    pub(super) async fn post(&self, body: &Value) -> Answer {
        let request = self.request("POST", SHIPMENTS);
        let request = request.header("content-type", "application/json");
        self.call(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        let request = self.request("GET", path).body(Body::empty()).unwrap();
        self.call(request).await
    }

    /// Orders a key and gives the shipment's id.
    pub(super) async fn create(&self) -> String {
        let created = self.post(&self.order().await).await;
        assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);
        created.body["shipment_id"].as_str().unwrap().to_owned()
    }

    pub(super) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let bearer = format!("Bearer {}", self.token);
        let request = Request::builder().method(method).uri(path);
        request.header("authorization", bearer)
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }
}

impl Answer {
    /// Status, code and path of a refusal.
    pub(super) fn refusal(&self) -> (u16, &str, &str) {
        let error = &self.body["error"];
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        (
            self.status.as_u16(),
            error["code"].as_str().unwrap(),
            error["path"].as_str().unwrap_or_default(),
        )
    }
}

/// A body as the vendor's template sends it.
pub(super) fn order(requests: &EnrollmentInitializationResponse) -> Value {
    let credentials: Vec<&str> = requests
        .cred_requests
        .iter()
        .map(|request| request.cred_request_jwe.as_str())
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
                "fido_pin_request": requests.pin_request_jwe,
                "fido_credential_requests": credentials,
            }],
        }],
    })
}

fn party(provider: &Simulator, user: &User) -> RelyingParty<MemoryStore, SystemClock> {
    let roots = TrustAnchors::from_der([provider.trust_anchor()]).unwrap();
    let trust = TrustPolicy::Pinned(provider.signing_jwks());
    let policy = Policy::new("https://acme.okta.example", trust, roots);
    let store = MemoryStore::default();
    store.put_user(user.clone());
    RelyingParty::new(store, SystemClock, policy).unwrap()
}

fn person() -> User {
    User {
        id: UserId::parse("00u4enoiqp7hX6HBq5d7").unwrap(),
        status: UserStatus::Staged,
        profile: UserProfile {
            first_name: "Ada".to_owned(),
            last_name: "Lovelace".to_owned(),
            login: "ada@acme.example".to_owned(),
            email: EmailAddress::parse("ada@acme.example").unwrap(),
            second_email: None,
        },
    }
}
