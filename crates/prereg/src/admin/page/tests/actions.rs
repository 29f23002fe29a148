//! What the buttons do.

use axum::http::StatusCode;
use prereg_types::shipment::ShipmentState;
use relying_party::store::Store as _;
use yubico_sim::Fault;

use super::world::World;

async fn state(world: &World, key: &super::world::Key) -> ShipmentState {
    let (summary, _) = world
        .provider
        .shipment_summary(&key.shipment)
        .await
        .unwrap();
    summary.progress.state
}

#[tokio::test]
async fn send_pin_queues_the_mail_again_and_again_until_it_is_wiped() {
    let world = World::new().await;
    let (key, serial, pin) = world.key_in_use("ada").await;
    let enrollment = key.requests.cred_requests[0]
        .authenticator_enrollment_id
        .as_str();
    let fields = [("user", key.user.id.as_str()), ("enrollment", enrollment)];
    for _ in 0..2 {
        let pressed = world.press("/", "send-pin", &fields).await;
        assert_eq!(world.note(&pressed).await, "The PIN is on its way.");
    }
    assert_eq!(world.database.counts().await.unwrap().mail_queued, 2);
    let form = world.get("/").await.text;
    let code = super::world::value_of(&form, "csrf");
    let path = format!("/keys/{serial}");
    let sign_in = [
        ("serial", serial.as_str()),
        ("enrollment", enrollment),
        ("pin", pin.as_str()),
    ];
    let pressed = world.press(&path, "sign-in", &sign_in).await;
    let note = world.note(&pressed).await;
    assert_eq!(
        note,
        "Signed in at acme.okta.example. It was the first time: the PIN is wiped."
    );
    // The mail of the wiped PIN is withdrawn, and no more is queued.
    assert!(world.database.next_mail(None).await.unwrap().is_none());
    let mut late = vec![("csrf", code.as_str())];
    late.extend_from_slice(&fields);
    let pressed = world.send("send-pin", &late, |request| request).await;
    assert!(
        world
            .note(&pressed)
            .await
            .starts_with("There is no PIN to send")
    );
    assert!(!world.get("/").await.text.contains("/actions/send-pin"));
    let actions = ["ok", "ok", "ok", "pin_not_available"];
    assert!(
        world
            .audited()
            .await
            .iter()
            .map(|(_, outcome)| outcome.as_str())
            .eq(actions)
    );
}

#[tokio::test]
async fn shipments_are_advanced_put_and_held() {
    let world = World::new().await;
    let key = world.order("ada").await;
    let id = ("shipment", key.shipment.as_str());
    let pressed = world.press("/", "advance", &[id]).await;
    assert_eq!(
        world.note(&pressed).await,
        "The shipment is now: In progress."
    );
    assert_eq!(state(&world, &key).await, ShipmentState::IN_PROGRESS);
    let pressed = world
        .press("/shipments", "put", &[id, ("state", "105")])
        .await;
    assert_eq!(
        pressed.headers["location"]
            .to_str()
            .unwrap()
            .split('?')
            .next(),
        Some("/shipments")
    );
    assert_eq!(
        world.note(&pressed).await,
        "The shipment is now: Lost/Missing (105)."
    );
    assert_eq!(state(&world, &key).await, ShipmentState::LOST);
    world.put(&key, ShipmentState::ACCEPTED).await;
    world.press("/", "hold", &[id, ("hold", "yes")]).await;
    assert!(
        !world.get("/").await.text.contains("/actions/advance"),
        "held"
    );
    world.press("/", "hold", &[id, ("hold", "no")]).await;
    assert!(world.get("/").await.text.contains("/actions/advance"));
    let names: Vec<String> = world
        .audited()
        .await
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let expected = ["advance", "put", "hold", "resume"].map(|name| format!("page.shipment.{name}"));
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_button_does_nothing_that_cannot_be_written_down() {
    let world = World::new().await;
    let key = world.order("ada").await;
    let before = state(&world, &key).await;
    world.database.refuse_audit(true).await;
    let fields = [("shipment", key.shipment.as_str())];
    world.press("/", "advance", &fields).await;
    assert_eq!(state(&world, &key).await, before);
    world.database.refuse_audit(false).await;
    world.press("/", "advance", &fields).await;
    assert_ne!(state(&world, &key).await, before);
    let told = ("page.shipment.advance".to_owned(), "ok".to_owned());
    assert_eq!(world.audited().await, [told]);
}

#[tokio::test]
async fn the_next_shipment_commits_the_fault_and_the_one_after_it_none() {
    let world = World::new().await;
    let pressed = world
        .press("/", "next-fault", &[("fault", "tampered-tag")])
        .await;
    assert_eq!(
        world.note(&pressed).await,
        "The next shipment goes wrong: tampered-tag."
    );
    assert!(
        world
            .get("/")
            .await
            .text
            .contains("The next shipment goes wrong")
    );
    let (first, second) = (world.order("ada").await, world.order("grace").await);
    let fault = async |key: &super::world::Key| {
        world
            .provider
            .shipment_summary(&key.shipment)
            .await
            .unwrap()
            .0
            .fault
    };
    assert_eq!(fault(&first).await, Some(Fault::TamperedTag));
    assert_eq!(fault(&second).await, None);
    world
        .press("/", "next-fault", &[("fault", "up-unset")])
        .await;
    world.press("/", "next-fault", &[("fault", "")]).await;
    assert_eq!(world.page.0.next_fault.peek(), None);
}

#[tokio::test]
async fn wrong_pins_block_a_key_until_it_is_plugged_in_again() {
    let world = World::new().await;
    let (key, serial, pin) = world.key_in_use("ada").await;
    let path = format!("/keys/{serial}");
    let enrollment = key.requests.cred_requests[1]
        .authenticator_enrollment_id
        .as_str();
    let sign_in = async |pin: &str| {
        let fields = [
            ("serial", serial.as_str()),
            ("enrollment", enrollment),
            ("pin", pin),
        ];
        let pressed = world.press(&path, "sign-in", &fields).await;
        world.note(&pressed).await
    };
    for _ in 0..2 {
        assert!(sign_in("wrong").await.starts_with("The PIN is wrong."));
    }
    assert!(
        sign_in("wrong")
            .await
            .starts_with("Too many wrong PINs in a row")
    );
    assert!(
        sign_in(&pin)
            .await
            .starts_with("Too many wrong PINs in a row")
    );
    let page = world.get("/").await.text;
    assert!(page.contains("wants a power cycle, 5 tries left"));
    let pressed = world
        .press("/", "power-cycle", &[("serial", serial.as_str())])
        .await;
    world.note(&pressed).await;
    assert!(
        sign_in(&pin)
            .await
            .starts_with("Signed in at vpn.acme.example.")
    );
    let outcomes = world
        .audited()
        .await
        .into_iter()
        .map(|(_, outcome)| outcome);
    assert_eq!(
        outcomes
            .filter(|outcome| outcome == "CTAP2_ERR_PIN_AUTH_BLOCKED")
            .count(),
        2
    );
}

#[tokio::test]
async fn a_key_signs_in_only_where_it_is_registered_itself() {
    let world = World::new().await;
    let (_, serial, pin) = world.key_in_use("ada").await;
    let (other, _, _) = world.key_in_use("grace").await;
    let enrollment = other.requests.cred_requests[0]
        .authenticator_enrollment_id
        .as_str();
    let fields = [
        ("serial", serial.as_str()),
        ("enrollment", enrollment),
        ("pin", pin.as_str()),
    ];
    let pressed = world
        .press(&format!("/keys/{serial}"), "sign-in", &fields)
        .await;
    assert_eq!(
        world.note(&pressed).await,
        "The key is not registered there any more."
    );
}

#[tokio::test]
async fn a_note_is_told_once_and_repeats_no_pin() {
    let world = World::new().await;
    let (key, serial, _) = world.key_in_use("ada").await;
    let enrollment = key.requests.cred_requests[0]
        .authenticator_enrollment_id
        .as_str();
    let fields = [
        ("serial", serial.as_str()),
        ("enrollment", enrollment),
        ("pin", "kanarie-71"),
    ];
    let pressed = world
        .press(&format!("/keys/{serial}"), "sign-in", &fields)
        .await;
    let address = pressed.headers["location"].to_str().unwrap();
    assert!(!address.contains("kanarie"));
    let page = world.get(address).await.text;
    assert!(page.contains("class=\"note bad\" role=\"alert\"") && !page.contains("kanarie"));
    assert!(!world.get(address).await.text.contains("class=\"note"));
    let audited = format!("{:?}", world.database.audit_entries(0, 100).await.unwrap());
    assert!(!audited.contains("kanarie"));
}

#[tokio::test]
async fn what_is_no_id_and_what_is_missing_is_refused() {
    let world = World::new().await;
    world.order("ada").await;
    for (action, fields) in [
        ("advance", vec![("shipment", "../etc/passwd")]),
        ("advance", vec![]),
        ("put", vec![("shipment", "abc"), ("state", "many")]),
        ("next-fault", vec![("fault", "no-such-fault")]),
    ] {
        let pressed = world.press("/", action, &fields).await;
        assert_eq!(pressed.status, StatusCode::FORBIDDEN, "{action}");
    }
    let pressed = world.press("/", "advance", &[("shipment", "abc")]).await;
    assert_eq!(world.note(&pressed).await, "There is no such shipment.");
}
