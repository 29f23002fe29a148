use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt as _;
use prereg_types::Timestamp;
use relying_party::clock::Clock as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::signing::Client;
use crate::auth::oauth::{self, AccessTokens, ClientKeys, KEYS_PATH, OAuth, TOKEN_PATH};
use crate::auth::rate_limit::Allowance;
use crate::auth::{AuthError, Guard, Limiter, Scope, Unauthenticated};
use crate::clock::SystemClock;
use crate::store::{Database, NewClient, TokenKind};

const ISSUER: &str = "https://acme.okta.example";
const CLIENT: &str = "0oaTestClient0000001";

/// A server with one client, registered for `okta.users.manage`.
struct Scene {
    db: Database,
    oauth: OAuth,
    access_tokens: AccessTokens,
    client: Client,
}

impl Scene {
    async fn new(client: Client) -> Self {
        Self::with_limit(client, 1000).await
    }

    async fn with_limit(client: Client, per_minute: u32) -> Self {
        let db = Database::scratch().await;
        let keys = ClientKeys::parse(client.jwks().as_bytes()).unwrap();
        let row = NewClient {
            id: CLIENT.to_owned(),
            name: "test".to_owned(),
            jwks: keys.to_json(),
            scopes: vec![Scope::UsersManage.to_string()],
            created: now(),
        };
        assert!(db.insert_client(&row).await.unwrap());
        let access_tokens = AccessTokens::open(&db, ISSUER).await.unwrap();
        let allowance = Allowance {
            per_minute,
            ..Allowance::default()
        };
        let limiter = Arc::new(Limiter::new(allowance));
        let bases = ["http://127.0.0.1:8080".to_owned()];
        Self {
            oauth: OAuth::new(db.clone(), access_tokens.clone(), limiter, &bases),
            db,
            access_tokens,
            client,
        }
    }

    fn assertion(&self, jti: &str) -> String {
        let seconds = now().seconds();
        self.client.assert(&json!({
            "iss": CLIENT, "sub": CLIENT, "aud": format!("{ISSUER}{TOKEN_PATH}"),
            "iat": seconds, "exp": seconds + 300, "jti": jti,
        }))
    }

    async fn post(&self, body: String) -> Response {
        let request = Request::post(TOKEN_PATH)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        oauth::router(self.oauth.clone())
            .oneshot(request)
            .await
            .unwrap()
    }

    /// Status and body of an answer to an assertion.
    async fn ask(&self, assertion: &str, scope: &str) -> (StatusCode, Value) {
        body(self.post(form(assertion, scope)).await).await
    }

    async fn access_token(&self, jti: &str) -> String {
        let (status, body) = self.ask(&self.assertion(jti), "okta.users.read").await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn enter(&self, token: &str) -> Result<crate::auth::Caller, AuthError> {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
        headers.insert(header::AUTHORIZATION, value);
        let guard = Guard::new(self.db.clone(), TokenKind::Okta)
            .with_access_tokens(self.access_tokens.clone());
        guard.authenticate(&headers, now()).await
    }
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn form(assertion: &str, scope: &str) -> String {
    format!(
        "grant_type=client_credentials&scope={scope}&client_assertion={assertion}&\
         client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    )
}

async fn body(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn each_algorithm_gets_an_access_token_that_opens_the_facade() {
    for client in Client::each() {
        let scene = Scene::new(client).await;
        let (status, answer) = scene.ask(&scene.assertion("one"), "okta.users.read").await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["token_type"], "Bearer");
        assert_eq!(answer["expires_in"], 900);
        assert_eq!(answer["scope"], "okta.users.read");
        let caller = scene
            .enter(answer["access_token"].as_str().unwrap())
            .await
            .unwrap();
        assert_eq!(caller.id(), CLIENT);
        assert_eq!(caller.require(Scope::UsersRead), Ok(()));
        let forbidden = Err(AuthError::Forbidden(Scope::UsersManage));
        assert_eq!(caller.require(Scope::UsersManage), forbidden);
    }
}

#[tokio::test]
async fn an_assertion_is_good_once() {
    let scene = Scene::new(Client::es256("k1")).await;
    let assertion = scene.assertion("one");
    assert_eq!(
        scene.ask(&assertion, "okta.users.read").await.0,
        StatusCode::OK
    );
    // The same bytes, and another signature over the same jti.
    for again in [assertion, scene.assertion("one")] {
        let (status, answer) = scene.ask(&again, "okta.users.read").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer["error"], "invalid_client");
    }
    let other = scene.assertion("two");
    assert_eq!(scene.ask(&other, "okta.users.read").await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_assertion_sent_many_times_at_once_is_good_once() {
    let scene = Scene::new(Client::es384("k1")).await;
    let assertion = scene.assertion("one");
    let asks = (0..16).map(|_| {
        let (oauth, body) = (scene.oauth.clone(), form(&assertion, "okta.users.read"));
        tokio::spawn(async move {
            let request = Request::post(TOKEN_PATH)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(body))
                .unwrap();
            oauth::router(oauth)
                .oneshot(request)
                .await
                .unwrap()
                .status()
        })
    });
    let mut granted = 0;
    for ask in asks.collect::<Vec<_>>() {
        granted += u32::from(ask.await.unwrap() == StatusCode::OK);
    }
    assert_eq!(granted, 1);
}

#[tokio::test]
async fn whoever_is_not_a_client_learns_nothing() {
    let scene = Scene::new(Client::es384("k1")).await;
    let stranger = Client::es384("k1");
    let seconds = now().seconds();
    let claims =
        |id: &str, exp: u64| json!({"iss": id, "sub": id, "aud": ISSUER, "exp": exp, "jti": "x"});
    let mut answers = Vec::new();
    for assertion in [
        "nonsense".to_owned(),
        stranger.assert(&claims("0oaNobody", seconds + 60)),
        stranger.assert(&claims(CLIENT, seconds + 60)),
        stranger.assert(&claims(CLIENT, seconds - 6000)),
    ] {
        answers.push(scene.ask(&assertion, "okta.users.read").await);
    }
    scene.db.revoke_client(CLIENT, now()).await.unwrap();
    answers.push(scene.ask(&scene.assertion("one"), "okta.users.read").await);
    let (status, first) = &answers[0];
    assert_eq!(*status, StatusCode::UNAUTHORIZED);
    assert_eq!(first["error"], "invalid_client");
    assert!(
        answers.iter().all(|answer| answer == &answers[0]),
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_revoked_client_loses_the_tokens_it_has() {
    let scene = Scene::new(Client::es384("k1")).await;
    let token = scene.access_token("one").await;
    assert!(scene.enter(&token).await.is_ok());
    scene.db.revoke_client(CLIENT, now()).await.unwrap();
    let revoked = Err(Unauthenticated::Revoked.into());
    assert_eq!(scene.enter(&token).await, revoked);
}

#[tokio::test]
async fn scopes_beyond_the_client_s_are_refused_and_none_means_its_own() {
    let scene = Scene::new(Client::es384("k1")).await;
    for (number, scope) in ["okta.logs.read", "okta.users.read+okta.logs.read", "all"]
        .iter()
        .enumerate()
    {
        let assertion = scene.assertion(&format!("wrong {number}"));
        let (status, answer) = scene.ask(&assertion, scope).await;
        assert_eq!(
            (status, &answer["error"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_scope"))
        );
    }
    let (_, answer) = scene.ask(&scene.assertion("none"), "").await;
    assert_eq!(answer["scope"], "okta.users.manage");
}

#[tokio::test]
async fn requests_that_are_none_are_told_so() {
    let scene = Scene::new(Client::es384("k1")).await;
    let good = form(&scene.assertion("one"), "okta.users.read");
    let password = good.replace("client_credentials", "password");
    let cases = [
        (good.replace("grant_type", "x"), "invalid_request"),
        (password, "unsupported_grant_type"),
        (format!("{good}&scope=okta.users.read"), "invalid_request"),
        (good.replace("jwt-bearer", "saml2-bearer"), "invalid_client"),
        (good.replace("client_assertion=", "x="), "invalid_client"),
        (format!("{good}&client_id=0oaOther"), "invalid_client"),
        ("grant_type=%ff".to_owned(), "invalid_request"),
        ("x".repeat(40_000), "invalid_request"),
    ];
    for (sent, error) in cases {
        let (status, answer) = body(scene.post(sent.clone()).await).await;
        assert!(status.is_client_error(), "{status} {sent:.80}");
        assert_eq!(answer["error"], error, "{sent:.80}");
        assert!(answer["error_description"].is_string());
    }
    let json = Request::post(TOKEN_PATH)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .unwrap();
    let response = oauth::router(scene.oauth.clone())
        .oneshot(json)
        .await
        .unwrap();
    assert_eq!(body(response).await.1["error"], "invalid_request");
    // Nothing of this has used the assertion up.
    assert_eq!(scene.post(good).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn too_many_requests_are_refused_with_the_headers_of_okta() {
    let scene = Scene::with_limit(Client::es384("k1"), 2).await;
    let mut last = scene.post(String::new()).await;
    assert_eq!(last.headers()["x-rate-limit-remaining"], "1");
    // At worst a minute ends in between.
    for _ in 0..6 {
        last = scene.post(String::new()).await;
        if last.status() == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last.headers()["x-rate-limit-remaining"], "0");
    assert_eq!(last.headers()["x-rate-limit-limit"], "2");
    assert_eq!(body(last).await.1["errorCode"], "E0000047");
}

#[tokio::test]
async fn the_key_survives_a_restart_and_is_published() {
    let scene = Scene::new(Client::es384("k1")).await;
    let token = scene.access_token("one").await;
    let again = AccessTokens::open(&scene.db, ISSUER).await.unwrap();
    assert!(again.verify(&token, now()).is_ok());
    let request = Request::builder()
        .method(Method::GET)
        .uri(KEYS_PATH)
        .body(Body::empty())
        .unwrap();
    let response = oauth::router(scene.oauth.clone())
        .oneshot(request)
        .await
        .unwrap();
    let (status, keys) = body(response).await;
    assert_eq!(status, StatusCode::OK);
    let key = jose_core::jwk::PublicJwk::from_json(keys["keys"][0].to_string().as_bytes());
    let header = token.split('.').next().unwrap();
    let header = jose_core::base64url::decode(header.as_bytes()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header["kid"].as_str(), key.unwrap().kid());
}
