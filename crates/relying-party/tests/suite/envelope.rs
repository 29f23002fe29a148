//! The envelope: encryption, signature, and who may sign.

use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::base64url;
use jose_core::jwe::{EncryptHeader, Recipient};
use jose_core::jwk::{JwkSet, KeyUse, PublicJwk};
use jose_core::{Backend, Level};
use prereg_types::payload::CREDENTIAL_RESPONSE_TYP;
use relying_party::error::Kind;
use relying_party::store::MemoryStore;
use relying_party::{PolicyError, RelyingParty, TrustPolicy};

use crate::world::{World, private};

/// Replaces the first credential response by an edited one.
fn token_breaks(code: &str, edit: impl Fn(&str) -> String) {
    let mut world = World::new();
    let draft = world.draft();
    let mut command = world.command(&draft);
    command.cred_responses[0].jwe = edit(&command.cred_responses[0].jwe);
    world.refused_command(&command, code);
}

fn segment(token: &str, index: usize, edit: impl Fn(Vec<u8>) -> Vec<u8>) -> String {
    let mut segments: Vec<String> = token.split('.').map(str::to_owned).collect();
    let bytes = base64url::decode(segments[index].as_bytes()).unwrap();
    segments[index] = base64url::encode(&edit(bytes));
    segments.join(".")
}

fn flip(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes[3] ^= 1;
    bytes
}

fn header(token: &str, from: &str, to: &str) -> String {
    segment(token, 0, |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        text.replacen(from, to, 1).into_bytes()
    })
}

#[test]
fn what_goes_wrong_inside_the_encryption_is_one_value() {
    token_breaks("decrypt_failed", |token| segment(token, 3, flip));
    token_breaks("decrypt_failed", |token| segment(token, 4, flip));
    token_breaks("decrypt_failed", |token| segment(token, 2, flip));
    // The epk: a changed coordinate is no point, which must not be told apart.
    token_breaks("decrypt_failed", |token| {
        segment(token, 0, |bytes| {
            let text = String::from_utf8(bytes).unwrap();
            let at = text.find("\"x\":\"").unwrap() + 8;
            let other = if &text[at..=at] == "A" { "B" } else { "A" };
            format!("{}{other}{}", &text[..at], &text[at + 1..]).into_bytes()
        })
    });
    token_breaks("decrypt_failed", |token| {
        header(token, "\"cty\":\"JWT\"", "\"cty\":\"jwt\"")
    });
}

#[test]
fn kinds_and_displays_of_opaque_failures_are_identical() {
    let failure = |index: usize| {
        let mut world = World::new();
        let draft = world.draft();
        let mut command = world.command(&draft);
        command.cred_responses[0].jwe = segment(&command.cred_responses[0].jwe, index, flip);
        world.activate(&command).unwrap_err()
    };
    assert_eq!(failure(3), failure(4));
    assert_eq!(failure(3).kind(), &Kind::CredentialResponse);
    assert_eq!(failure(3).to_string(), failure(4).to_string());
}

#[test]
fn the_response_at_fault_is_named() {
    let mut world = World::new();
    let draft = world.draft();
    let mut command = world.command(&draft);
    command.pin_response_jwe = segment(&command.pin_response_jwe, 4, flip);
    let error = world.activate(&command).unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (&Kind::PinResponse, "decrypt_failed")
    );
}

#[test]
fn the_outside_keeps_the_policy() {
    token_breaks("envelope_malformed", |token| token.replacen('.', "", 1));
    token_breaks("envelope_malformed", |token| format!("{token}="));
    token_breaks("envelope_malformed", |_| String::new());
    token_breaks("envelope_not_allowed", |token| {
        header(token, "ECDH-ES", "ECDH-ES+A256KW")
    });
    token_breaks("envelope_not_allowed", |token| {
        header(token, "A256GCM", "A128GCM")
    });
    token_breaks("not_nested", |token| {
        header(token, "\"cty\":\"JWT\"", "\"cty\":\"json\"")
    });
}

#[test]
fn claims_without_a_signature_are_refused() {
    let mut world = World::new();
    let draft = world.draft();
    let mut command = world.command(&draft);
    let one = &draft.credentials[0];
    let recipient = Recipient::prepare(&one.response_key, Level::OneShot, Backend::default());
    let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let claims = one.response.to_json().unwrap();
    for cty in ["JWT", "json"] {
        let header = header.clone().with_cty(cty);
        let recipient = recipient.as_ref().unwrap();
        let token = recipient
            .encrypt(claims.as_bytes(), &header, &mut world.rng)
            .unwrap();
        command.cred_responses[0].jwe = token;
        world.refused_command(&command, "not_nested");
    }
}

#[test]
fn the_kid_names_the_response_key_of_the_enrollment() {
    let mut world = World::new();
    let mut draft = world.draft();
    let key = draft.credentials[0].response_key.clone();
    draft.credentials[0].response_key = key.with_kid("somebodyelse");
    world.refused(&draft, "wrong_response_key");
}

#[test]
fn another_key_under_the_right_kid_cannot_open() {
    let mut world = World::new();
    let mut draft = world.draft();
    let kid = draft.credentials[0].response_key.kid().unwrap().to_owned();
    let other = private(&mut world.rng, &kid, KeyUse::Enc);
    draft.credentials[0].response_key = other.public().clone();
    world.refused(&draft, "decrypt_failed");
}

#[test]
fn a_pin_response_does_not_pass_for_a_credential_response() {
    let mut world = World::new();
    let draft = world.draft();
    let mut command = world.command(&draft);
    let claims = draft.pin.to_json().unwrap();
    let to = &draft.credentials[0].response_key;
    command.cred_responses[0].jwe = world.seal(&claims, "prereg-pin+jwt", &draft.signing, to);
    world.refused_command(&command, "wrong_type");
    command.cred_responses[0].jwe =
        world.seal(&claims, CREDENTIAL_RESPONSE_TYP, &draft.signing, to);
    world.refused_command(&command, "claims_malformed");
}

#[test]
fn claims_must_be_complete_and_strict() {
    let mut world = World::new();
    let draft = world.draft();
    let mut command = world.command(&draft);
    let one = &draft.credentials[0];
    let claims = one.response.to_json().unwrap();
    let twice = claims.replacen('{', "{\"aud\":\"https://evil.example\",", 1);
    for wrong in ["{}", "[]", "nonsense", twice.as_str()] {
        let token = world.seal(
            wrong,
            CREDENTIAL_RESPONSE_TYP,
            &draft.signing,
            &one.response_key,
        );
        command.cred_responses[0].jwe = token;
        world.refused_command(&command, "claims_malformed");
    }
}

#[test]
fn signatures_by_a_stranger_are_refused() {
    let mut world = World::new();
    let mut draft = world.draft();
    // Under the kid of the pinned key.
    let kid = world.signing.public().kid().unwrap().to_owned();
    draft.signing = private(&mut world.rng, &kid, KeyUse::Sig);
    world.refused(&draft, "signature_invalid");
    // Under a kid that nobody published.
    draft.signing = private(&mut world.rng, "stranger", KeyUse::Sig);
    world.refused(&draft, "unknown_signing_key");
    // The caller brings the stranger's key along: integrity, but no origin.
    draft.brought.push(draft.signing.public().clone());
    world.refused(&draft, "untrusted_signing_key");
    draft.brought = vec![draft.signing.public().clone()];
    world.refused(&draft, "untrusted_signing_key");
}

#[test]
fn a_pinned_key_counts_only_with_the_same_kid_and_coordinates() {
    let mut world = World::new();
    let mut draft = world.draft();
    // The caller names another key by the pinned kid.
    let kid = world.signing.public().kid().unwrap().to_owned();
    let other = private(&mut world.rng, &kid, KeyUse::Sig);
    draft.brought = vec![other.public().clone()];
    world.refused(&draft, "untrusted_signing_key");
    draft.signing = other;
    world.refused(&draft, "signature_invalid");
    // The pinned key under another kid.
    draft.signing = world.signing.clone().with_kid("renamed");
    draft.brought = vec![draft.signing.public().clone()];
    world.refused(&draft, "untrusted_signing_key");
}

#[test]
fn a_pinned_key_must_be_among_those_the_caller_brings() {
    let mut world = World::new();
    let pinned = world.signing.public().clone();
    let mut draft = world.draft();
    draft.brought = vec![
        private(&mut world.rng, "other", KeyUse::Sig)
            .public()
            .clone(),
    ];
    world.refused(&draft, "unknown_signing_key");
    draft.brought.push(pinned);
    let command = world.command(&draft);
    world.activate(&command).unwrap();
}

/// A key that cannot count would be missed on the day it signs.
#[test]
fn pinned_keys_that_cannot_count_are_refused_by_name() {
    let mut world = World::new();
    let good = world.signing.public().clone();
    let encrypts = private(&mut world.rng, "transport", KeyUse::Enc);
    let nameless = PublicJwk::new(*encrypts.public().point());
    let refused = |keys: Vec<PublicJwk>| {
        let mut policy = world.party.policy().clone();
        policy.trust = TrustPolicy::Pinned(JwkSet::new(keys).unwrap());
        let party = RelyingParty::new(MemoryStore::default(), world.clock.clone(), policy);
        party.unwrap_err()
    };
    assert_eq!(refused(Vec::new()), PolicyError::NoPinnedKey);
    let error = refused(vec![good.clone(), encrypts.public().clone()]);
    assert!(error.to_string().contains("\"transport\""), "{error}");
    let error = refused(vec![good, nameless]);
    assert_eq!(error, PolicyError::PinnedKeyWithoutKid { position: 1 });
}

#[test]
fn any_key_counts_only_where_the_operator_says_so() {
    let mut world = World::with(|_| TrustPolicy::AcceptAnySigningKey);
    let mut draft = world.draft();
    draft.signing = private(&mut world.rng, "stranger", KeyUse::Sig);
    world.refused(&draft, "unknown_signing_key");
    let command = world.command(&draft);
    assert!(command.signing_keys.find("stranger").is_none());
    draft.brought = vec![draft.signing.public().clone()];
    let mut command = world.command(&draft);
    command.signing_keys = JwkSet::new(draft.brought.clone()).unwrap();
    world.activate(&command).unwrap();
}
