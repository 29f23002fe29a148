//! What the provider expects of any store: one runner, fed each of them.

use prereg_types::shipment::{ProductData, ShipmentState};
use prereg_types::{FirmwareVersion, Jti, Serial, ShipmentId, Timestamp};
use yubico_sim::progress::TIMED_STATES;
use yubico_sim::store::{
    KeyModel, KeyState, NewKey, NewShipment, ProviderState, SeenRequest, StoreError, StoredShipment,
};
use yubico_sim::{Fault, Progress, ProviderStore};

use super::samples::NOW;

/// Runs a case on each kind of store.
macro_rules! on_every_store {
    ($($case:ident),* $(,)?) => {$(
        mod $case {
            #[tokio::test]
            async fn in_memory() {
                super::$case(&yubico_sim::MemoryStore::new()).await;
            }

            #[tokio::test]
            async fn in_sqlite_memory() {
                super::$case(&crate::store::Database::scratch().await).await;
            }

            #[tokio::test]
            async fn in_a_file() {
                let folder = crate::store::tests::Folder::new();
                let database = crate::store::tests::Keys::new().open(&folder).await;
                super::$case(&database).await;
                database.close().await;
            }
        }
    )*};
}

on_every_store! {
    a_shipment_comes_back_as_it_went_in,
    a_refused_insert_leaves_nothing,
    progress_is_made_from_the_revision_that_was_seen,
    what_the_clock_moves_on_is_found_earliest_first,
    shipments_are_listed_newest_first,
    purging_takes_the_responses_and_nothing_else,
    seen_requests_are_forgotten_when_they_run_out,
    keys_are_listed_newest_first_and_by_shipment,
    a_key_is_saved_from_the_revision_that_was_seen,
    the_provider_keeps_its_keys,
}

fn id(text: &str) -> ShipmentId {
    ShipmentId::parse(text).unwrap()
}

pub(super) fn serial(text: &str) -> Serial {
    Serial::parse(text).unwrap()
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus_seconds(seconds)
}

fn progress(state: u16, since: u64) -> Progress {
    Progress {
        state: ShipmentState::new(state),
        since: later(since),
        paused: false,
    }
}

fn state(text: &str) -> KeyState {
    KeyState::new(text.as_bytes().to_vec().into())
}

fn product(serial_number: &str) -> ProductData {
    ProductData {
        serial_number: serial(serial_number),
        firmware_version: FirmwareVersion::new(5, 7, 1),
        fido_pin_response: format!("pin-response-{serial_number}"),
        fido_credential_responses: vec!["one".to_owned(), "two\"".to_owned()],
    }
}

/// A shipment of three items, the second of them without a key.
pub(super) fn new(name: &str, jtis: &[&str], serials: &[&str]) -> NewShipment {
    let key = |text: &&str| NewKey {
        serial: serial(text),
        model: KeyModel {
            name: "YubiKey 5 NFC".to_owned(),
            product_id: 1,
            firmware: FirmwareVersion::new(5, 7, 1),
        },
        state: state(&format!("state of {text}")),
    };
    let mut products: Vec<ProductData> = serials.iter().map(|text| product(text)).collect();
    let last = products.split_off(products.len() / 2);
    NewShipment {
        shipment: StoredShipment {
            id: id(name),
            created: NOW,
            progress: progress(3, 0),
            fault: Some(Fault::TamperedTag),
            items: vec![products, Vec::new(), last],
            revision: 0,
        },
        seen: jtis
            .iter()
            .map(|jti| SeenRequest::new(&Jti::parse(jti).unwrap(), later(60)))
            .collect(),
        keys: serials.iter().map(key).collect(),
    }
}

async fn stored(store: &impl ProviderStore, name: &str) -> StoredShipment {
    store.shipment(&id(name)).await.unwrap().unwrap()
}

async fn a_shipment_comes_back_as_it_went_in(store: &impl ProviderStore) {
    let shipment = new("a", &["1"], &["10", "11", "12"]);
    store.insert(shipment.clone()).await.unwrap();
    assert_eq!(stored(store, "a").await, shipment.shipment);
    let mut bare = new("b", &[], &[]);
    bare.shipment.fault = None;
    bare.shipment.items = Vec::new();
    bare.shipment.progress.paused = true;
    store.insert(bare.clone()).await.unwrap();
    assert_eq!(stored(store, "b").await, bare.shipment);
    assert!(store.shipment(&id("c")).await.unwrap().is_none());
}

async fn a_refused_insert_leaves_nothing(store: &impl ProviderStore) {
    store.insert(new("a", &["1", "2"], &["10"])).await.unwrap();
    for (refused, error) in [
        (new("b", &["3", "1"], &["11"]), StoreError::RequestSeen),
        (new("b", &["3", "3"], &["11"]), StoreError::RequestSeen),
        (new("a", &["3"], &["11"]), StoreError::Taken),
        (new("b", &["3"], &["11", "10"]), StoreError::Taken),
        (new("b", &["3"], &["11", "11"]), StoreError::Taken),
    ] {
        assert_eq!(store.insert(refused).await, Err(error));
        assert!(store.shipment(&id("b")).await.unwrap().is_none());
        assert!(store.key(&serial("11")).await.unwrap().is_none());
    }
    assert_eq!(store.insert(new("b", &["3"], &["11"])).await, Ok(()));
}

async fn progress_is_made_from_the_revision_that_was_seen(store: &impl ProviderStore) {
    store.insert(new("a", &[], &["10"])).await.unwrap();
    let held = Progress {
        paused: true,
        ..progress(100, 5)
    };
    assert!(!store.set_progress(&id("a"), 1, held).await.unwrap());
    assert!(store.set_progress(&id("a"), 0, held).await.unwrap());
    assert!(!store.set_progress(&id("a"), 0, held).await.unwrap());
    assert!(!store.set_progress(&id("b"), 0, held).await.unwrap());
    let found = stored(store, "a").await;
    assert_eq!((found.progress, found.revision), (held, 1));
    assert_eq!(found.items, new("a", &[], &["10"]).shipment.items);
}

async fn what_the_clock_moves_on_is_found_earliest_first(store: &impl ProviderStore) {
    for (number, one) in (0_u64..).zip(TIMED_STATES) {
        let mut shipment = new(&format!("timed-{number}"), &[], &[]);
        // The first states come last.
        shipment.shipment.progress = progress(one.id(), 20 - number);
        store.insert(shipment).await.unwrap();
    }
    let mut others = vec![progress(8, 0), progress(104, 0), progress(105, 0)];
    others.push(Progress {
        paused: true,
        ..progress(3, 0)
    });
    for (number, progress) in (0..).zip(others) {
        let mut shipment = new(&format!("other-{number}"), &[], &[]);
        shipment.shipment.progress = progress;
        store.insert(shipment).await.unwrap();
    }
    let due = store.due(later(13), 10).await.unwrap();
    assert_eq!(due, [id("timed-9"), id("timed-8"), id("timed-7")]);
    let first = store.due(later(100), 2).await.unwrap();
    assert_eq!(first, [id("timed-9"), id("timed-8")]);
    assert_eq!(store.due(later(100), 100).await.unwrap().len(), 10);
}

async fn shipments_are_listed_newest_first(store: &impl ProviderStore) {
    let (none, all) = store.shipments(0, 10).await.unwrap();
    assert_eq!((none.len(), all), (0, 0));
    for name in ["a", "b", "c"] {
        let serials = [format!("{}", name.as_bytes()[0]), "9".repeat(name.len())];
        let serials: &[&str] = if name == "a" {
            &[&serials[0], &serials[1]]
        } else {
            &[]
        };
        store.insert(new(name, &[], serials)).await.unwrap();
    }
    let (page, all) = store.shipments(1, 10).await.unwrap();
    assert_eq!(all, 3);
    assert_eq!(
        page,
        [
            stored(store, "b").await.summary(0),
            stored(store, "a").await.summary(2)
        ]
    );
    let (page, all) = store.shipments(0, 1).await.unwrap();
    assert_eq!((page.len(), &page[0].id, all), (1, &id("c"), 3));
    let (page, all) = store.shipments(3, 1).await.unwrap();
    assert_eq!((page.len(), all), (0, 3));
}

async fn purging_takes_the_responses_and_nothing_else(store: &impl ProviderStore) {
    let states = [
        ("old", 104, 10),
        ("new", 104, 20),
        ("lost", 105, 10),
        ("empty", 104, 1),
    ];
    for (number, (name, state, since)) in (10..).zip(states) {
        let number: u32 = number;
        let mut shipment = new(name, &[name], &[&number.to_string()]);
        if name == "empty" {
            shipment.shipment.items = vec![Vec::new()];
        }
        shipment.shipment.progress = progress(state, since);
        store.insert(shipment).await.unwrap();
    }
    assert_eq!(store.purge_delivered(later(10)).await.unwrap(), 1);
    assert_eq!(store.purge_delivered(later(10)).await.unwrap(), 0);
    let old = stored(store, "old").await;
    assert_eq!(old.items, [Vec::new(), Vec::new(), Vec::new()]);
    assert_eq!((old.revision, old.fault), (0, Some(Fault::TamperedTag)));
    assert!(store.key(&serial("10")).await.unwrap().is_some());
    let again = store.insert(new("x", &["old"], &[])).await;
    assert_eq!(again, Err(StoreError::RequestSeen), "requests stay used up");
    assert_eq!(stored(store, "new").await.items.concat().len(), 1);
    assert!(store.purge(&id("new")).await.unwrap());
    assert!(stored(store, "new").await.items.concat().is_empty());
    assert!(!store.purge(&id("unknown")).await.unwrap());
}

async fn seen_requests_are_forgotten_when_they_run_out(store: &impl ProviderStore) {
    store.insert(new("a", &["1", "2"], &[])).await.unwrap();
    assert_eq!(store.forget_expired(later(59)).await.unwrap(), 0);
    let again = store.insert(new("b", &["2"], &[])).await;
    assert_eq!(again, Err(StoreError::RequestSeen));
    assert_eq!(store.forget_expired(later(60)).await.unwrap(), 2);
    store.insert(new("b", &["2"], &[])).await.unwrap();
}

async fn keys_are_listed_newest_first_and_by_shipment(store: &impl ProviderStore) {
    store.insert(new("a", &[], &["30", "10"])).await.unwrap();
    store.insert(new("b", &[], &["20"])).await.unwrap();
    let moved = progress(104, 9);
    assert!(store.set_progress(&id("a"), 0, moved).await.unwrap());
    let list = async |after: Option<&str>, limit| {
        let after = after.map(serial);
        let keys = store.keys(after.as_ref(), limit).await.unwrap();
        keys.iter()
            .map(|key| key.serial.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(list(None, 2).await, ["20", "10"]);
    assert_eq!(list(Some("10"), 10).await, ["30"]);
    assert!(list(Some("30"), 10).await.is_empty());
    assert!(list(Some("99"), 10).await.is_empty());
    let of_a = store.keys_of(&id("a")).await.unwrap();
    let seen: Vec<_> = of_a
        .iter()
        .map(|key| (key.serial.as_str(), key.position))
        .collect();
    assert_eq!(seen, [("30", 0), ("10", 1)]);
    assert!(
        of_a.iter()
            .all(|key| key.shipment_state == ShipmentState::DELIVERED)
    );
    assert_eq!(of_a[0].model, new("a", &[], &["30"]).keys[0].model);
    assert!(store.keys_of(&id("c")).await.unwrap().is_empty());
}

async fn a_key_is_saved_from_the_revision_that_was_seen(store: &impl ProviderStore) {
    store.insert(new("a", &[], &["10", "11"])).await.unwrap();
    let ten = serial("10");
    let first = store.key(&ten).await.unwrap().unwrap();
    assert_eq!(
        (first.state.expose(), first.revision),
        (b"state of 10".as_slice(), 0)
    );
    assert!(store.save_key(&ten, 0, state("after a try")).await.unwrap());
    assert!(
        !store
            .save_key(&ten, 0, state("a try that came too late"))
            .await
            .unwrap()
    );
    assert!(
        !store
            .save_key(&serial("12"), 0, state("unknown"))
            .await
            .unwrap()
    );
    let found = store.key(&ten).await.unwrap().unwrap();
    assert_eq!(
        (found.state.expose(), found.revision),
        (b"after a try".as_slice(), 1)
    );
    assert_eq!(found.record, first.record);
    let other = store.key(&serial("11")).await.unwrap().unwrap();
    assert_eq!(other.state.expose(), b"state of 11");
}

async fn the_provider_keeps_its_keys(store: &impl ProviderStore) {
    let state = |text: &str| ProviderState::new(text.as_bytes().to_vec().into());
    assert!(store.provider().await.unwrap().is_none());
    assert!(
        !store
            .save_provider(Some(0), state("none yet"))
            .await
            .unwrap()
    );
    assert!(store.save_provider(None, state("first")).await.unwrap());
    assert!(!store.save_provider(None, state("late")).await.unwrap());
    assert!(!store.save_provider(Some(1), state("ahead")).await.unwrap());
    assert!(store.save_provider(Some(0), state("second")).await.unwrap());
    assert!(!store.save_provider(Some(0), state("late")).await.unwrap());
    let (kept, revision) = store.provider().await.unwrap().unwrap();
    assert_eq!((kept.expose(), revision), (b"second".as_slice(), 1));
}
