//! The user directory.

use axum::http::Method;
use prereg_types::api::UserStatus;
use serde_json::{Value, json};

use super::world::{Answer, World};

fn profile(login: &str) -> Value {
    json!({"profile": {"firstName": "Ada", "lastName": "Lovelace", "login": login, "email": "ada@acme.example"}})
}

fn logins(answer: &Answer) -> Vec<String> {
    let users = answer.is_json();
    let logins = users
        .as_array()
        .unwrap()
        .iter()
        .map(|user| &user["profile"]["login"]);
    logins
        .map(|login| login.as_str().unwrap().to_owned())
        .collect()
}

/// The address of the next page, as a client would follow it.
fn next(answer: &Answer) -> Option<String> {
    let mut links = answer.header("link").split(", ");
    let next = links.find_map(|link| link.strip_suffix("; rel=\"next\""))?;
    let address = next.strip_prefix("<http://127.0.0.1:8080").unwrap();
    Some(address.strip_suffix('>').unwrap().to_owned())
}

#[tokio::test]
async fn users_are_created_active_or_staged_and_found_by_id_and_login() {
    let world = World::new().await;
    let active = world
        .post("/api/v1/users", &profile("ada@acme.example"))
        .await
        .is_json();
    assert_eq!(active["status"], "ACTIVE");
    assert_eq!(active["id"].as_str().unwrap().len(), 20);
    let mut body = profile("grace@acme.example");
    body["profile"]["secondEmail"] = json!("grace@home.example");
    body["profile"]["mobilePhone"] = json!("+1 555 0100");
    body["credentials"] = json!({"password": {"value": "secret"}});
    let staged = world
        .post("/api/v1/users?activate=false", &body)
        .await
        .is_json();
    assert_eq!(staged["status"], "STAGED");
    assert_eq!(staged["profile"]["secondEmail"], "grace@home.example");
    assert!(!staged.to_string().contains("secret"));
    for name in [
        staged["id"].as_str().unwrap(),
        "grace@acme.example",
        "GRACE@acme.example",
        "grace%40acme.example",
    ] {
        let found = world.get(&format!("/api/v1/users/{name}")).await.is_json();
        assert_eq!(found, staged, "{name}");
    }
    let told = world
        .get("/api/v1/users/alan@acme.example")
        .await
        .refuses(404, "E0000007");
    assert_eq!(
        told["errorSummary"],
        "Not found: Resource not found: alan@acme.example (User)"
    );
}

#[tokio::test]
async fn a_login_belongs_to_one_user_and_bad_profiles_are_refused() {
    let world = World::new().await;
    world
        .post("/api/v1/users", &profile("ada@acme.example"))
        .await
        .is_json();
    let taken = world
        .post("/api/v1/users", &profile("ADA@acme.example"))
        .await;
    let told = taken.refuses(400, "E0000001");
    assert_eq!(told["errorSummary"], "Api validation failed: login");
    for (member, value) in [
        ("login", json!("ada")),
        ("login", json!("with space@acme.example")),
        ("email", json!("ada@acme.example\r\nBcc: eve@evil.example")),
        ("email", json!("ada")),
        ("firstName", json!("")),
        ("firstName", json!("Ada\nLovelace")),
        ("lastName", json!("x".repeat(51))),
        ("lastName", Value::Null),
        ("secondEmail", json!("nowhere")),
    ] {
        let mut body = profile("new@acme.example");
        body["profile"][member] = value;
        let told = world
            .post("/api/v1/users", &body)
            .await
            .refuses(400, "E0000001");
        assert_eq!(
            told["errorSummary"],
            format!("Api validation failed: {member}")
        );
    }
    world
        .post("/api/v1/users?activate=maybe", &profile("new@acme.example"))
        .await
        .refuses(400, "E0000001");
    world
        .call(Method::POST, "/api/v1/users")
        .await
        .refuses(400, "E0000001");
    assert_eq!(
        logins(&world.get("/api/v1/users").await),
        ["ada@acme.example"]
    );
}

#[tokio::test]
async fn pages_follow_each_other_until_everybody_was_listed_once() {
    let world = World::new().await;
    for number in 0..7 {
        world
            .hire(&format!("user{number}@acme.example"), UserStatus::Active)
            .await;
    }
    let mut seen = Vec::new();
    let mut address = Some("/api/v1/users?limit=3".to_owned());
    let mut pages = 0;
    while let Some(path) = address {
        let page = world.get(&path).await;
        assert!(page.header("link").contains("; rel=\"self\""));
        seen.extend(logins(&page));
        address = next(&page);
        pages += 1;
    }
    assert_eq!(pages, 3);
    seen.sort();
    let all: Vec<String> = (0..7)
        .map(|number| format!("user{number}@acme.example"))
        .collect();
    assert_eq!(seen, all);
    // A last page that is full has no next one.
    assert_eq!(next(&world.get("/api/v1/users?limit=7").await), None);
}

#[tokio::test]
async fn filters_and_searches_find_whom_they_describe() {
    let world = World::new().await;
    for (login, status) in [
        ("ada@acme.example", UserStatus::Active),
        ("alan@acme.example", UserStatus::Staged),
        ("grace@navy.example", UserStatus::Active),
        ("gone@acme.example", UserStatus::Deprovisioned),
    ] {
        world.hire(login, status).await;
    }
    let find = async |query: &str| {
        let mut found = logins(&world.get(&format!("/api/v1/users?{query}")).await);
        found.sort();
        found.join(" ")
    };
    let encoded = |text: &str| text.replace(' ', "%20").replace('"', "%22");
    assert_eq!(
        find("").await,
        "ada@acme.example alan@acme.example grace@navy.example"
    );
    assert_eq!(
        find("q=a").await,
        "ada@acme.example alan@acme.example grace@navy.example"
    );
    assert_eq!(find("q=GRA").await, "grace@navy.example");
    for (filter, found) in [
        (r#"profile.login eq "ADA@acme.example""#, "ada@acme.example"),
        (
            r#"profile.login eq "ada@acme.example" and status eq "STAGED""#,
            "",
        ),
        (r#"status eq "STAGED""#, "alan@acme.example"),
        (r#"status eq "DEPROVISIONED""#, "gone@acme.example"),
        (
            r#"profile.email ew "navy.example" or status eq "STAGED""#,
            "alan@acme.example grace@navy.example",
        ),
        (
            r#"profile.email eq "grace@navy.example""#,
            "grace@navy.example",
        ),
        (r#"id eq "nobody""#, ""),
        (r#"id eq "not an id""#, ""),
        ("profile.secondEmail pr", ""),
    ] {
        for name in ["filter", "search"] {
            assert_eq!(
                find(&format!("{name}={}", encoded(filter))).await,
                found,
                "{filter}"
            );
        }
    }
    let both = format!(
        "filter={}&search={}",
        encoded(r#"status eq "ACTIVE""#),
        encoded(r#"profile.login sw "a""#)
    );
    assert_eq!(find(&both).await, "ada@acme.example");
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let world = World::new().await;
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("after=a%20b", "after"),
        ("filter=login%20is%20ada", "filter"),
        ("search=(", "search"),
    ] {
        let told = world
            .get(&format!("/api/v1/users?{query}"))
            .await
            .refuses(400, "E0000001");
        assert_eq!(
            told["errorSummary"],
            format!("Api validation failed: {name}")
        );
        let cause = told["errorCauses"][0]["errorSummary"].as_str().unwrap();
        assert!(cause.starts_with(&format!("{name}: ")), "{cause}");
    }
    world
        .get("/api/v1/users?limit=99999999999999999999&unknown=1")
        .await
        .is_json();
}

#[tokio::test]
async fn links_lead_back_the_way_the_caller_came() {
    let world = World::new().await;
    for login in ["ada@acme.example", "alan@acme.example"] {
        world.hire(login, UserStatus::Active).await;
    }
    let link = async |host: &str, proto: &str| {
        let path =
            "/api/v1/users?limit=1&search=profile.login%20sw%20%22a%22%20or%20id%20pr&q=a%2Cb,c";
        let path = path.replace("&q=a%2Cb,c", "");
        let mut request = axum::http::Request::get(path);
        let token = world.token(&[crate::auth::Scope::UsersRead]).await;
        request = request
            .header("host", host)
            .header("authorization", format!("SSWS {token}"));
        if !proto.is_empty() {
            request = request.header("x-forwarded-proto", proto);
        }
        let answer = world
            .send(request.body(axum::body::Body::empty()).unwrap())
            .await;
        answer.header("link").to_owned()
    };
    assert!(link("localhost:1234", "").await.starts_with("<http://localhost:1234/api/v1/users?limit=1&search=profile.login%20sw%20%22a%22%20or%20id%20pr>; rel=\"self\", <http://localhost:1234/api/v1/users?limit=1&"));
    assert!(
        link("keys.acme.example", "https")
            .await
            .starts_with("<https://keys.acme.example/")
    );
    assert!(
        link("acme.okta.example", "")
            .await
            .starts_with("<https://acme.okta.example/")
    );
    assert!(
        link("evil\"><x", "")
            .await
            .starts_with("<https://acme.okta.example/")
    );
}
