//! First authentication with a real assertion of the simulated key.

use authenticator::{GetAssertion, Pin, Quirk};
use pollster::block_on;
use prereg_types::UserId;
use prereg_types::api::UserStatus;
use prereg_types::webauthn::{AuthenticatorData, CollectedClientData};
use relying_party::enrollment::Stage;
use relying_party::error::Kind;
use relying_party::mail::{MemoryMailer, deliver};
use relying_party::store::{Change, SetChange, Store};
use relying_party::{Assertion, AuthenticationChallenge};
use sha2::{Digest, Sha256};

use crate::world::{ADA, Draft, PIN, World};

fn begin(world: &mut World, draft: &Draft) -> AuthenticationChallenge {
    let id = &draft.credentials[0].enrollment_id;
    let user = UserId::parse(ADA).unwrap();
    block_on(world.party.begin_authentication(&user, id, &mut world.rng)).unwrap()
}

/// Signs as client and key do, with client data that a test may edit.
fn sign(
    draft: &mut Draft,
    challenge: &AuthenticationChallenge,
    edit: impl Fn(&mut CollectedClientData),
) -> Assertion {
    let origin = challenge.rp_id.origin();
    let mut data =
        CollectedClientData::new(CollectedClientData::GET, &challenge.challenge, &origin);
    edit(&mut data);
    let client_data_json = data.to_json().into_bytes();
    let made = draft.key.get_assertion(&GetAssertion {
        client_data_hash: &Sha256::digest(&client_data_json).into(),
        rp_id: challenge.rp_id.as_str(),
        allow_list: &[&challenge.credential_id],
        pin: Some(&Pin::new(PIN)),
    });
    let made = made.unwrap();
    Assertion {
        credential_id: Some(made.credential_id),
        client_data_json,
        authenticator_data: made.authenticator_data,
        signature: made.signature,
        user_handle: Some(made.user_id),
    }
}

fn finish(world: &World, draft: &Draft, assertion: &Assertion) -> Result<(), relying_party::Error> {
    let id = &draft.credentials[0].enrollment_id;
    block_on(
        world
            .party
            .finish_authentication(&UserId::parse(ADA).unwrap(), id, assertion),
    )
}

fn refused(edit: impl Fn(&mut Assertion), client: impl Fn(&mut CollectedClientData), code: &str) {
    let mut world = World::new();
    let mut draft = world.active_key();
    let challenge = begin(&mut world, &draft);
    let mut assertion = sign(&mut draft, &challenge, client);
    edit(&mut assertion);
    let before = world.snapshot();
    let error = finish(&world, &draft, &assertion).unwrap_err();
    assert_eq!((error.kind(), error.code()), (&Kind::Authentication, code));
    assert_eq!(world.snapshot(), before, "{code} left a trace");
    assert!(world.list(ADA)[0].profile.preset_pin_available);
}

#[test]
fn the_first_success_wipes_the_pin_of_the_whole_set() {
    let mut world = World::new();
    let mut draft = world.active_key();
    world
        .send_pin(ADA, &draft.credentials[1].enrollment_id)
        .unwrap();
    let challenge = begin(&mut world, &draft);
    let assertion = sign(&mut draft, &challenge, |_| {});
    finish(&world, &draft, &assertion).unwrap();
    assert!(
        world
            .list(ADA)
            .iter()
            .all(|factor| !factor.profile.preset_pin_available)
    );
    for one in &draft.credentials {
        let error = world.send_pin(ADA, &one.enrollment_id).unwrap_err();
        assert_eq!(error.code(), "pin_not_available");
    }
    // A mail that was still waiting is not sent any more.
    let mailer = MemoryMailer::default();
    block_on(deliver(world.party.store(), &mailer, 100)).unwrap();
    assert!(mailer.sent().is_empty());
}

#[test]
fn an_assertion_serves_once() {
    let mut world = World::new();
    let mut draft = world.active_key();
    let challenge = begin(&mut world, &draft);
    let assertion = sign(&mut draft, &challenge, |_| {});
    finish(&world, &draft, &assertion).unwrap();
    let before = world.snapshot();
    let error = finish(&world, &draft, &assertion).unwrap_err();
    assert_eq!(error.code(), "no_challenge");
    assert_eq!(world.snapshot(), before);
    let challenge = begin(&mut world, &draft);
    let assertion = sign(&mut draft, &challenge, |_| {});
    finish(&world, &draft, &assertion).unwrap();
}

#[test]
fn without_a_challenge_nothing_is_accepted() {
    let mut world = World::new();
    let mut draft = world.active_key();
    let challenge = begin(&mut world, &draft);
    let assertion = sign(&mut draft, &challenge, |_| {});
    world.clock.advance_seconds(301);
    assert_eq!(
        finish(&world, &draft, &assertion).unwrap_err().code(),
        "no_challenge"
    );
    begin(&mut world, &draft);
    assert_eq!(
        finish(&world, &draft, &assertion).unwrap_err().code(),
        "wrong_challenge"
    );
}

#[test]
fn only_active_enrollments_authenticate() {
    let mut world = World::new();
    let draft = world.draft();
    let id = &draft.credentials[0].enrollment_id;
    let user = UserId::parse(ADA).unwrap();
    let before = world.snapshot();
    let error = block_on(world.party.begin_authentication(&user, id, &mut world.rng)).unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (&Kind::NotAllowedInStatus, "not_active")
    );
    assert_eq!(world.snapshot(), before);
}

/// Whoever is barred stays out, before the challenge and after it, and the PIN
/// stays for the day that the bar is lifted.
#[test]
fn barred_users_do_not_authenticate() {
    for status in [UserStatus::Suspended, UserStatus::Deprovisioned] {
        let mut world = World::new();
        let mut draft = world.active_key();
        let challenge = begin(&mut world, &draft);
        let assertion = sign(&mut draft, &challenge, |_| {});
        world.set_status(ADA, status);
        let before = world.snapshot();
        let id = &draft.credentials[0].enrollment_id;
        let user = UserId::parse(ADA).unwrap();
        let begun = block_on(world.party.begin_authentication(&user, id, &mut world.rng));
        let finished = finish(&world, &draft, &assertion);
        for error in [begun.unwrap_err(), finished.unwrap_err()] {
            assert_eq!(
                (error.kind(), error.code()),
                (&Kind::NotAllowedInStatus, "user_status")
            );
        }
        assert_eq!(world.snapshot(), before);
        assert!(world.list(ADA)[0].profile.preset_pin_available);
        world.set_status(ADA, UserStatus::Active);
        finish(&world, &draft, &assertion).unwrap();
    }
}

#[test]
fn every_rule_of_an_assertion_is_kept() {
    let same = |_: &mut CollectedClientData| {};
    let as_is = |_: &mut Assertion| {};
    refused(
        as_is,
        |data| data.kind = CollectedClientData::CREATE.into(),
        "wrong_client_data_type",
    );
    refused(as_is, |data| data.challenge[0] ^= 1, "wrong_challenge");
    refused(
        as_is,
        |data| data.origin = "https://evil.example".into(),
        "wrong_origin",
    );
    refused(as_is, |data| data.cross_origin = true, "cross_origin");
    refused(
        |one| one.client_data_json.push(b'x'),
        same,
        "client_data_malformed",
    );
    refused(
        |one| one.client_data_json.push(b' '),
        same,
        "assertion_signature_invalid",
    );
    refused(
        |one| one.authenticator_data[0] ^= 1,
        same,
        "rp_id_hash_mismatch",
    );
    refused(
        |one| one.authenticator_data[32] &= !0x01,
        same,
        "user_not_present",
    );
    refused(
        |one| one.authenticator_data[32] &= !0x04,
        same,
        "user_not_verified",
    );
    refused(
        |one| one.authenticator_data[32] |= 0x08,
        same,
        "backup_state_invalid",
    );
    refused(
        |one| one.authenticator_data[32] |= 0x10,
        same,
        "backup_state_invalid",
    );
    refused(
        |one| one.authenticator_data[36] ^= 0x40,
        same,
        "assertion_signature_invalid",
    );
    refused(
        |one| one.authenticator_data.truncate(36),
        same,
        "assertion_malformed",
    );
    refused(
        |one| one.signature[10] ^= 1,
        same,
        "assertion_signature_invalid",
    );
    refused(
        |one| one.signature.clear(),
        same,
        "assertion_signature_invalid",
    );
    refused(
        |one| one.credential_id = Some(vec![1]),
        same,
        "wrong_credential",
    );
    refused(
        |one| one.user_handle = Some(b"bob".to_vec()),
        same,
        "wrong_user_handle",
    );
}

#[test]
fn a_counter_that_goes_back_tells_of_a_clone() {
    let mut world = World::new();
    let mut draft = world.active_key();
    let challenge = begin(&mut world, &draft);
    let assertion = sign(&mut draft, &challenge, |_| {});
    let data = AuthenticatorData::parse(&assertion.authenticator_data).unwrap();
    // Somebody else with the same private key was here before.
    seen_before(&world, &draft, data.sign_count);
    let before = world.snapshot();
    let error = finish(&world, &draft, &assertion).unwrap_err();
    assert_eq!(error.code(), "signature_counter");
    assert_eq!(world.snapshot(), before);
    seen_before(&world, &draft, data.sign_count - 1);
    finish(&world, &draft, &assertion).unwrap();
}

fn seen_before(world: &World, draft: &Draft, sign_count: u32) {
    let store = world.party.store();
    let id = &draft.credentials[0].enrollment_id;
    let mut set = block_on(store.set_of(id)).unwrap().unwrap();
    let Stage::Active(credential) = &mut set.enrollments[0].stage else {
        panic!("the enrollment is active");
    };
    credential.sign_count = sign_count;
    let change = Change {
        set: SetChange::Replace(Box::new(set)),
        events: Vec::new(),
        mail: Vec::new(),
        withdraw_pin_mail: None,
    };
    block_on(store.commit(change)).unwrap();
}

#[test]
fn a_key_without_a_counter_authenticates() {
    let mut world = World::new();
    let mut draft = world.quirky(Quirk::CounterStandsStill);
    let command = world.command(&draft);
    world.activate(&command).unwrap();
    let challenge = begin(&mut world, &draft);
    let assertion = sign(&mut draft, &challenge, |_| {});
    let data = AuthenticatorData::parse(&assertion.authenticator_data).unwrap();
    assert_eq!(data.sign_count, 0);
    finish(&world, &draft, &assertion).unwrap();
}
