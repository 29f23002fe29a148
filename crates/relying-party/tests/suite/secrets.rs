//! Secrets in what could be printed, and the table of refusals.

use std::collections::BTreeSet;

use jose_core::base64url;
use pollster::block_on;
use prereg_types::UserId;
use relying_party::Refusal;
use relying_party::store::Store;

use crate::world::{ADA, PIN, World};

#[test]
fn debug_output_of_the_whole_party_holds_no_secret() {
    let mut world = World::new();
    let waiting = world.draft();
    let set = block_on(
        world
            .party
            .store()
            .set_of(&waiting.credentials[0].enrollment_id),
    );
    let set = set.unwrap().unwrap();
    let request = set.enrollments[0].stage.request().unwrap();
    let scalar = base64url::encode(&*request.response_key.scalar().to_bytes());
    let draft = world.active_key();
    world
        .send_pin(ADA, &draft.credentials[0].enrollment_id)
        .unwrap();
    let printed = format!("{:?} {:#?}", world.party, world.party);
    assert!(!printed.contains(PIN));
    assert!(!printed.contains(&scalar));
    assert!(!printed.contains(&format!("{:?}", &*request.response_key.scalar().to_bytes())));
}

#[test]
fn lists_and_events_hold_no_pin() {
    let mut world = World::new();
    world.active_key();
    let listed = serde_json::to_string(&world.list(ADA)).unwrap();
    let events = block_on(world.party.store().queued_events(100)).unwrap();
    let events: Vec<String> = events
        .iter()
        .map(|queued| serde_json::to_string(&queued.event).unwrap())
        .collect();
    assert!(!listed.contains(PIN));
    assert!(!events.is_empty() && events.iter().all(|event| !event.contains(PIN)));
}

#[test]
fn response_keys_and_challenges_are_gone_after_activation() {
    let mut world = World::new();
    world.active_key();
    let sets = block_on(
        world
            .party
            .store()
            .sets_of_user(&UserId::parse(ADA).unwrap()),
    )
    .unwrap();
    assert!(
        sets[0]
            .enrollments
            .iter()
            .all(|one| one.stage.request().is_none())
    );
    assert!(sets[0].has_pin());
}

#[test]
fn codes_of_refusals_are_distinct_and_stable_in_form() {
    let codes: BTreeSet<&str> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
    assert_eq!(codes.len(), Refusal::ALL.len());
    let lower = |code: &&str| {
        code.bytes()
            .all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte))
    };
    assert!(codes.iter().all(lower));
}
