//! What the server says of itself.

use axum::body::Body;
use axum::http::Request;

use super::world::{ISSUER, World};

#[tokio::test]
async fn the_discovery_document_names_what_is_served_here() {
    let world = World::new().await;
    let document = world
        .get("/.well-known/openid-configuration")
        .await
        .is_json();
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(
        document["token_endpoint"],
        "http://127.0.0.1:8080/oauth2/v1/token"
    );
    let keys = document["jwks_uri"].as_str().unwrap();
    let keys = keys.strip_prefix("http://127.0.0.1:8080").unwrap();
    let keys = world.get(keys).await.is_json();
    assert_eq!(keys["keys"][0]["crv"], "P-384");
    assert!(keys["keys"][0]["d"].is_null());
}

#[tokio::test]
async fn documents_need_no_token() {
    let world = World::new().await;
    for path in [
        "/.well-known/openid-configuration",
        "/openapi.json",
        "/docs",
        "/oauth2/v1/keys",
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_page_shows_every_operation_and_loads_nothing() {
    let world = World::new().await;
    let page = world.get("/docs").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none';")
    );
    let document = world.get("/openapi.json").await.is_json();
    let operations = document["paths"].as_object().unwrap().values();
    let ids = operations.flat_map(|methods| methods.as_object().unwrap().values());
    for operation in ids {
        let id = operation["operationId"].as_str().unwrap();
        assert!(
            page.text.contains(&format!("<article id=\"{id}\">")),
            "{id}"
        );
    }
    for name in document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
    {
        assert!(
            page.text.contains(&format!("id=\"schema-{name}\"")),
            "{name}"
        );
    }
    for loading in [
        "<script",
        "<img",
        "<link",
        "@import",
        "url(",
        "//cdn",
        " src=",
        "href=\"http",
    ] {
        assert!(!page.text.contains(loading), "{loading}");
    }
    assert!(page.text.starts_with("<!DOCTYPE html><html lang=\"en\">"));
}
