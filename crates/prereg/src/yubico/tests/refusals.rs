//! What is refused, with which status, and what of it is said.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::world::{SHIPMENTS, World};
use crate::auth::Scope;
use crate::store::TokenKind;

/// The shipments there are.
async fn count(world: &World) -> u64 {
    let list = world.get(SHIPMENTS).await.body;
    list["total_count"].as_u64().unwrap()
}

#[tokio::test]
async fn every_limit_of_every_field_is_kept_and_its_path_named() {
    let world = World::new().await;
    let body = world.order().await;
    let long = |length: usize| json!("é".repeat(length));
    let rows = [
        ("/recipient/recipient_company", 20),
        ("/recipient/recipient_firstname", 15),
        ("/recipient/recipient_lastname", 20),
        ("/recipient/recipient_email", 80),
        ("/recipient/recipient_telephone", 40),
        ("/mailing_address/street_line1", 60),
        ("/mailing_address/street_line2", 60),
        ("/mailing_address/city", 60),
        ("/mailing_address/region", 50),
        ("/mailing_address/postal_code", 20),
    ];
    let mut longest = body.clone();
    for (member, limit) in rows {
        let mut over = body.clone();
        *over.pointer_mut(member).unwrap() = long(limit + 1);
        let path = member.trim_start_matches('/').replace('/', ".");
        assert_eq!(world.post(&over).await.refusal(), (400, "invalid", &*path));
        *longest.pointer_mut(member).unwrap() = long(limit);
    }
    assert_eq!(count(&world).await, 0);
    assert_eq!(world.post(&longest).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn members_that_cannot_be_are_named() {
    let world = World::new().await;
    let body = world.order().await;
    let item = "/shipment_items/0";
    let key = "/shipment_items/0/product_customizations/0";
    let rows: [(&str, Value, &str); 13] = [
        ("/delivery_type", json!(3), "delivery_type"),
        ("/delivery_type", Value::Null, "delivery_type"),
        ("/recipient", json!([]), "recipient"),
        (
            "/mailing_address/country_code_2",
            json!("GBR"),
            "mailing_address.country_code_2",
        ),
        ("/shipment_items", json!([]), "shipment_items"),
        (
            &format!("{item}/product_id"),
            json!("1"),
            "shipment_items[0].product_id",
        ),
        (
            &format!("{item}/product_id"),
            json!(4711),
            "shipment_items[0].product_id",
        ),
        (
            &format!("{item}/product_quantity"),
            json!(2),
            "shipment_items[0].product_quantity",
        ),
        (
            &format!("{item}/customization_id"),
            json!("x".repeat(65)),
            "shipment_items[0].customization_id",
        ),
        (
            &format!("{item}/customization_id"),
            json!("fault:none"),
            "shipment_items[0].customization_id",
        ),
        (
            &format!("{key}/fido_pin_request"),
            json!("a.b.c.d.e"),
            "shipment_items[0].product_customizations[0].fido_pin_request",
        ),
        (
            &format!("{key}/fido_credential_requests"),
            json!([]),
            "shipment_items[0].product_customizations[0].fido_credential_requests",
        ),
        (
            &format!("{key}/fido_credential_requests/1"),
            json!(""),
            "shipment_items[0].product_customizations[0].fido_credential_requests[1]",
        ),
    ];
    for (member, value, path) in rows {
        let mut wrong = body.clone();
        *wrong.pointer_mut(member).unwrap() = value;
        let answer = world.post(&wrong).await;
        let (status, _, named) = answer.refusal();
        assert_eq!((status, named), (400, path), "{}", answer.body);
        assert!(
            !answer.body.to_string().contains("4711"),
            "no value is repeated"
        );
    }
    // None of them has used the requests up.
    assert_eq!(world.post(&body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_request_that_cannot_be_opened_is_opaque() {
    let world = World::new().await;
    let member = "/shipment_items/0/product_customizations/0/fido_pin_request";
    let mut codes = std::collections::BTreeSet::new();
    for place in [2, 3, 4] {
        let mut body = world.order().await;
        let token = body.pointer_mut(member).unwrap();
        let mut parts: Vec<String> = token
            .as_str()
            .unwrap()
            .split('.')
            .map(str::to_owned)
            .collect();
        let first = if parts[place].starts_with('A') {
            "B"
        } else {
            "A"
        };
        parts[place].replace_range(..1, first);
        *token = json!(parts.join("."));
        let answer = world.post(&body).await;
        assert_eq!(answer.status, 400);
        codes.insert(answer.body["error"].to_string());
    }
    assert_eq!(
        codes.len(),
        1,
        "IV, ciphertext and tag fail alike: {codes:?}"
    );
}

#[tokio::test]
async fn text_that_is_no_json_is_refused() {
    let world = World::new().await;
    let rows: [(&[u8], &str); 6] = [
        (b"", "invalid"),
        (b"{", "malformed_json"),
        (b"[]", "invalid"),
        (
            b"{\"delivery_type\":1,\"delivery_type\":1}",
            "malformed_json",
        ),
        (b"{}", "invalid"),
        (b"\xff", "malformed_json"),
    ];
    for (body, code) in rows {
        let request = world.request("POST", SHIPMENTS);
        let answer = world.call(request.body(Body::from(body)).unwrap()).await;
        let (status, found, _) = answer.refusal();
        assert_eq!(
            (status, found),
            (400, code),
            "{:?}",
            String::from_utf8_lossy(body)
        );
    }
}

#[tokio::test]
async fn bodies_of_another_kind_or_size_are_refused() {
    let world = World::new().await;
    let with = |name: &'static str, value: &'static str, body: String| {
        let request = world.request("POST", SHIPMENTS).header(name, value);
        world.call(request.body(Body::from(body)).unwrap())
    };
    let body = world.order().await.to_string();
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "application/jsonp"),
        ("content-encoding", "gzip"),
    ] {
        let answer = with(name, value, body.clone()).await;
        assert_eq!(answer.refusal(), (415, "media_type", ""), "{name}: {value}");
    }
    let large = with("content-type", "application/json", "x".repeat(200_001)).await;
    assert_eq!(large.refusal(), (413, "body_too_large", ""));
    let sound = with("content-type", "Application/JSON; charset=utf-8", body).await;
    assert_eq!(sound.status, StatusCode::CREATED);
}

#[tokio::test]
async fn nobody_without_a_token_of_the_provider_gets_in() {
    let mut world = World::new().await;
    let sound = world.token.clone();
    let id = world.create().await;
    let other = world
        .token_for(TokenKind::Okta, &[Scope::UsersManage])
        .await;
    let (name, secret) = sound.split_once('.').unwrap();
    let forged = format!("{name}.{}", secret.chars().rev().collect::<String>());
    let one = format!("{SHIPMENTS}/{id}");
    for token in [other.as_str(), &forged, name, "", "x"] {
        token.clone_into(&mut world.token);
        for path in [SHIPMENTS, &one, "/v1/fpr/shipments/none"] {
            let answer = world.get(path).await;
            assert_eq!(answer.refusal(), (401, "invalid_token", ""), "{path}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
        let answer = world.post(&json!({})).await;
        assert_eq!(answer.refusal(), (401, "invalid_token", ""));
    }
    for authorization in [
        format!("SSWS {sound}"),
        format!("Basic {sound}"),
        sound.clone(),
    ] {
        let request = Request::get(SHIPMENTS).header("authorization", authorization);
        let answer = world.call(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 401);
    }
    let bare = Request::get(SHIPMENTS).body(Body::empty()).unwrap();
    assert_eq!(world.call(bare).await.refusal(), (401, "invalid_token", ""));
}

#[tokio::test]
async fn unknown_paths_methods_and_shipments_are_told_apart() {
    let world = World::new().await;
    for path in ["/", "/v1", "/v1/fpr/shipments/a/b", "/v2/fpr/shipments"] {
        assert_eq!(
            world.get(path).await.refusal(),
            (404, "unknown_path", ""),
            "{path}"
        );
    }
    for id in ["none", "..", "%00", "%ff", &"x".repeat(65), "a%2fb"] {
        let answer = world.get(&format!("{SHIPMENTS}/{id}")).await;
        assert_eq!(answer.refusal(), (404, "unknown_shipment", ""), "{id}");
    }
    for (method, path, allow) in [
        ("PUT", SHIPMENTS, "POST,GET,HEAD"),
        ("DELETE", "/v1/fpr/shipments/none", "GET,HEAD"),
        ("POST", "/.well-known/yubico-sign.jwks", "GET,HEAD"),
    ] {
        let request = world.request(method, path).body(Body::empty()).unwrap();
        let answer = world.call(request).await;
        assert_eq!(answer.refusal(), (405, "method", ""), "{method} {path}");
        let allowed = answer.headers["allow"].to_str().unwrap();
        let sorted = |text: &str| {
            let mut methods: Vec<String> = text.split(',').map(str::to_owned).collect();
            methods.sort();
            methods
        };
        assert_eq!(sorted(allowed), sorted(allow));
    }
    let options = world
        .request("OPTIONS", SHIPMENTS)
        .body(Body::empty())
        .unwrap();
    assert_eq!(world.call(options).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn faults_that_are_none_are_refused_by_header_too() {
    let world = World::new().await;
    for fault in ["none", "", "tampered-tag,up-unset", "TAMPERED-TAG"] {
        let body = Body::from(world.order().await.to_string());
        let request = world
            .request("POST", SHIPMENTS)
            .header("X-Prereg-Fault", fault);
        let answer = world.call(request.body(body).unwrap()).await;
        assert_eq!(
            answer.refusal(),
            (400, "unknown_fault", "X-Prereg-Fault"),
            "{fault}"
        );
    }
    let twice = world
        .request("GET", "/.well-known/yubico-sign.jwks")
        .header("X-Prereg-Fault", "tampered-tag")
        .header("X-Prereg-Fault", "up-unset");
    let answer = world.call(twice.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.refusal(), (400, "unknown_fault", "X-Prereg-Fault"));
    assert_eq!(count(&world).await, 0);
}

#[tokio::test]
async fn lists_refuse_numbers_that_are_none() {
    let world = World::new().await;
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("offset=x", "offset"),
    ] {
        let answer = world.get(&format!("{SHIPMENTS}?{query}")).await;
        assert_eq!(answer.refusal(), (400, "parameter", name), "{query}");
    }
}
