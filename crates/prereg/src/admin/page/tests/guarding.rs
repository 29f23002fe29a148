//! Who is kept out.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64ct::{Base64, Encoding as _};
use getrandom::SysRng;
use relying_party::clock::Clock as _;

use super::world::{World, value_of};
use crate::admin::page::{Access, AccessError};
use crate::auth::{ApiToken, Scopes};
use crate::clock::SystemClock;
use crate::store::{Database, TokenKind};

#[tokio::test]
async fn a_name_that_suddenly_means_this_machine_gets_no_page() {
    let world = World::new().await;
    for host in ["localhost", "localhost:8082", "127.0.0.1:1", "[::1]:8082"] {
        let request = Request::get("/").header("host", host);
        let answer = world.call(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:8082",
        "127.0.0.2",
        "user@localhost",
        "",
    ] {
        let request = Request::get("/").header("host", host);
        let answer = world.call(request.body(Body::empty()).unwrap()).await;
        let refused = [StatusCode::MISDIRECTED_REQUEST, StatusCode::BAD_REQUEST];
        assert!(
            refused.contains(&answer.status),
            "{host}: {}",
            answer.status
        );
    }
    let none = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(
        world.call(none).await.status,
        StatusCode::MISDIRECTED_REQUEST
    );
    let two = Request::get("/")
        .header("host", "localhost")
        .header("host", "evil.example");
    let two = world.call(two.body(Body::empty()).unwrap()).await;
    assert_eq!(two.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn forms_of_other_sites_and_without_the_code_do_nothing() {
    let world = World::new().await;
    let key = world.order("ada").await;
    let code = value_of(&world.get("/").await.text, "csrf");
    let shipment = ("shipment", key.shipment.as_str());
    let with_code = [("csrf", code.as_str()), shipment];
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:9999"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let forge = |request: axum::http::request::Builder| {
            let mut request = request;
            request
                .headers_mut()
                .unwrap()
                .insert(header, value.parse().unwrap());
            request
        };
        let answer = world.send("advance", &with_code, forge).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{header}: {value}");
    }
    let longer = format!("{code}A");
    for fields in [
        vec![shipment],
        vec![("csrf", ""), shipment],
        vec![("csrf", "AAAA"), shipment],
        vec![("csrf", longer.as_str()), shipment],
        vec![("csrf", code.as_str()), ("csrf", "x"), shipment],
    ] {
        let answer = world.send("advance", &fields, |request| request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    assert!(world.audited().await.is_empty(), "nothing was done");
    let done = world.send("advance", &with_code, |request| request).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    // Looking at an action does nothing either.
    assert_eq!(
        world.get("/actions/advance").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn a_form_leads_to_no_other_site() {
    let world = World::new().await;
    for back in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        let fields = [("fault", ""), ("back", back)];
        let code = value_of(&world.get("/").await.text, "csrf");
        let mut all = vec![("csrf", code.as_str())];
        all.extend_from_slice(&fields);
        let answer = world.send("next-fault", &all, |request| request).await;
        let location = answer.headers["location"].to_str().unwrap();
        assert!(location.starts_with("/?note="), "{location}");
    }
}

/// A database with an admin token and one of the relying party's API.
async fn tokens() -> (Database, String, String) {
    let database = Database::scratch().await;
    let mut texts = Vec::new();
    for kind in [TokenKind::Admin, TokenKind::Okta] {
        let token = ApiToken::generate(kind, &mut SysRng).unwrap();
        let row = token.to_row(kind, "test", Scopes::default(), SystemClock.now(), None);
        database.insert_token(&row).await.unwrap();
        texts.push(token.expose().to_owned());
    }
    let other = texts.pop().unwrap();
    (database, texts.pop().unwrap(), other)
}

#[tokio::test]
async fn an_address_open_to_others_wants_an_admin_token() {
    let (open, loopback) = (
        "0.0.0.0:8082".parse().unwrap(),
        "[::1]:8082".parse().unwrap(),
    );
    let now = SystemClock.now();
    let without = Database::scratch().await;
    assert!(matches!(
        Access::at(open, &without, now).await,
        Err(AccessError::Open(_))
    ));
    assert!(matches!(
        Access::at(loopback, &without, now).await,
        Ok(Access::ThisMachine)
    ));
    let (database, admin, okta) = tokens().await;
    let access = Access::at(open, &database, now).await.unwrap();
    let world = World::on(database, false, access).await;
    let ask = async |authorization: Option<String>| {
        let mut request = Request::get("/").header("host", "admin.acme.example");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        world.call(request.body(Body::empty()).unwrap()).await
    };
    let basic = |token: &str| {
        Some(format!(
            "Basic {}",
            Base64::encode_string(format!("x:{token}").as_bytes())
        ))
    };
    for wrong in [
        None,
        basic(&okta),
        basic("wrong"),
        Some("Basic ???".to_owned()),
        Some(format!("Bearer {okta}")),
        Some(admin.clone()),
    ] {
        let answer = ask(wrong).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.headers.contains_key("www-authenticate"));
        assert!(!answer.text.contains("csrf"));
    }
    assert_eq!(ask(basic(&admin)).await.status, 200);
    assert_eq!(ask(Some(format!("Bearer {admin}"))).await.status, 200);
}
