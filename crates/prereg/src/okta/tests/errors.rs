//! What is refused, in Okta's words.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use percent_encoding::{AsciiSet, percent_encode};
use prereg_types::api::UserStatus;
use serde_json::{Value, json};

use super::world::{BASE, World};
use crate::auth::rate_limit::Allowance;
use crate::http::Limits;

#[tokio::test]
async fn unknown_paths_and_methods_are_told_before_anything_else() {
    let world = World::new().await;
    for path in [
        "/",
        "/api/v1",
        "/api/v1/user",
        "/api/v1/users/a/b",
        "/api/v1//users",
        "/webauthn-registration/api/v2/enroll",
    ] {
        let body = world.get(path).await.refuses(404, "E0000008");
        assert_eq!(body["errorSummary"], "The requested path was not found");
    }
    for (method, path, allow) in [
        (Method::GET, "/webauthn-registration/api/v1/enroll", "POST"),
        (Method::HEAD, "/webauthn-registration/api/v1/enroll", "POST"),
        (Method::DELETE, "/api/v1/users", "GET,HEAD,POST"),
        (Method::PUT, "/api/v1/users/00u1", "GET,HEAD"),
        (Method::PATCH, "/oauth2/v1/token", "POST"),
        (Method::TRACE, "/docs", "GET,HEAD"),
    ] {
        let answer = world.call(method.clone(), path).await;
        assert_eq!(answer.header("allow"), allow, "{path}");
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        if method != Method::HEAD {
            answer.refuses(405, "E0000022");
        }
    }
}

#[tokio::test]
async fn head_and_options_work_without_being_written_down() {
    let world = World::new().await;
    let got = world.get("/api/v1/users").await;
    let head = world.call(Method::HEAD, "/api/v1/users").await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
    assert_eq!(head.header("content-length"), got.text.len().to_string());
    let options = world.call(Method::OPTIONS, &format!("{BASE}/enroll")).await;
    options.is_done();
    assert_eq!(options.header("allow"), "POST");
    assert_eq!(options.header("access-control-allow-origin"), "");
    world
        .call(Method::OPTIONS, "/nowhere")
        .await
        .refuses(404, "E0000008");
}

#[tokio::test]
async fn a_body_that_is_missing_or_no_json_is_told_from_one_that_is_wrong() {
    let world = World::new().await;
    for name in [
        "initiate-fulfillment-request",
        "enroll",
        "activate",
        "send-pin",
    ] {
        let path = format!("{BASE}/{name}");
        world
            .call(Method::POST, &path)
            .await
            .refuses(400, "E0000001");
        world.post(&path, &json!({})).await.refuses(400, "E0000001");
        world.post(&path, &json!([])).await.refuses(400, "E0000001");
        for text in [
            "{",
            "{\"userId\":}",
            "{} {}",
            "\u{feff}{}",
            "{\"a\":1,\"a\":2}",
        ] {
            let request = world
                .request(Method::POST, &path)
                .header("content-type", "application/json");
            let request = request.body(Body::from(text)).unwrap();
            world.send(request).await.refuses(400, "E0000003");
        }
    }
}

#[tokio::test]
async fn the_object_at_fault_is_named_as_okta_names_it() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let summary = async |change: &dyn Fn(&mut Value)| {
        let mut body = world.enrollment(&user);
        change(&mut body);
        let answer = world.post(&format!("{BASE}/enroll"), &body).await;
        let told = answer.refuses(400, "E0000001");
        (
            told["errorSummary"].as_str().unwrap().to_owned(),
            told["errorCauses"][0]["errorSummary"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let pin = "Api validation failed: webAuthnPreregistrationPinRequest";
    let credential = "Api validation failed: webAuthnPreregistrationCredentialRequest";
    let told = summary(&|body| {
        body["yubicoTransportKeyJWK"]["y"] = body["yubicoTransportKeyJWK"]["x"].clone();
    })
    .await;
    assert_eq!(told.0, pin);
    assert!(told.1.starts_with("yubicoTransportKeyJWK: "), "{}", told.1);
    let told = summary(&|body| body["enrollmentRpIds"] = json!(["https://acme.example"])).await;
    assert_eq!(told.0, credential);
    assert!(told.1.starts_with("enrollmentRpIds[0]: "), "{}", told.1);
    let told = summary(&|body| body["userId"] = Value::Null).await;
    assert_eq!(
        told,
        (pin.to_owned(), "userId: must not be absent".to_owned())
    );
}

/// `ECKeyJWK` of the published enroll example. Its `y` has 45 bytes.
#[tokio::test]
async fn okta_s_published_transport_key_is_refused() {
    let world = World::new().await;
    let body = json!({
        "userId": "00u15s1KDETTQMQYABRL",
        "fulfillmentProvider": "yubico",
        "enrollmentRpIds": ["nibq7qg5h73w95sn4g1e.okta.com"],
        "yubicoTransportKeyJWK": {
            "kty": "EC", "use": "enc", "crv": "P-384", "kid": "APCS-Ttrans-C19881-I009",
            "x": "dEeYlM-fzNkdStEdNYh7PHuiuZF9RBnZJPVhAl6ruItDlCtx6cqPmXDMjCQJ9iCN",
            "y": "sABHuySRMl6yFqJ8ToNN5HRZaGSXTTCNRVPT5wgjTuCB3zB_uaQy_fWElt3a",
        },
    });
    let told = world
        .post(&format!("{BASE}/enroll"), &body)
        .await
        .refuses(400, "E0000001");
    assert_eq!(
        told["errorSummary"],
        "Api validation failed: webAuthnPreregistrationPinRequest"
    );
}

#[tokio::test]
async fn which_check_of_an_envelope_failed_is_not_told() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let requests = world.enroll(&user).await;
    let (body, _) = world.fulfill(&user, &requests).await;
    let whole = body["pinResponseJwe"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = whole.split('.').collect();
    let with = |index: usize, part: &str| {
        let mut parts = parts.clone();
        parts[index] = part;
        parts.join(".")
    };
    let mut told = Vec::new();
    for jwe in [
        "a.b".to_owned(),
        with(4, "AAAAAAAAAAAAAAAAAAAAAA"),
        with(2, "AAAAAAAAAAAAAAAA"),
        with(0, "e30"),
    ] {
        let mut body = body.clone();
        body["pinResponseJwe"] = json!(jwe);
        let answer = world.post(&format!("{BASE}/activate"), &body).await;
        let mut answer = answer.refuses(400, "E0000001");
        answer["errorId"] = Value::Null;
        told.push(answer);
    }
    assert_eq!(
        told[0]["errorSummary"],
        "Api validation failed: pinResponseJwe"
    );
    assert_eq!(told[0]["errorCauses"], json!([]));
    assert!(told.iter().all(|answer| *answer == told[0]), "{told:?}");
    // The untouched one still works: none of the refusals changed anything.
    world
        .post(&format!("{BASE}/activate"), &body)
        .await
        .is_json();
}

#[tokio::test]
async fn ids_that_name_nothing_are_not_found() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let told = world
        .get(&format!("{BASE}/users/00uNobody/enrollments"))
        .await
        .refuses(404, "E0000007");
    assert_eq!(
        told["errorSummary"],
        "Not found: Resource not found: 00uNobody (User)"
    );
    for (method, path, kind) in [
        (
            Method::GET,
            "users/%00%0d%0a/enrollments".to_owned(),
            "(User)",
        ),
        (Method::GET, "users/%ff/enrollments".to_owned(), "(User)"),
        (
            Method::GET,
            "users/..%2f..%2fetc/enrollments".to_owned(),
            "(User)",
        ),
        (
            Method::GET,
            format!("users/{}/enrollments", "x".repeat(5000)),
            "(User)",
        ),
        (
            Method::DELETE,
            format!("users/{user}/enrollments/fwfNone"),
            "(AuthenticatorEnrollment)",
        ),
        (
            Method::DELETE,
            format!("users/{user}/enrollments/%3Cscript%3E"),
            "(AuthenticatorEnrollment)",
        ),
        (
            Method::POST,
            format!("users/{user}/enrollments/fwf%20/mark-error"),
            "(AuthenticatorEnrollment)",
        ),
    ] {
        let told = world
            .call(method, &format!("{BASE}/{path}"))
            .await
            .refuses(404, "E0000007");
        let summary = told["errorSummary"].as_str().unwrap();
        assert!(summary.ends_with(kind) && summary.len() < 200, "{summary}");
        assert!(!summary.contains(['\r', '\n', '\0']));
    }
}

const EVERYTHING: &AsciiSet = &AsciiSet::EMPTY.complement();

#[tokio::test]
async fn percent_encoded_ids_and_a_slash_at_the_end_are_read() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let encoded = percent_encode(user.as_bytes(), EVERYTHING).to_string();
    world
        .get(&format!("{BASE}/users/{encoded}/enrollments"))
        .await
        .is_json();
    world
        .get(&format!("{BASE}/users/{user}/enrollments/"))
        .await
        .is_json();
    assert_eq!(
        world
            .get("/api/v1/users/ada%40acme.example")
            .await
            .is_json()["id"],
        user
    );
}

#[tokio::test]
async fn other_media_types_and_larger_bodies_are_refused() {
    let limits = Limits {
        body_bytes: 4096,
        ..Limits::default()
    };
    let world = World::with(Allowance::default(), limits).await;
    let path = format!("{BASE}/enroll");
    let send = async |name: &str, value: &str, body: String| {
        let request = world.request(Method::POST, &path).header(name, value);
        world.send(request.body(Body::from(body)).unwrap()).await
    };
    for wrong in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=x",
    ] {
        send("content-type", wrong, "{}".to_owned())
            .await
            .refuses(400, "E0000021");
    }
    send("content-encoding", "gzip", "{}".to_owned())
        .await
        .refuses(400, "E0000021");
    send("accept", "text/html", "{}".to_owned())
        .await
        .refuses(400, "E0000021");
    for right in [
        "application/json",
        "application/json; charset=utf-8",
        "application/vnd.acme+json",
    ] {
        send("content-type", right, "{}".to_owned())
            .await
            .refuses(400, "E0000001");
    }
    send("content-type", "application/json", " ".repeat(4097))
        .await
        .refuses(413, "E0000001");
    send("content-type", "application/json", " ".repeat(4096))
        .await
        .refuses(400, "E0000003");
}

#[tokio::test]
async fn a_database_that_is_gone_is_a_500_that_tells_nothing() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    world.db.close().await;
    for answer in [
        world.get("/api/v1/users").await,
        world
            .post(&format!("{BASE}/enroll"), &world.enrollment(&user))
            .await,
    ] {
        let told = answer.refuses(500, "E0000009");
        assert_eq!(told["errorSummary"], "Internal Server Error");
        assert_eq!(told["errorCauses"], json!([]));
        assert!(!answer.header("x-rate-limit-reset").is_empty());
    }
}
