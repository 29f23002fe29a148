//! Who may do what, and how often.

use axum::body::Body;
use axum::http::{Method, Request};
use prereg_types::api::UserStatus;
use relying_party::clock::Clock as _;
use serde_json::json;

use super::world::{Answer, BASE, World};
use crate::auth::Scope;
use crate::auth::rate_limit::Allowance;
use crate::clock::SystemClock;
use crate::http::Limits;

/// Every operation that asks for a token, and the scope that it asks for.
fn operations() -> Vec<(Method, String, Scope)> {
    let (manage, read) = (Scope::UsersManage, Scope::UsersRead);
    let one = format!("{BASE}/users/00u1/enrollments/fwf1");
    vec![
        (
            Method::POST,
            format!("{BASE}/initiate-fulfillment-request"),
            manage,
        ),
        (Method::POST, format!("{BASE}/enroll"), manage),
        (Method::POST, format!("{BASE}/activate"), manage),
        (Method::POST, format!("{BASE}/send-pin"), manage),
        (Method::GET, format!("{BASE}/users/00u1/enrollments"), read),
        (Method::DELETE, one.clone(), manage),
        (Method::POST, format!("{one}/mark-error"), manage),
        (Method::GET, "/api/v1/users".to_owned(), read),
        (Method::POST, "/api/v1/users".to_owned(), manage),
        (Method::GET, "/api/v1/users/00u1".to_owned(), read),
        (
            Method::POST,
            "/api/v1/users/00u1/factors/fwf1/verify".to_owned(),
            manage,
        ),
        (Method::GET, "/api/v1/logs".to_owned(), Scope::LogsRead),
    ]
}

async fn send(world: &World, method: Method, path: &str, authorization: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_operation_asks_for_a_token() {
    let world = World::new().await;
    let token = world.token(&[Scope::UsersManage]).await;
    for (method, path, _) in operations() {
        for wrong in [
            None,
            Some("SSWS"),
            Some("SSWS nonsense"),
            Some("Basic YTpi"),
            Some(token.as_str()),
        ] {
            let answer = send(&world, method.clone(), &path, wrong).await;
            let told = answer.refuses(401, "E0000011");
            assert_eq!(told["errorSummary"], "Invalid token provided", "{path}");
            assert_eq!(told["errorCauses"], json!([]));
            assert!(!answer.header("www-authenticate").is_empty());
        }
    }
}

#[tokio::test]
async fn every_operation_asks_for_its_scope_before_it_reads_anything() {
    let world = World::new().await;
    for scope in [Scope::UsersManage, Scope::UsersRead, Scope::LogsRead] {
        let token = format!("SSWS {}", world.token(&[scope]).await);
        for (method, path, needed) in operations() {
            let answer = send(&world, method, &path, Some(&token)).await;
            let implied = scope == Scope::UsersManage && needed == Scope::UsersRead;
            if scope == needed || implied {
                assert_ne!(answer.status, 403, "{path} with {scope}");
            } else {
                let told = answer.refuses(403, "E0000006");
                assert_eq!(
                    told["errorSummary"],
                    "You do not have permission to perform the requested action"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_revoked_token_is_no_token() {
    let world = World::new().await;
    let token = world.token(&[Scope::UsersRead]).await;
    let authorization = format!("SSWS {token}");
    let (id, _) = token.split_once('.').unwrap();
    send(&world, Method::GET, "/api/v1/users", Some(&authorization))
        .await
        .is_json();
    world.db.revoke_token(id, SystemClock.now()).await.unwrap();
    send(&world, Method::GET, "/api/v1/users", Some(&authorization))
        .await
        .refuses(401, "E0000011");
}

#[tokio::test]
async fn every_answer_tells_the_rate_limit() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let answers = [
        world.get("/api/v1/users").await,
        world.get("/api/v1/users/nobody").await,
        world.get("/nowhere").await,
        world.call(Method::PUT, "/api/v1/users").await,
        world.call(Method::OPTIONS, "/api/v1/users").await,
        world.post(&format!("{BASE}/enroll"), &json!({})).await,
        world
            .post(&format!("{BASE}/enroll"), &world.enrollment(&user))
            .await,
        world.get("/.well-known/openid-configuration").await,
        world.get("/openapi.json").await,
        world.get("/docs").await,
        world.get("/oauth2/v1/keys").await,
        world.call(Method::POST, "/oauth2/v1/token").await,
        send(&world, Method::GET, "/api/v1/users", None).await,
    ];
    let now = SystemClock.now().seconds();
    for answer in answers {
        let number = |name| answer.header(name).parse::<u64>().expect(name);
        assert!(number("x-rate-limit-remaining") < number("x-rate-limit-limit"));
        let reset = number("x-rate-limit-reset");
        assert!(reset + 60 >= now && reset <= now + 120);
        assert_eq!(answer.header("x-okta-request-id").len(), 32);
    }
}

#[tokio::test]
async fn too_many_calls_are_refused_to_the_caller_alone() {
    let allowance = Allowance {
        per_minute: 3,
        ..Allowance::default()
    };
    let world = World::with(allowance, Limits::default()).await;
    let other = format!("SSWS {}", world.token(&[Scope::UsersRead]).await);
    // A minute may end in between; then the count begins anew once.
    let mut refused = None;
    for _ in 0..8 {
        let answer = world.get("/api/v1/users").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a refusal");
    let told = refused.refuses(429, "E0000047");
    assert_eq!(
        told["errorSummary"],
        "API call exceeded rate limit due to too many requests."
    );
    assert_eq!(refused.header("x-rate-limit-remaining"), "0");
    assert_eq!(refused.header("x-rate-limit-limit"), "3");
    send(&world, Method::GET, "/api/v1/users", Some(&other))
        .await
        .is_json();
    // Another endpoint has its own count.
    world.get("/api/v1/logs").await.is_json();
    // Guessing tokens is counted, too.
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let guess = send(&world, Method::GET, "/api/v1/users", Some("SSWS guess")).await;
        statuses.push(guess.status.as_u16());
    }
    assert!(
        statuses.starts_with(&[401]) && statuses.contains(&429),
        "{statuses:?}"
    );
}
