//! Shipments by the clock, held, failed, and listed; faults by customization.

use jose_core::Backend;
use pollster::block_on;
use prereg_types::shipment::{CreateShipment, ShipmentState};
use prereg_types::{ShipmentId, Timestamp};
use yubico_sim::store::{NewShipment, ShipmentSummary, StoredShipment};
use yubico_sim::{
    Error, ErrorKind, Fault, MemoryStore, Progression, Provider, ProviderKeys, ProviderStore as _,
    Seed, Settings,
};

use crate::enroll_call::EnrollCall;
use crate::{NOW, TestProvider};

fn provider(progression: Progression) -> TestProvider {
    let mut rng = Seed::from_text("progress").stream("keys", 0);
    let keys = ProviderKeys::generate(Backend::default(), NOW, &mut rng).unwrap();
    let settings = Settings {
        progression,
        keep_responses: 100,
        ..Settings::default()
    };
    Provider::new(settings, keys, MemoryStore::new()).unwrap()
}

fn timed() -> TestProvider {
    provider(Progression::Timed(60))
}

fn order(provider: &TestProvider, seed: &str) -> CreateShipment {
    EnrollCall::new(seed, &["acme.example"]).shipment(&provider.transport_jwks())
}

fn create(provider: &TestProvider, seed: &str) -> ShipmentId {
    let body = order(provider, seed);
    let mut rng = Seed::from_text(seed).stream("shipment", 0);
    let created = block_on(provider.create_shipment(&body, NOW, &mut rng));
    created.unwrap().shipment_id
}

fn summary(provider: &TestProvider, id: &ShipmentId) -> ShipmentSummary {
    block_on(provider.shipment_summary(id)).unwrap().0
}

fn state(provider: &TestProvider, id: &ShipmentId) -> u16 {
    summary(provider, id).progress.state.id()
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus_seconds(seconds)
}

#[test]
fn the_clock_delivers_and_then_forgets_the_responses() {
    let provider = timed();
    let id = create(&provider, "clock");
    let mut seen = Vec::new();
    for seconds in [59, 60, 125, 180, 279, 280] {
        let ticked = block_on(provider.tick(later(seconds))).unwrap();
        seen.push((
            seconds,
            state(&provider, &id),
            ticked.advanced,
            ticked.purged,
        ));
    }
    let expected = [
        (59, 3, 0, 0),
        (60, 100, 1, 0),
        (125, 103, 1, 0),
        (180, 104, 1, 0),
        (279, 104, 0, 0),
        (280, 104, 0, 1),
    ];
    assert_eq!(seen, expected);
    let shipment = block_on(provider.shipment(&id)).unwrap();
    assert!(shipment.shipment_items[0].product_data.is_empty());
    assert_eq!(block_on(provider.keys(None, 9)).unwrap().len(), 1);
}

#[test]
fn a_provider_that_was_down_catches_up() {
    let provider = timed();
    let progression = Progression::Timed(60);
    let ids: Vec<_> = (0..250)
        .map(|index| ShipmentId::parse(&index.to_string()).unwrap())
        .collect();
    for id in &ids {
        let shipment = StoredShipment {
            id: id.clone(),
            created: NOW,
            progress: progression.begin(ShipmentState::ACCEPTED, NOW),
            fault: None,
            items: Vec::new(),
            revision: 0,
        };
        let (seen, keys) = (Vec::new(), Vec::new());
        let new = NewShipment {
            shipment,
            seen,
            keys,
        };
        block_on(provider.store().insert(new)).unwrap();
    }
    assert_eq!(block_on(provider.advance_due(later(120))), Ok(250));
    for id in &ids {
        let progress = summary(&provider, id).progress;
        assert_eq!((progress.state.id(), progress.since), (103, later(120)));
    }
}

#[test]
fn a_step_by_hand_starts_the_clock_anew() {
    let provider = timed();
    let id = create(&provider, "hand");
    let next = block_on(provider.advance(&id, later(50)));
    assert_eq!(next, Ok(ShipmentState::IN_PROGRESS));
    assert_eq!(block_on(provider.advance_due(later(109))), Ok(0));
    assert_eq!(block_on(provider.advance_due(later(110))), Ok(1));
}

#[test]
fn a_paused_shipment_moves_for_nobody_until_it_is_resumed() {
    let provider = timed();
    let id = create(&provider, "paused");
    block_on(provider.pause(&id, later(1))).unwrap();
    block_on(provider.pause(&id, later(2))).unwrap();
    assert_eq!(block_on(provider.advance_due(later(9_999))), Ok(0));
    let step = block_on(provider.advance(&id, later(9_999)));
    assert_eq!(step, Err(Error::Paused));
    assert_eq!(step.unwrap_err().kind(), ErrorKind::Conflict);
    block_on(provider.divert(&id, ShipmentState::new(7), later(10_000))).unwrap();
    assert_eq!(
        state(&provider, &id),
        7,
        "a person may divert it all the same"
    );
    block_on(provider.divert(&id, ShipmentState::ACCEPTED, later(10_000))).unwrap();
    block_on(provider.resume(&id, later(20_000))).unwrap();
    assert_eq!(block_on(provider.advance_due(later(20_059))), Ok(0));
    assert_eq!(block_on(provider.advance_due(later(20_060))), Ok(1));
    assert_eq!(state(&provider, &id), 100);

    let paused = self::provider(Progression::Paused);
    let id = create(&paused, "paused");
    assert!(summary(&paused, &id).progress.paused);
    block_on(paused.resume(&id, NOW)).unwrap();
    assert_eq!(
        block_on(paused.advance(&id, NOW)),
        Ok(ShipmentState::IN_PROGRESS)
    );
}

/// Neither restarting under another progression nor a command that knows of none
/// leaves a shipment behind.
#[test]
fn the_clock_takes_over_what_was_moved_by_hand() {
    let by_hand = provider(Progression::Stepped);
    let id = create(&by_hand, "hand");
    block_on(by_hand.advance(&id, later(10))).unwrap();
    assert_eq!(block_on(by_hand.advance_due(later(9_999))), Ok(0));
    let mut rng = Seed::from_text("progress").stream("keys", 0);
    let keys = ProviderKeys::generate(Backend::default(), NOW, &mut rng).unwrap();
    let settings = Settings {
        progression: Progression::Timed(60),
        ..Settings::default()
    };
    let timed = Provider::new(settings, keys, by_hand.store().clone()).unwrap();
    assert_eq!(block_on(timed.advance_due(later(69))), Ok(0));
    assert_eq!(block_on(timed.advance_due(later(70))), Ok(1));
    assert_eq!(state(&timed, &id), 103);
}

#[test]
fn every_state_of_the_table_can_be_reached() {
    let provider = timed();
    let id = create(&provider, "table");
    let table = [
        1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 110, 1025,
        2000,
    ];
    for wanted in table {
        block_on(provider.divert(&id, ShipmentState::new(wanted), NOW)).unwrap();
        let shipment = block_on(provider.shipment(&id)).unwrap();
        assert_eq!(shipment.shipment_state.state().id(), wanted);
        let shown = !shipment.shipment_items[0].product_data.is_empty();
        assert_eq!(shown, wanted == 103 || wanted == 104, "{wanted}");
    }
    block_on(provider.fail(&id, NOW)).unwrap();
    assert_eq!(state(&provider, &id), 8);
    assert_eq!(block_on(provider.advance_due(later(9_999))), Ok(0));
    let put_right = block_on(provider.advance(&id, NOW));
    assert_eq!(put_right, Ok(ShipmentState::ACCEPTED));
}

#[test]
fn shipments_are_listed_page_by_page() {
    let provider = provider(Progression::Stepped);
    let ids = ["a", "b", "c"].map(|seed| create(&provider, seed));
    let page = |offset, limit| {
        let (page, total) = block_on(provider.shipments(offset, limit)).unwrap();
        assert_eq!(total, 3);
        page
    };
    let first = page(0, 2);
    assert_eq!((first[0].keys, first[0].created), (1, NOW));
    let listed = first.into_iter().chain(page(2, 2)).map(|one| one.id);
    assert!(listed.eq(ids.into_iter().rev()));
    assert!(page(3, 2).is_empty());
}

#[test]
fn a_shipment_whose_steps_take_no_time_is_delivered_at_once() {
    let provider = provider(Progression::Timed(0));
    let id = create(&provider, "at once");
    assert_eq!(state(&provider, &id), 104);
    let shipment = block_on(provider.shipment(&id)).unwrap();
    assert_eq!(shipment.shipment_items[0].product_data.len(), 1);
}

#[test]
fn a_customization_id_asks_for_a_fault() {
    let provider = provider(Progression::Stepped).with_fault(Fault::ExpiredChain);
    let fault_of = |seed: &str, customization: Option<&str>| {
        let mut body = order(&provider, seed);
        body.shipment_items[0].customization_id = customization.map(str::to_owned);
        let mut rng = Seed::from_text(seed).stream("shipment", 0);
        let created = block_on(provider.create_shipment(&body, NOW, &mut rng))?;
        Ok(summary(&provider, &created.shipment_id).fault)
    };
    assert_eq!(fault_of("a", None), Ok(Some(Fault::ExpiredChain)));
    assert_eq!(fault_of("b", Some("RXJN83")), Ok(Some(Fault::ExpiredChain)));
    let asked = fault_of("c", Some("fault:tampered-tag"));
    assert_eq!(asked, Ok(Some(Fault::TamperedTag)));
    let path = "shipment_items[0].customization_id".to_owned();
    let unknown = fault_of("d", Some("fault:no-such"));
    assert_eq!(unknown, Err(Error::UnknownFault { path }));
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::BadRequest);
    // The request was not used up by that.
    assert_eq!(fault_of("d", None), Ok(Some(Fault::ExpiredChain)));
}

#[test]
fn two_faults_in_one_shipment_are_refused() {
    let provider = provider(Progression::Stepped);
    let mut body = order(&provider, "one");
    body.shipment_items
        .extend(order(&provider, "two").shipment_items);
    body.shipment_items[0].customization_id = Some("fault:tampered-tag".to_owned());
    body.shipment_items[1].customization_id = Some("fault:up-unset".to_owned());
    let mut rng = Seed::from_text("two").stream("shipment", 0);
    let refused = block_on(provider.create_shipment(&body, NOW, &mut rng));
    let path = "shipment_items[1].customization_id".to_owned();
    assert_eq!(refused, Err(Error::TwoFaults { path }));
    body.shipment_items[1].customization_id = Some("fault:tampered-tag".to_owned());
    block_on(provider.create_shipment(&body, NOW, &mut rng)).unwrap();
}
