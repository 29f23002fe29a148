//! Activating twice, one after the other and at the same time.

use std::sync::{Arc, Barrier};
use std::thread;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use pollster::block_on;
use prereg_types::UserId;
use relying_party::error::Kind;
use relying_party::event::Caller;

use crate::world::{ADA, World};

#[test]
fn a_second_activation_is_refused_and_changes_nothing() {
    let mut world = World::new();
    let draft = world.draft();
    let command = world.command(&draft);
    world.activate(&command).unwrap();
    world.refused_command(&command, "already_activated");
    // Fresh envelopes around the same answer do not help.
    world.refused(&draft, "already_activated");
}

#[test]
fn a_refused_activation_can_be_mended() {
    let mut world = World::new();
    let draft = world.draft();
    let mut command = world.command(&draft);
    let good = std::mem::take(&mut command.cred_responses[1].jwe);
    world.refused_command(&command, "envelope_malformed");
    command.cred_responses[1].jwe = good;
    world.activate(&command).unwrap();
}

#[test]
fn of_many_at_the_same_time_one_succeeds() {
    let mut world = World::new();
    let draft = world.draft();
    let command = Arc::new(world.command(&draft));
    let barrier = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8u8)
        .map(|seed| {
            let (party, command, barrier) = (world.party.clone(), command.clone(), barrier.clone());
            thread::spawn(move || {
                let mut rng = ChaCha20Rng::from_seed([seed; 32]);
                barrier.wait();
                block_on(party.activate(&Caller::system(), &command, &mut rng))
            })
        })
        .collect();
    let results: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!(
            (error.kind(), error.code()),
            (&Kind::NotAllowedInStatus, "already_activated")
        );
    }
    assert_eq!(world.list(ADA).len(), 2);
}

#[test]
fn marking_at_the_same_time_does_not_lose_an_activation() {
    let mut world = World::new();
    let draft = world.draft();
    let command = world.command(&draft);
    let party = world.party.clone();
    let id = draft.credentials[0].enrollment_id.clone();
    let marker = thread::spawn(move || {
        for _ in 0..200 {
            let _ = block_on(party.mark_error(&UserId::parse(ADA).unwrap(), &id));
        }
    });
    world.activate(&command).unwrap();
    marker.join().unwrap();
    assert!(
        world
            .list(ADA)
            .iter()
            .all(|factor| factor.status.as_str() == "ACTIVE")
    );
}

/// Operations run on servers: their futures must be able to move between threads.
#[test]
fn futures_are_send() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let mut world = World::new();
    let draft = world.draft();
    let command = world.command(&draft);
    let caller = Caller::system();
    block_on(is_send(world.party.activate(
        &caller,
        &command,
        &mut world.rng,
    )))
    .unwrap();
    block_on(is_send(world.party.list(&UserId::parse(ADA).unwrap()))).unwrap();
}
