//! The system log.

use prereg_types::api::UserStatus;
use serde_json::{Value, json};

use super::world::{Answer, BASE, World};

/// A world in which five keys were ordered and one was activated.
async fn world() -> (World, String, String) {
    let world = World::new().await;
    let ada = world.hire("ada@acme.example", UserStatus::Active).await;
    let alan = world.hire("alan@acme.example", UserStatus::Active).await;
    for (user, customization) in [
        (&ada, "A1"),
        (&alan, "B2"),
        (&ada, "A3"),
        (&ada, "A4"),
        (&alan, "B5"),
    ] {
        let order = json!({
            "userId": user, "fulfillmentProvider": "yubico",
            "fulfillmentData": {"productId": "1", "inventoryProductId": "106", "customizationId": customization},
        });
        world
            .post(&format!("{BASE}/initiate-fulfillment-request"), &order)
            .await
            .is_done();
    }
    world.activate(&ada).await;
    (world, ada, alan)
}

fn events(answer: &Answer) -> Vec<Value> {
    answer.is_json().as_array().unwrap().clone()
}

/// Customizations of the orders, and `activate`.
fn told(answer: &Answer) -> String {
    let told = events(answer).into_iter().map(|event| {
        let detail = &event["target"][0]["detailEntry"]["yubicoCustomizationId"];
        detail.as_str().unwrap_or("activate").to_owned()
    });
    told.collect::<Vec<_>>().join(" ")
}

fn next(answer: &Answer) -> Option<String> {
    let mut links = answer.header("link").split(", ");
    let next = links.find_map(|link| link.strip_suffix("; rel=\"next\""))?;
    Some(
        next.strip_prefix("<http://127.0.0.1:8080")?
            .strip_suffix('>')?
            .to_owned(),
    )
}

#[tokio::test]
async fn events_have_okta_s_form_and_name_caller_and_target() {
    let (world, ada, _) = world().await;
    let all = events(&world.get("/api/v1/logs").await);
    let first = &all[0];
    assert_eq!(first["eventType"], "system.mfa.preregister.initiate");
    assert_eq!(first["target"][0]["id"], ada);
    assert_eq!(
        first["target"][0]["detailEntry"],
        json!({
            "fulfillmentProvider": "yubico",
            "yubicoProductId": "1",
            "yubicoInventoryProductId": "106",
            "yubicoCustomizationId": "A1",
        })
    );
    assert_eq!(first["outcome"], json!({"result": "SUCCESS"}));
    assert_eq!(first["actor"]["type"], "SystemPrincipal");
    assert!(first["actor"]["id"].as_str().unwrap().starts_with("00T"));
    assert_eq!(first["version"], "0");
    assert_eq!(first["uuid"].as_str().unwrap().len(), 36);
    assert_eq!(all.last().unwrap()["eventType"], "user.mfa.factor.activate");
}

#[tokio::test]
async fn filters_times_keywords_and_orders_choose_events() {
    let (world, ada, alan) = world().await;
    let find = async |query: &str| {
        let query = query.replace(' ', "%20").replace('"', "%22");
        told(&world.get(&format!("/api/v1/logs?{query}")).await)
    };
    assert_eq!(find("").await, "A1 B2 A3 A4 B5 activate");
    assert_eq!(
        find("sortOrder=DESCENDING").await,
        "activate B5 A4 A3 B2 A1"
    );
    assert_eq!(find("sortOrder=DESCENDING&limit=2").await, "activate B5");
    assert_eq!(
        find(&format!("filter=target.id eq \"{alan}\"")).await,
        "B2 B5"
    );
    assert_eq!(
        find("filter=eventType eq \"user.mfa.factor.activate\"").await,
        "activate"
    );
    assert_eq!(
        find("filter=eventType eq \"USER.mfa.factor.activate\"").await,
        "activate"
    );
    assert_eq!(
        find(&format!("filter=eventType eq \"system.mfa.preregister.initiate\" and (target.id eq \"{ada}\" or target.id eq \"nobody\")")).await,
        "A1 A3 A4"
    );
    assert_eq!(
        find("filter=target.detailEntry.yubicoCustomizationId sw \"B\"").await,
        "B2 B5"
    );
    assert_eq!(find("filter=actor.id eq \"nobody\"").await, "");
    assert_eq!(find("q=ALAN factor").await, "");
    assert_eq!(find("q=ALAN initiate").await, "B2 B5");
    assert_eq!(find("until=2020-01-01T00:00:00Z").await, "");
    assert_eq!(
        find("since=2020-01-01&until=2999-01-01T00:00:00.000%2B02:00").await,
        "A1 B2 A3 A4 B5 activate"
    );
    assert_eq!(find("since=2999-01-01T00:00:00Z").await, "");
    let uuid = events(&world.get("/api/v1/logs").await)[2]["uuid"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(find(&format!("filter=uuid eq \"{uuid}\"")).await, "A3");
}

#[tokio::test]
async fn pages_follow_each_other_in_both_orders() {
    let (world, _, alan) = world().await;
    for (query, expected) in [
        ("limit=2".to_owned(), "A1 B2 A3 A4 B5 activate"),
        (
            "limit=4&sortOrder=DESCENDING".to_owned(),
            "activate B5 A4 A3 B2 A1",
        ),
        (
            format!("limit=1&filter=target.id%20eq%20%22{alan}%22"),
            "B2 B5",
        ),
        ("limit=1&q=alan%20initiate".to_owned(), "B2 B5"),
    ] {
        let mut seen = Vec::new();
        let mut address = Some(format!("/api/v1/logs?{query}"));
        while let Some(path) = address {
            let page = world.get(&path).await;
            if !told(&page).is_empty() {
                seen.push(told(&page));
            }
            address = next(&page);
        }
        assert_eq!(seen.join(" "), expected, "{query}");
    }
}

#[tokio::test]
async fn a_poll_goes_on_where_it_stopped() {
    let (world, ada, _) = world().await;
    let first = world
        .get("/api/v1/logs?since=2020-01-01T00:00:00Z&limit=100")
        .await;
    assert_eq!(events(&first).len(), 6);
    let path = next(&first).expect("a poll has a next page");
    let empty = world.get(&path).await;
    assert_eq!(events(&empty).len(), 0);
    assert_eq!(next(&empty).as_deref(), Some(path.as_str()));
    world.activate(&ada).await;
    let more = world.get(&path).await;
    assert_eq!(told(&more), "activate");
    assert_ne!(next(&more).as_deref(), Some(path.as_str()));
    let none_yet = world.get("/api/v1/logs?since=2999-01-01").await;
    assert!(next(&none_yet).is_some());
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let (world, ..) = world().await;
    for (query, name) in [
        ("since=yesterday", "since"),
        ("until=2026-13-01", "until"),
        ("after=abc", "after"),
        ("after=%2B1", "after"),
        ("limit=0", "limit"),
        ("sortOrder=UP", "sortOrder"),
        ("filter=eventType%20eq", "filter"),
        ("q=1%202%203%204%205%206%207%208%209%2010%2011", "q"),
    ] {
        let told = world
            .get(&format!("/api/v1/logs?{query}"))
            .await
            .refuses(400, "E0000001");
        assert_eq!(
            told["errorSummary"],
            format!("Api validation failed: {name}")
        );
    }
}
