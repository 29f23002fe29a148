//! The store: transactions are all or nothing, and a lost draw is made again.

use jose_core::Backend;
use pollster::block_on;
use prereg_types::shipment::{ProductData, ShipmentState};
use prereg_types::{FirmwareVersion, Jti, Serial, ShipmentId};
use yubico_sim::store::{
    KeyModel, KeyRecord, KeyState, NewKey, NewShipment, ProviderState, SeenRequest, StoreError,
    StoredShipment,
};
use yubico_sim::{
    Error, MemoryStore, Progress, Progression, Provider, ProviderKeys, ProviderStore, Seed,
    Settings,
};

use crate::NOW;
use crate::enroll_call::EnrollCall;
use crate::flaky_store::FlakyStore;

fn new(id: &str, jtis: &[&str], serials: &[&str]) -> NewShipment {
    let seen = |jti: &&str| SeenRequest::new(&Jti::parse(jti).unwrap(), NOW);
    NewShipment {
        shipment: StoredShipment {
            id: ShipmentId::parse(id).unwrap(),
            created: NOW,
            progress: Progression::Stepped.begin(ShipmentState::ACCEPTED, NOW),
            fault: None,
            items: Vec::new(),
            revision: 0,
        },
        seen: jtis.iter().map(seen).collect(),
        keys: serials.iter().map(|serial| key(serial)).collect(),
    }
}

fn key(serial: &str) -> NewKey {
    NewKey {
        serial: Serial::parse(serial).unwrap(),
        model: KeyModel {
            name: "Example".to_owned(),
            product_id: 1,
            firmware: FirmwareVersion::new(5, 7, 1),
        },
        state: state(serial),
    }
}

fn state(text: &str) -> KeyState {
    KeyState::new(text.as_bytes().to_vec().into())
}

fn shipment_named(id: &str) -> ShipmentId {
    ShipmentId::parse(id).unwrap()
}

#[test]
fn an_insert_that_is_refused_leaves_nothing_behind() {
    let store = MemoryStore::new();
    block_on(store.insert(new("a", &["1", "2"], &["10"]))).unwrap();
    for (refused, error) in [
        (new("b", &["3", "1"], &["11"]), StoreError::RequestSeen),
        (new("b", &["3", "3"], &["11"]), StoreError::RequestSeen),
        (new("a", &["3"], &["11"]), StoreError::Taken),
        (new("b", &["3"], &["11", "10"]), StoreError::Taken),
        (new("b", &["3"], &["11", "11"]), StoreError::Taken),
    ] {
        assert_eq!(block_on(store.insert(refused)), Err(error));
    }
    assert_eq!(block_on(store.insert(new("b", &["3"], &["11"]))), Ok(()));
}

#[test]
fn a_state_changes_only_from_the_one_it_was_read_in() {
    let store = MemoryStore::new();
    block_on(store.insert(new("a", &[], &[]))).unwrap();
    let id = shipment_named("a");
    let shipped = Progression::Stepped.begin(ShipmentState::SHIPPED, NOW);
    assert_eq!(block_on(store.set_progress(&id, 1, shipped)), Ok(false));
    assert_eq!(block_on(store.set_progress(&id, 0, shipped)), Ok(true));
    assert_eq!(block_on(store.set_progress(&id, 0, shipped)), Ok(false));
    let stored = block_on(store.shipment(&id)).unwrap().unwrap();
    assert_eq!((stored.progress, stored.revision), (shipped, 1));
}

#[test]
fn lists_show_the_newest_first_and_go_on_where_they_ended() {
    let store = MemoryStore::new();
    for (id, serials) in [("a", &["10", "11"][..]), ("b", &["12"]), ("c", &[])] {
        block_on(store.insert(new(id, &[], serials))).unwrap();
    }
    let page = |offset, limit| {
        let (page, total) = block_on(store.shipments(offset, limit)).unwrap();
        assert_eq!(total, 3);
        page.into_iter()
            .map(|shipment| (shipment.id.to_string(), shipment.keys))
            .collect::<Vec<_>>()
    };
    assert_eq!(page(0, 2), [("c".into(), 0), ("b".into(), 1)]);
    assert_eq!(page(2, 2), [("a".into(), 2)]);
    assert_eq!(page(3, 2), []);

    let serials = |keys: Vec<KeyRecord>| {
        let serials = keys.into_iter().map(|key| key.serial.to_string());
        serials.collect::<Vec<_>>()
    };
    let all = block_on(store.keys(None, 10)).unwrap();
    assert_eq!(serials(all), ["12", "11", "10"]);
    let twelve = Serial::parse("12").unwrap();
    let rest = block_on(store.keys(Some(&twelve), 1)).unwrap();
    assert_eq!(serials(rest), ["11"]);
    let of_a = block_on(store.keys_of(&shipment_named("a"))).unwrap();
    assert_eq!(
        of_a.iter().map(|key| key.position).collect::<Vec<_>>(),
        [0, 1]
    );
    assert_eq!(serials(of_a), ["10", "11"]);
}

#[test]
fn a_key_is_kept_only_over_the_state_it_was_read_in() {
    let store = MemoryStore::new();
    block_on(store.insert(new("a", &[], &["10"]))).unwrap();
    let serial = Serial::parse("10").unwrap();
    let save = |revision, text| block_on(store.save_key(&serial, revision, state(text)));
    assert_eq!(save(1, "early"), Ok(false));
    assert_eq!(save(0, "first"), Ok(true));
    assert_eq!(save(0, "late"), Ok(false));
    assert_eq!(save(1, "second"), Ok(true));
    let key = block_on(store.key(&serial)).unwrap().unwrap();
    assert_eq!((key.state.expose(), key.revision), (&b"second"[..], 2));
    assert_eq!(key.record.shipment, shipment_named("a"));
    assert_eq!(key.record.shipment_state, ShipmentState::ACCEPTED);
    let unknown = Serial::parse("11").unwrap();
    assert!(block_on(store.key(&unknown)).unwrap().is_none());
    let unsaved = block_on(store.save_key(&unknown, 0, state("")));
    assert_eq!(unsaved, Ok(false));
}

#[test]
fn the_providers_keys_are_kept_only_over_those_that_were_read() {
    let store = MemoryStore::new();
    let save = |revision, text: &str| {
        let state = ProviderState::new(text.as_bytes().to_vec().into());
        block_on(store.save_provider(revision, state))
    };
    assert!(block_on(store.provider()).unwrap().is_none());
    assert_eq!(save(Some(0), "early"), Ok(false));
    assert_eq!(save(None, "first"), Ok(true));
    assert_eq!(save(None, "again"), Ok(false));
    assert_eq!(save(Some(0), "second"), Ok(true));
    let (state, revision) = block_on(store.provider()).unwrap().unwrap();
    assert_eq!((state.expose(), revision), (&b"second"[..], 1));
}

#[test]
fn shipments_are_due_by_the_clock_and_the_earliest_first() {
    let store = MemoryStore::new();
    let rows = [
        ("a", 3, 30, false),
        ("held", 3, 0, true),
        ("in-trouble", 7, 0, false),
        ("delivered", 104, 0, false),
        ("c", 103, 10, false),
        ("d", 1025, 20, false),
    ];
    for (id, state, since, paused) in rows {
        let mut new = new(id, &[], &[]);
        new.shipment.progress = Progress {
            state: ShipmentState::new(state),
            since: NOW.plus_seconds(since),
            paused,
        };
        block_on(store.insert(new)).unwrap();
    }
    let due = |seconds, limit| {
        let due = block_on(store.due(NOW.plus_seconds(seconds), limit)).unwrap();
        due.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(due(9, 9), Vec::<String>::new());
    assert_eq!(due(30, 9), ["c", "d", "a"]);
    assert_eq!(due(30, 2), ["c", "d"]);
}

#[test]
fn only_what_was_delivered_long_ago_is_purged_by_the_clock() {
    let store = MemoryStore::new();
    let product = || ProductData {
        serial_number: Serial::parse("10").unwrap(),
        firmware_version: FirmwareVersion::new(5, 7, 1),
        fido_pin_response: "sealed".to_owned(),
        fido_credential_responses: Vec::new(),
    };
    for (id, state, since) in [
        ("old", ShipmentState::DELIVERED, NOW),
        ("new", ShipmentState::DELIVERED, NOW.plus_seconds(2)),
        ("out", ShipmentState::SHIPPED, NOW),
    ] {
        let mut new = new(id, &[], &[]);
        new.shipment.progress = Progression::Stepped.begin(state, since);
        new.shipment.items = vec![vec![product()]];
        block_on(store.insert(new)).unwrap();
    }
    let before = NOW.plus_seconds(1);
    assert_eq!(block_on(store.purge_delivered(before)), Ok(1));
    assert_eq!(block_on(store.purge_delivered(before)), Ok(0));
    for (id, keys) in [("old", 0), ("new", 1), ("out", 1)] {
        let stored = block_on(store.shipment(&shipment_named(id))).unwrap();
        assert_eq!(stored.unwrap().items[0].len(), keys, "{id}");
    }
}

/// The shipment id of one shipment at a provider whose store fails so often.
fn shipment_id(failures: usize, error: StoreError) -> Result<ShipmentId, Error> {
    let seed = Seed::from_text("unlucky");
    let mut rng = seed.stream("provider keys", 0);
    let keys = ProviderKeys::generate(Backend::default(), NOW, &mut rng).unwrap();
    let store = FlakyStore::that_refuses_inserts(failures, error);
    let provider = Provider::new(Settings::default(), keys, store).unwrap();
    let body = EnrollCall::new("unlucky", &["acme.example"]).shipment(&provider.transport_jwks());
    let mut rng = seed.stream("shipment", 0);
    let created = block_on(provider.create_shipment(&body, NOW, &mut rng))?;
    block_on(provider.shipment(&created.shipment_id))?;
    Ok(created.shipment_id)
}

#[test]
fn a_serial_number_in_use_is_drawn_again() {
    let lucky = shipment_id(0, StoreError::Taken).unwrap();
    assert_ne!(shipment_id(1, StoreError::Taken).unwrap(), lucky);
    let never = shipment_id(100, StoreError::Taken);
    assert_eq!(never, Err(Error::Store(StoreError::Taken)));
}

#[test]
fn a_store_that_is_away_is_the_providers_fault() {
    let away = FlakyStore::away();
    let error = shipment_id(1, away.clone()).unwrap_err();
    assert_eq!(error, Error::Store(away));
    assert_eq!(error.kind(), yubico_sim::ErrorKind::Internal);
}
