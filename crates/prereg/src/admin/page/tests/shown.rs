//! What the page shows, and what it keeps to itself.

use prereg_types::shipment::ShipmentState;

use super::world::{World, user};

#[tokio::test]
async fn an_empty_server_has_a_page_that_says_so() {
    let world = World::new().await;
    let page = world.get("/").await;
    assert_eq!(page.status, 200);
    for words in [
        "Nobody waits for a key yet.",
        "No shipment has been ordered yet.",
        "No key has been programmed yet.",
        "No mail has been sent yet.",
        "Nothing has happened yet.",
    ] {
        assert!(page.text.contains(words), "{words}");
    }
    for path in ["/enrollments", "/shipments", "/keys", "/mail", "/log"] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
    for path in ["/nothing", "/keys/1", "/keys/x", "/assets/x"] {
        assert_eq!(world.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn everything_on_its_way_is_shown() {
    let world = World::new().await;
    let waiting = world.order("ada").await;
    world
        .put(&waiting, ShipmentState::ADDRESS_UNDELIVERABLE)
        .await;
    let (used, serial, _) = world.key_in_use("grace").await;
    let page = world.get("/").await.text;
    for shown in [
        "ada@acme.example",
        "grace@acme.example",
        "Waiting for its key",
        "Active",
        waiting.shipment.as_str(),
        "Address undeliverable",
        used.shipment.as_str(),
        "Delivered",
        serial.as_str(),
        "With its user",
        "YubiKey 5 NFC",
        "user.mfa.factor.activate",
        "vpn.acme.example",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    let key = world.get(&format!("/keys/{serial}")).await.text;
    assert!(key.contains("8 tries left") && key.contains("grace@acme.example"));
}

#[tokio::test]
async fn the_pin_is_shown_in_a_lab_only() {
    for lab in [false, true] {
        let world = if lab {
            World::lab().await
        } else {
            World::new().await
        };
        let (_, serial, pin) = world.key_in_use("ada").await;
        for path in ["/", "/enrollments", "/keys", &format!("/keys/{serial}")] {
            let page = world.get(path).await.text;
            assert_eq!(page.contains(&pin), lab, "{path}");
            assert_eq!(page.contains("Lab: PINs are shown"), lab, "{path}");
        }
        for path in ["/mail", "/log", "/shipments"] {
            assert!(!world.get(path).await.text.contains(&pin), "{path}");
        }
    }
}

#[tokio::test]
async fn names_are_text_wherever_they_stand() {
    let world = World::new().await;
    let mut eve = user("eve");
    eve.profile.login = "<script>alert(1)</script>\"'&".to_owned();
    eve.profile.first_name = "<img src=x onerror=alert(2)>".to_owned();
    world.database.insert_user(&eve).await.unwrap();
    let key = world.order_for(eve).await;
    world.put(&key, ShipmentState::DELIVERED).await;
    let serial = world.activate(&key).await;
    for path in [
        "/",
        "/enrollments",
        "/keys",
        "/log",
        &format!("/keys/{serial}"),
    ] {
        let page = world.get(path).await.text;
        assert!(
            !page.contains("<script>") && !page.contains("<img"),
            "{path}"
        );
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn long_lists_come_a_page_at_a_time_and_none_is_missing() {
    let world = World::new().await;
    for number in 0..14 {
        world.order(&format!("user{number:02}")).await;
    }
    let mut seen = Vec::new();
    let mut path = "/enrollments".to_owned();
    for _ in 0..10 {
        let page = world.get(&path).await.text;
        let ids = page.split("<code class=\"id\">").skip(1);
        let ids = ids.map(|from| from.split('<').next().unwrap().to_owned());
        seen.extend(ids.filter(|id| id.starts_with("fwf")));
        let Some((before, _)) = page.split_once("\" rel=\"next\"") else {
            break;
        };
        path = before
            .rsplit_once("href=\"")
            .unwrap()
            .1
            .replace("&amp;", "&");
    }
    assert_eq!(seen.len(), 28);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 28);
}

#[tokio::test]
async fn the_page_can_be_heard_and_used_by_keyboard() {
    let world = World::new().await;
    world.key_in_use("ada").await;
    let page = world.get("/").await.text;
    for part in [
        "<html lang=\"en\">",
        "<main id=\"main\"",
        "<header",
        "<nav aria-label",
        "href=\"#main\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<h1>").count(), 1);
    let count = |text: &str| page.matches(text).count();
    assert_eq!(count("<table"), count("<caption"));
    let headings = count("<th ");
    assert_eq!(headings, count("scope=\"col\"") + count("scope=\"row\""));
    // Every field that is seen has a label of its own.
    for field in page
        .split("<select ")
        .skip(1)
        .chain(page.split("<input id=").skip(1))
    {
        let (_, from) = field.split_once('"').unwrap();
        let id = from.split_once('"').unwrap().0;
        assert!(page.contains(&format!("<label for=\"{id}\"")), "{id}");
    }
    // No two elements have one id.
    let mut ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .map(|from| from.split('"').next().unwrap())
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[tokio::test]
async fn nothing_comes_from_elsewhere_and_nothing_stands_inline() {
    let world = World::new().await;
    world.key_in_use("ada").await;
    let page = world.get("/").await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(
        !policy.contains("unsafe") && !policy.contains("http"),
        "{policy}"
    );
    for outside in [
        " style=",
        " onclick",
        "<style",
        "src=\"http",
        "href=\"http",
        "src=\"//",
        "href=\"//",
    ] {
        assert!(!page.text.contains(outside), "{outside}");
    }
    for asset in ["/assets/page.css", "/assets/page.js", "/assets/icon.svg"] {
        assert!(page.text.contains(asset), "{asset}");
        let answer = world.get(asset).await;
        assert_eq!(answer.status, 200, "{asset}");
        assert!(
            !answer.text.contains("http://") || asset.ends_with("svg"),
            "{asset}"
        );
    }
}
