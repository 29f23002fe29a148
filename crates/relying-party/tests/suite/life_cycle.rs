//! Every transition of an enrollment, and what others see of it.

use pollster::block_on;
use prereg_types::api::{
    EnrollCommand, FulfillmentCommand, FulfillmentItem, FulfillmentProvider, UserStatus,
};
use prereg_types::payload::{CredentialRequest, PinRequest};
use prereg_types::{EnrollmentId, RpId, UserId};
use rand_core::{TryCryptoRng, TryRng};
use relying_party::error::{Internal, Kind};
use relying_party::event::{Caller, MemorySink, publish};
use relying_party::mail::{MemoryMailer, deliver};

use crate::world::{ADA, BOB, HOSTS, World};

fn ada() -> UserId {
    UserId::parse(ADA).unwrap()
}

fn delete(world: &mut World, user: &str, id: &EnrollmentId) -> Result<(), relying_party::Error> {
    let user = UserId::parse(user).unwrap();
    block_on(
        world
            .party
            .delete(&Caller::system(), &user, id, &mut world.rng),
    )
}

fn mark(world: &World, user: &str, id: &EnrollmentId) -> Result<(), relying_party::Error> {
    block_on(world.party.mark_error(&UserId::parse(user).unwrap(), id))
}

fn status(world: &World, id: &EnrollmentId) -> &'static str {
    world
        .list(ADA)
        .iter()
        .find(|factor| factor.id == *id)
        .unwrap()
        .status
        .as_str()
}

fn events(world: &World) -> Vec<String> {
    let sink = MemorySink::default();
    block_on(publish(world.party.store(), &sink, 100)).unwrap();
    sink.published()
        .iter()
        .map(|event| event.event_type.clone())
        .collect()
}

#[test]
fn enroll_makes_requests_that_belong_together() {
    let mut world = World::new();
    let response = world.enroll(ADA, &HOSTS);
    let pin = PinRequest::from_json(&world.open(&response.pin_request_jwe)).unwrap();
    assert_eq!((pin.claims.set.size, pin.pin_request.length()), (3, 6));
    assert_eq!(pin.claims.iss, "https://acme.okta.example");
    let mut seen = vec![pin.claims.response_key.kid().to_owned()];
    for (sent, host) in response.cred_requests.iter().zip(HOSTS) {
        let text = world.open(&sent.cred_request_jwe);
        let request = CredentialRequest::from_json(&text).unwrap();
        assert_eq!(request.claims.set, pin.claims.set);
        assert_eq!(request.enrollment, sent.authenticator_enrollment_id);
        assert_eq!(request.claims.response_key.kid(), sent.key_id.as_str());
        assert_eq!(request.origin, format!("https://{host}"));
        assert_eq!(request.public_key.rp.id.as_str(), host);
        assert_eq!(request.public_key.user.id, ADA.as_bytes());
        assert_eq!(request.public_key.challenge.len(), 32);
        let lifetime = request.claims.exp.seconds() - request.claims.iat.seconds();
        assert_eq!(lifetime, 30 * 86_400);
        assert!(
            !seen.contains(&sent.key_id.to_string()),
            "one key pair per request"
        );
        seen.push(sent.key_id.to_string());
    }
    assert_eq!(response.cred_requests.len(), 2);
}

#[test]
fn requests_name_the_transport_key() {
    let mut world = World::new();
    let response = world.enroll(ADA, &HOSTS);
    let header = response.pin_request_jwe.split('.').next().unwrap();
    let header = jose_core::base64url::decode(header.as_bytes()).unwrap();
    let header = String::from_utf8(header).unwrap();
    assert!(header.contains("\"kid\":\"APCS-Ttrans-1\""), "{header}");
}

#[test]
fn a_transport_key_for_something_else_is_refused() {
    let mut world = World::new();
    // The second encrypts, but not by the algorithm of our requests.
    for alg in ["ES384", "ECDH-ES+A256KW"] {
        let command = EnrollCommand {
            user_id: ada(),
            provider: FulfillmentProvider::Yubico,
            rp_ids: vec![RpId::parse(HOSTS[0]).unwrap()],
            transport_key: world.transport.public().clone().with_alg(alg),
        };
        let before = world.snapshot();
        let error = block_on(world.party.enroll(&command, &mut world.rng)).unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (&Kind::PinRequest, "unusable_transport_key"),
            "{alg}"
        );
        assert_eq!(world.snapshot(), before);
    }
}

#[test]
fn failures_of_our_own_are_told_apart_from_the_callers() {
    let randomness = relying_party::Error::from(jose_core::Error::RandomnessFailed);
    assert_eq!(randomness.kind(), &Kind::Internal(Internal::Randomness));
    let other = jose_core::Error::KeyOperationFailed;
    let crypto = relying_party::Error::from(other);
    assert_eq!(crypto.kind(), &Kind::Internal(Internal::Crypto(other)));
    assert_eq!(crypto.code(), "key_operation_failed");
}

/// Gives nothing but an error.
struct BrokenRng;

impl TryRng for BrokenRng {
    type Error = Exhausted;

    fn try_next_u32(&mut self) -> Result<u32, Exhausted> {
        Err(Exhausted)
    }

    fn try_next_u64(&mut self) -> Result<u64, Exhausted> {
        Err(Exhausted)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Exhausted> {
        Err(Exhausted)
    }
}

impl TryCryptoRng for BrokenRng {}

#[derive(Debug)]
struct Exhausted;

impl core::fmt::Display for Exhausted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("exhausted")
    }
}

impl core::error::Error for Exhausted {}

#[test]
fn without_randomness_nothing_is_made() {
    let mut world = World::new();
    let command = EnrollCommand {
        user_id: ada(),
        provider: FulfillmentProvider::Yubico,
        rp_ids: vec![RpId::parse(HOSTS[0]).unwrap()],
        transport_key: world.transport.public().clone(),
    };
    let draft = world.draft();
    let activation = world.command(&draft);
    let before = world.snapshot();
    let error = block_on(world.party.enroll(&command, &mut BrokenRng)).unwrap_err();
    assert_eq!(error.code(), "randomness_failed");
    let caller = Caller::system();
    let error = block_on(world.party.activate(&caller, &activation, &mut BrokenRng)).unwrap_err();
    assert_eq!(error.code(), "randomness_failed");
    assert_eq!(world.snapshot(), before);
}

#[test]
fn waiting_errored_active() {
    let mut world = World::new();
    let draft = world.draft();
    let (first, second) = (
        draft.credentials[0].enrollment_id.clone(),
        draft.credentials[1].enrollment_id.clone(),
    );
    assert_eq!(status(&world, &first), "PENDING_ACTIVATION");
    mark(&world, ADA, &first).unwrap();
    let marked = world.snapshot();
    mark(&world, ADA, &first).unwrap();
    assert_eq!(world.snapshot(), marked, "marking again changes nothing");
    assert_eq!(status(&world, &first), "FULFILLMENT_ERRORED");
    assert_eq!(status(&world, &second), "PENDING_ACTIVATION");
    assert!(
        world
            .list(ADA)
            .iter()
            .all(|factor| !factor.profile.preset_pin_available)
    );
    let command = world.command(&draft);
    world.activate(&command).unwrap();
    assert_eq!(
        (status(&world, &first), status(&world, &second)),
        ("ACTIVE", "ACTIVE")
    );
    let before = world.snapshot();
    let error = mark(&world, ADA, &first).unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (&Kind::NotAllowedInStatus, "already_active")
    );
    assert_eq!(world.snapshot(), before);
}

#[test]
fn an_enrollment_can_be_deleted_in_any_state() {
    let mut world = World::new();
    let waiting = world.draft().credentials[0].enrollment_id.clone();
    let errored = world.draft().credentials[0].enrollment_id.clone();
    mark(&world, ADA, &errored).unwrap();
    let expired = world.draft().credentials[0].enrollment_id.clone();
    world.clock.advance_seconds(31 * 86_400);
    let active = world.active_key().credentials[0].enrollment_id.clone();
    events(&world);
    for id in [waiting, errored, expired, active] {
        delete(&mut world, ADA, &id).unwrap();
        assert!(world.list(ADA).iter().all(|factor| factor.id != id));
        let error = delete(&mut world, ADA, &id).unwrap_err();
        assert_eq!(error.kind(), &Kind::EnrollmentNotFound(id));
    }
    assert_eq!(events(&world), vec!["user.mfa.factor.deactivate"; 4]);
    let mailer = MemoryMailer::default();
    block_on(deliver(world.party.store(), &mailer, 100)).unwrap();
    assert_eq!(mailer.sent().len(), 4);
    assert!(
        mailer
            .sent()
            .iter()
            .all(|mail| mail.body().contains(HOSTS[0]))
    );
}

#[test]
fn the_pin_survives_until_the_last_enrollment_is_deleted() {
    let mut world = World::new();
    let draft = world.active_key();
    let (first, second) = (
        draft.credentials[0].enrollment_id.clone(),
        draft.credentials[1].enrollment_id.clone(),
    );
    delete(&mut world, ADA, &first).unwrap();
    world.send_pin(ADA, &second).unwrap();
    delete(&mut world, ADA, &second).unwrap();
    assert!(world.list(ADA).is_empty());
    let mailer = MemoryMailer::default();
    block_on(deliver(world.party.store(), &mailer, 100)).unwrap();
    let subjects: Vec<&str> = mailer
        .sent()
        .iter()
        .map(relying_party::mail::Mail::subject)
        .collect();
    assert_eq!(
        subjects,
        vec!["A security key was removed from your account"; 2]
    );
}

#[test]
fn after_a_deletion_the_rest_of_the_set_is_activated() {
    let mut world = World::new();
    let mut draft = world.draft();
    let whole = world.command(&draft);
    let gone = draft.credentials.remove(0).enrollment_id;
    delete(&mut world, ADA, &gone).unwrap();
    let error = world.activate(&whole).unwrap_err();
    assert_eq!(error.kind(), &Kind::EnrollmentNotFound(gone));
    let command = world.command(&draft);
    world.activate(&command).unwrap();
}

#[test]
fn another_users_enrollment_is_not_found_on_every_operation() {
    let mut world = World::new();
    let id = world.active_key().credentials[0].enrollment_id.clone();
    let before = world.snapshot();
    let bob = UserId::parse(BOB).unwrap();
    let not_found = Kind::EnrollmentNotFound(id.clone());
    assert_eq!(mark(&world, BOB, &id).unwrap_err().kind(), &not_found);
    assert_eq!(delete(&mut world, BOB, &id).unwrap_err().kind(), &not_found);
    assert_eq!(world.send_pin(BOB, &id).unwrap_err().kind(), &not_found);
    let begun = block_on(world.party.begin_authentication(&bob, &id, &mut world.rng));
    assert_eq!(begun.unwrap_err().kind(), &not_found);
    assert!(world.list(BOB).is_empty());
    assert_eq!(world.snapshot(), before);
}

#[test]
fn unknown_users_are_not_found() {
    let mut world = World::new();
    let nobody = UserId::parse("00unobody").unwrap();
    let id = world.draft().credentials[0].enrollment_id.clone();
    let not_found = Kind::UserNotFound(nobody.clone());
    assert_eq!(
        block_on(world.party.list(&nobody)).unwrap_err().kind(),
        &not_found
    );
    assert_eq!(
        mark(&world, "00unobody", &id).unwrap_err().kind(),
        &not_found
    );
    assert_eq!(
        delete(&mut world, "00unobody", &id).unwrap_err().kind(),
        &not_found
    );
    assert_eq!(
        world.send_pin("00unobody", &id).unwrap_err().kind(),
        &not_found
    );
}

#[test]
fn users_are_found_by_id_and_by_login() {
    let world = World::new();
    let by_id = block_on(world.party.find_user(ADA)).unwrap().unwrap();
    let by_login = block_on(world.party.find_user("ada@acme.example"))
        .unwrap()
        .unwrap();
    assert_eq!((&by_id, &by_id.id), (&by_login, &ada()));
    assert!(
        block_on(world.party.find_user("nobody@acme.example"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn fulfillment_fires_the_event_that_orchestrators_wait_for() {
    let mut world = World::new();
    let item = FulfillmentItem {
        product_id: "1".into(),
        customization_id: Some("RXJN83".into()),
        inventory_product_id: "106".into(),
    };
    let command = FulfillmentCommand {
        user_id: ada(),
        provider: FulfillmentProvider::Yubico,
        items: vec![item],
    };
    let caller = Caller::system();
    block_on(
        world
            .party
            .initiate_fulfillment(&caller, &command, &mut world.rng),
    )
    .unwrap();
    let sink = MemorySink::default();
    assert_eq!(
        block_on(publish(world.party.store(), &sink, 10)).unwrap(),
        1
    );
    let event = serde_json::to_value(&sink.published()[0]).unwrap();
    assert_eq!(event["eventType"], "system.mfa.preregister.initiate");
    assert_eq!(event["outcome"]["result"], "SUCCESS");
    assert_eq!(event["target"][0]["id"], ADA);
    let detail = &event["target"][0]["detailEntry"];
    assert_eq!(detail["fulfillmentProvider"], "yubico");
    assert_eq!(detail["yubicoProductId"], "1");
    assert_eq!(detail["yubicoInventoryProductId"], "106");
    assert_eq!(detail["yubicoCustomizationId"], "RXJN83");
    assert_eq!(
        block_on(publish(world.party.store(), &sink, 10)).unwrap(),
        0
    );
}

#[test]
fn activation_fires_an_event_per_enrollment() {
    let mut world = World::new();
    world.active_key();
    assert_eq!(events(&world), vec!["user.mfa.factor.activate"; 2]);
}

#[test]
fn barred_users_get_no_key() {
    for status in [UserStatus::Suspended, UserStatus::Deprovisioned] {
        let mut world = World::new();
        let draft = world.draft();
        world.set_status(ADA, status);
        world.refused(&draft, "user_status");
    }
}

#[test]
fn the_list_has_the_nine_fields_and_the_provider() {
    let mut world = World::new();
    world.active_key();
    let factor = serde_json::to_value(&world.list(ADA)[0]).unwrap();
    let mut names: Vec<&str> = factor
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    let expected = [
        "_links",
        "created",
        "factorType",
        "fulfillmentProvider",
        "id",
        "lastUpdated",
        "profile",
        "provider",
        "status",
        "vendorName",
    ];
    assert_eq!(names, expected);
    assert_eq!(factor["factorType"], "webauthn");
    assert_eq!(
        (&factor["provider"], &factor["vendorName"]),
        (&"FIDO".into(), &"FIDO".into())
    );
    assert!(factor["_links"]["self"]["hints"]["allow"].is_array());
    assert_eq!(factor["created"], "2026-05-28T20:26:40.000Z");
}
