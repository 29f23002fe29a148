//! What real callers send besides the published form: every row of the table in
//! protocol.md §1.

use axum::body::Body;
use axum::http::{Method, Request};
use prereg_types::api::UserStatus;
use serde_json::{Value, json};

use super::world::{Answer, BASE, World, enrollment_id};

fn text(value: &Value) -> Value {
    Value::String(value.to_string())
}

async fn activation_with(change: impl FnOnce(&World, &mut Value)) -> Answer {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let requests = world.enroll(&user).await;
    let (mut body, _) = world.fulfill(&user, &requests).await;
    change(&world, &mut body);
    world.post(&format!("{BASE}/activate"), &body).await
}

#[tokio::test]
async fn send_pin_takes_an_array_of_one() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let (id, _) = world.activate(&user).await;
    let path = format!("{BASE}/send-pin");
    let body = |id: Value| json!({"userId": user, "fulfillmentProvider": "yubico", "authenticatorEnrollmentId": id});
    world.post(&path, &body(json!([id]))).await.is_done();
    world.post(&path, &body(json!(id))).await.is_done();
    world
        .post(&path, &body(json!([id, id])))
        .await
        .refuses(400, "E0000001");
    world
        .post(&path, &body(json!([])))
        .await
        .refuses(400, "E0000001");
}

#[tokio::test]
async fn activate_takes_the_former_spelling_of_a_response() {
    let answer = activation_with(|_, body| {
        let response = body["credResponses"][0].as_object_mut().unwrap();
        let jwe = response.remove("credResponseJwe").unwrap();
        response.insert("credResponseJWE".to_owned(), jwe);
    });
    answer.await.is_json();
}

#[tokio::test]
async fn activate_takes_a_key_set_and_the_text_of_either() {
    type Form = fn(Value) -> Value;
    let forms: [Form; 3] = [
        |keys| json!({"keys": keys}),
        |keys| text(&json!({"keys": keys})),
        |keys| text(&keys),
    ];
    for form in forms {
        let answer = activation_with(|world, body| {
            body["yubicoSigningJwks"] = form(world.signing_keys());
        });
        answer.await.is_json();
    }
}

#[tokio::test]
async fn members_may_come_as_text_as_the_sql_resource_sends_them() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let mut body = world.enrollment(&user);
    for name in ["enrollmentRpIds", "yubicoTransportKeyJWK"] {
        body[name] = text(&body[name]);
    }
    world.post(&format!("{BASE}/enroll"), &body).await.is_json();
    let details = json!({"productId": "1", "inventoryProductId": "106"});
    for data in [
        details.clone(),
        json!([details]),
        text(&details),
        text(&json!([details])),
    ] {
        let order =
            json!({"userId": user, "fulfillmentProvider": "yubico", "fulfillmentData": data});
        let path = format!("{BASE}/initiate-fulfillment-request");
        world.post(&path, &order).await.is_done();
    }
    let answer = activation_with(|_, body| {
        for name in ["credResponses", "yubicoSigningJwks"] {
            body[name] = text(&body[name]);
        }
    });
    answer.await.is_json();
}

#[tokio::test]
async fn a_token_may_follow_its_scheme_without_a_space() {
    let world = World::new().await;
    let token = world.token(&[crate::auth::Scope::UsersRead]).await;
    for value in [
        format!("SSWS{token}"),
        format!("SSWS {token}"),
        format!("ssws {token}"),
    ] {
        let request = Request::get("/api/v1/users").header("authorization", value);
        world
            .send(request.body(Body::empty()).unwrap())
            .await
            .is_json();
    }
}

#[tokio::test]
async fn calls_without_a_body_come_under_any_content_type() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let requests = world.enroll(&user).await;
    let id = enrollment_id(&requests);
    let path = format!("{BASE}/users/{user}/enrollments/{id}");
    let call = async |method: Method, path: &str| {
        let request = world
            .request(method, path)
            .header("content-type", "application/octet-stream")
            .header("content-length", "0")
            .header("accept", "application/json, */*;q=0.8");
        world.send(request.body(Body::empty()).unwrap()).await
    };
    call(Method::POST, &format!("{path}/mark-error"))
        .await
        .is_done();
    call(Method::GET, &format!("{BASE}/users/{user}/enrollments"))
        .await
        .is_json();
    call(Method::DELETE, &path).await.is_done();
    let (id, _) = world.activate(&user).await;
    let verify = format!("/api/v1/users/{user}/factors/{id}/verify");
    call(Method::POST, &verify).await.is_json();
    // An object without members is no body either.
    world.post(&verify, &json!({})).await.is_json();
}

#[tokio::test]
async fn members_that_are_unknown_or_null_are_passed_over() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let mut body = world.enrollment(&user);
    body["yubicoTransportKeyJWK"]["alg"] = json!("ECDH-ES");
    body["yubicoTransportKeyJWK"]["x5c"] = json!(["AA=="]);
    body["later"] = json!({"more": [1, 2]});
    body["nothing"] = Value::Null;
    world.post(&format!("{BASE}/enroll"), &body).await.is_json();
    body["yubicoTransportKeyJWK"]["d"] = body["yubicoTransportKeyJWK"]["x"].clone();
    let refused = world.post(&format!("{BASE}/enroll"), &body).await;
    let told = refused.refuses(400, "E0000001");
    let private = body["yubicoTransportKeyJWK"]["d"].as_str().unwrap();
    assert!(!told.to_string().contains(private));
}
