//! The signed claims, the set and the WebAuthn ceremony.

use authenticator::Quirks;
use prereg_types::payload::{PIN_RESPONSE_TYP, Pin};
use prereg_types::webauthn::CollectedClientData;
use prereg_types::{EnrollmentId, FirmwareVersion, Jti, Serial, SetId, Timestamp};
use relying_party::error::Kind;

use crate::world::{ADA, CredentialDraft, Draft, HOSTS, World};

/// Breaks a draft in one way and expects one refusal.
fn breaks(code: &str, edit: impl Fn(&mut World, &mut Draft)) {
    let mut world = World::new();
    let mut draft = world.draft();
    edit(&mut world, &mut draft);
    world.refused(&draft, code);
}

/// The same for the first credential response.
fn credential_breaks(code: &str, edit: impl Fn(&mut CredentialDraft)) {
    breaks(code, |_, draft| edit(&mut draft.credentials[0]));
}

#[test]
fn an_honest_key_is_activated() {
    let mut world = World::new();
    let draft = world.draft();
    let command = world.command(&draft);
    let caller = relying_party::event::Caller::system();
    let response =
        pollster::block_on(world.party.activate(&caller, &command, &mut world.rng)).unwrap();
    let ids: Vec<&EnrollmentId> = draft
        .credentials
        .iter()
        .map(|one| &one.enrollment_id)
        .collect();
    assert_eq!(
        response
            .authenticator_enrollment_ids
            .iter()
            .collect::<Vec<_>>(),
        ids
    );
    for factor in world.list(ADA) {
        assert_eq!(factor.status.as_str(), "ACTIVE");
        assert!(factor.profile.preset_pin_available);
        assert_eq!(factor.profile.authenticator_name, "YubiKey 5 NFC");
        assert!(factor.profile.credential_id.is_some());
    }
}

#[test]
fn the_order_of_the_responses_does_not_matter() {
    let mut world = World::new();
    let mut draft = world.draft();
    draft.credentials.reverse();
    let command = world.command(&draft);
    world.activate(&command).unwrap();
}

#[test]
fn every_signed_claim_of_a_credential_is_compared() {
    credential_breaks("wrong_issuer", |one| {
        one.response.claims.iss = "acme".into();
    });
    credential_breaks("wrong_audience", |one| {
        one.response.claims.aud = "https://evil.example".into();
    });
    credential_breaks("wrong_request", |one| {
        one.response.claims.in_reply_to = Jti::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap();
    });
    credential_breaks("wrong_set", |one| {
        one.response.claims.set = SetId::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap();
    });
    credential_breaks("wrong_recipient", |one| {
        one.response.claims.response_jkt = "AAAA".into();
    });
    credential_breaks("wrong_enrollment", |one| {
        one.response.enrollment = EnrollmentId::parse("fwfother").unwrap();
    });
    credential_breaks("serial_mismatch", |one| {
        one.response.claims.serial = Serial::parse("1").unwrap();
    });
    credential_breaks("version_mismatch", |one| {
        one.response.claims.version = FirmwareVersion::new(5, 7, 1);
    });
    credential_breaks("response_expired", |one| {
        one.response.claims.exp = Timestamp::from_seconds(1_779_999_999);
    });
    credential_breaks("response_from_the_future", |one| {
        one.response.claims.iat = Timestamp::from_seconds(1_780_000_301);
    });
    credential_breaks("wrong_type", |one| one.typ = PIN_RESPONSE_TYP);
}

#[test]
fn every_signed_claim_of_the_pin_is_compared() {
    breaks("wrong_issuer", |_, draft| {
        draft.pin.claims.iss = "acme".into();
    });
    breaks("wrong_audience", |_, draft| {
        draft.pin.claims.aud = "https://evil.example".into();
    });
    breaks("wrong_request", |_, draft| {
        draft.pin.claims.in_reply_to = draft.credentials[0].response.claims.in_reply_to.clone();
    });
    breaks("wrong_set", |_, draft| {
        draft.pin.claims.set = SetId::parse("other").unwrap();
    });
    breaks("wrong_recipient", |_, draft| {
        draft.pin.claims.response_jkt = "AAAA".into();
    });
    breaks("serial_mismatch", |_, draft| {
        draft.pin.claims.serial = Serial::parse("1").unwrap();
    });
    breaks("version_mismatch", |_, draft| {
        draft.pin.claims.version = FirmwareVersion::new(5, 7, 1);
    });
    breaks("response_expired", |_, draft| {
        draft.pin.claims.exp = Timestamp::from_seconds(1_779_999_999);
    });
}

#[test]
fn the_outer_serial_and_version_are_compared_too() {
    breaks("serial_mismatch", |_, draft| {
        draft.serial = Serial::parse("1").unwrap();
    });
    breaks("version_mismatch", |_, draft| {
        draft.version = FirmwareVersion::new(5, 7, 1);
    });
}

#[test]
fn the_pin_has_the_length_asked_for() {
    breaks("pin_policy", |_, draft| {
        draft.pin.pin = Pin::new("49381").unwrap();
    });
    breaks("pin_policy", |_, draft| {
        draft.pin.pin = Pin::new("4938172").unwrap();
    });
}

/// Check 4 comes before check 5, so nothing is learned about a PIN by whom it
/// was not meant for.
#[test]
fn claims_are_judged_before_the_pin() {
    breaks("wrong_audience", |_, draft| {
        draft.pin.pin = Pin::new("49381").unwrap();
        draft.pin.claims.aud = "https://evil.example".into();
    });
    let mut world = World::new();
    let mut draft = world.draft();
    draft.pin.claims.aud = "https://evil.example".into();
    let mut command = world.command(&draft);
    let claims = draft.pin.to_json().unwrap().replace("493817", "493");
    command.pin_response_jwe =
        world.seal(&claims, PIN_RESPONSE_TYP, &draft.signing, &draft.pin_key);
    world.refused_command(&command, "wrong_audience");
}

#[test]
fn client_data_are_judged_before_the_attestation_object() {
    credential_breaks("client_data_malformed", |one| {
        one.response.credential.response.client_data_json = b"{".to_vec();
        one.response.credential.response.attestation_object.clear();
    });
}

#[test]
fn the_responses_are_exactly_the_set() {
    breaks("incomplete_set", |_, draft| drop(draft.credentials.pop()));
    breaks("incomplete_set", |world, draft| {
        let other = world.draft();
        draft.credentials[1].enrollment_id = other.credentials[1].enrollment_id.clone();
    });
    breaks("incomplete_set", |world, draft| {
        draft.credentials.extend(world.draft().credentials);
    });
    breaks("enrollment_not_found", |_, draft| {
        draft.credentials[1].enrollment_id = EnrollmentId::parse("fwfnobody").unwrap();
    });
}

#[test]
fn responses_of_two_enrollments_cannot_be_swapped() {
    breaks("wrong_response_key", |_, draft| {
        let first = draft.credentials[0].enrollment_id.clone();
        draft.credentials[0].enrollment_id = draft.credentials[1].enrollment_id.clone();
        draft.credentials[1].enrollment_id = first;
    });
}

#[test]
fn a_response_cannot_be_encrypted_again_to_another_recipient() {
    // Whoever can open the first response hands it to the second enrollment.
    breaks("wrong_request", |_, draft| {
        draft.credentials[0].response_key = draft.credentials[1].response_key.clone();
        let first = draft.credentials[0].response.clone();
        draft.credentials[1].response = first;
        draft.credentials.swap(0, 1);
    });
}

#[test]
fn another_users_responses_are_not_found() {
    let mut world = World::new();
    let ada = world.draft();
    let mut command = world.command(&ada);
    command.user_id = prereg_types::UserId::parse(crate::world::BOB).unwrap();
    let before = world.snapshot();
    let error = world.activate(&command).unwrap_err();
    let id = ada.credentials[0].enrollment_id.clone();
    assert_eq!(error.kind(), &Kind::EnrollmentNotFound(id));
    assert_eq!(world.snapshot(), before);
}

#[test]
fn two_users_keys_cannot_be_swapped() {
    let mut world = World::new();
    let ada = world.draft();
    let enrolled = world.enroll(crate::world::BOB, &HOSTS);
    let bob = world.program(&enrolled, &Quirks::NONE, |_| {});
    let mut mixed = world.command(&ada);
    let bobs = world.command(&bob);
    for (own, other) in mixed.cred_responses.iter_mut().zip(&bobs.cred_responses) {
        own.jwe.clone_from(&other.jwe);
    }
    world.refused_command(&mixed, "wrong_response_key");
    mixed.pin_response_jwe = bobs.pin_response_jwe;
    world.refused_command(&mixed, "wrong_response_key");
}

#[test]
fn a_challenge_runs_out() {
    let mut world = World::new();
    let draft = world.draft();
    let command = world.command(&draft);
    world.clock.advance_seconds(30 * 86_400);
    let mut last_moment = World::new();
    let same = last_moment.draft();
    let on_time = last_moment.command(&same);
    last_moment.clock.advance_seconds(30 * 86_400);
    last_moment.activate(&on_time).unwrap();
    world.clock.advance_seconds(1);
    assert_eq!(world.list(ADA)[0].status.as_str(), "EXPIRED");
    world.refused_command(&command, "challenge_expired");
}

#[test]
fn client_data_are_those_of_this_ceremony() {
    let breaks = |code: &str, edit: fn(&mut CollectedClientData)| {
        let mut world = World::new();
        let enrolled = world.enroll(ADA, &HOSTS);
        let draft = world.program(&enrolled, &Quirks::NONE, edit);
        world.refused(&draft, code);
    };
    breaks("wrong_client_data_type", |data| {
        data.kind = CollectedClientData::GET.into();
    });
    breaks("wrong_challenge", |data| data.challenge[0] ^= 1);
    breaks("wrong_challenge", |data| data.challenge.truncate(31));
    breaks("wrong_origin", |data| {
        data.origin = "https://evil.example".into();
    });
    breaks("wrong_origin", |data| data.origin.push_str(":444"));
    breaks("cross_origin", |data| data.cross_origin = true);
    breaks("cross_origin", |data| {
        data.top_origin = Some("https://evil.example".into());
    });
}

#[test]
fn client_data_must_be_json() {
    credential_breaks("client_data_malformed", |one| {
        one.response.credential.response.client_data_json = b"{".to_vec();
    });
    credential_breaks("client_data_malformed", |one| {
        let json = &mut one.response.credential.response.client_data_json;
        *json = [b"\xef\xbb\xbf", json.as_slice()].concat();
    });
}

#[test]
fn repeated_members_equal_what_was_attested() {
    let code = "redundant_member_mismatch";
    credential_breaks(code, |one| one.response.credential.id[0] ^= 1);
    credential_breaks(code, |one| {
        one.response.credential.response.authenticator_data[36] ^= 1;
    });
    credential_breaks(code, |one| {
        one.response
            .credential
            .response
            .public_key
            .as_mut()
            .unwrap()[40] ^= 1;
    });
    credential_breaks(code, |one| {
        one.response.credential.response.public_key = None;
    });
    credential_breaks(code, |one| {
        one.response.credential.response.public_key_algorithm = -35;
    });
    credential_breaks(code, |one| {
        one.response.credential.authenticator_attachment = Some("platform".into());
    });
}
