//! Authenticator data and packed attestation, one broken rule at a time, by
//! keys that really sign what is wrong.

use authenticator::{Quirk, Quirks};
use prereg_types::webauthn::{AttestationObject, AttestationStatement};
use relying_party::Refusal;
use relying_party::attestation::TrustAnchors;

use crate::world::{ADA, HOSTS, World};

fn meets(quirk: Quirk, code: &str) {
    let mut world = World::new();
    let draft = world.quirky(quirk);
    world.refused(&draft, code);
}

#[test]
fn authenticator_data_keep_every_rule() {
    meets(Quirk::UserPresenceCleared, "user_not_present");
    meets(Quirk::UserVerificationCleared, "user_not_verified");
    meets(Quirk::BackupStateWithoutEligibility, "backup_state_invalid");
    meets(Quirk::WrongRpIdHash, "rp_id_hash_mismatch");
    meets(Quirk::AttestedDataMissing, "no_attested_credential");
    meets(Quirk::TrailingBytes, "attestation_malformed");
    meets(Quirk::KeyOffCurve, "credential_key_invalid");
    meets(Quirk::CredentialIdTooLong, "credential_id_length");
    meets(Quirk::CborNotCanonical, "attestation_malformed");
}

#[test]
fn the_statement_is_packed_with_certificates() {
    meets(Quirk::AttestationNone, "attestation_not_packed_x5c");
    meets(Quirk::AttestationSelf, "attestation_not_packed_x5c");
    meets(
        Quirk::AttestationAlgorithmMismatch,
        "attestation_algorithm_mismatch",
    );
    meets(
        Quirk::AttestationSignatureInvalid,
        "attestation_signature_invalid",
    );
}

#[test]
fn the_certificates_lead_to_a_trusted_root() {
    meets(Quirk::CertificateAaguidMismatch, "aaguid_mismatch");
    meets(Quirk::CertificateAaguidCritical, "certificate_malformed");
    meets(Quirk::CertificateIsCa, "certificate_is_ca");
    meets(Quirk::CertificateExpired, "certificate_expired");
    meets(Quirk::CertificateUnitWrong, "certificate_subject");
    meets(Quirk::ChainOfForeignRoot, "untrusted_attestation_root");
    meets(Quirk::ChainReversed, "certificate_is_ca");
}

#[test]
fn two_credentials_of_one_id_are_refused() {
    meets(Quirk::CredentialIdRepeated, "credential_id_in_use");
}

#[test]
fn an_id_that_is_registered_already_is_refused() {
    let mut world = World::new();
    for (round, expected) in [Ok(()), Err("credential_id_in_use")]
        .into_iter()
        .enumerate()
    {
        let enrolled = world.enroll(ADA, &HOSTS[round..=round]);
        let quirks = Quirks::from(Quirk::CredentialIdRepeated);
        let draft = world.program(&enrolled, &quirks, |_| {});
        let command = world.command(&draft);
        match expected {
            Ok(()) => world.activate(&command).unwrap(),
            Err(code) => world.refused_command(&command, code),
        }
    }
}

/// The chain of an honest key, edited.
fn with_chain(edit: impl Fn(&mut Vec<Vec<u8>>), code: &str) {
    let mut world = World::new();
    let mut draft = world.draft();
    let response = &mut draft.credentials[0].response.credential.response;
    let bytes = response.attestation_object.clone();
    let mut object = AttestationObject::parse(&bytes).unwrap();
    let AttestationStatement::Packed(packed) = &mut object.statement else {
        panic!("the key attests with certificates");
    };
    let mut chain: Vec<Vec<u8>> = packed
        .x5c
        .as_ref()
        .unwrap()
        .iter()
        .map(|der| der.to_vec())
        .collect();
    edit(&mut chain);
    packed.x5c = Some(chain.iter().map(Vec::as_slice).collect());
    response.attestation_object = object.encode();
    world.refused(&draft, code);
}

#[test]
fn a_chain_with_a_gap_or_a_stranger_is_refused() {
    with_chain(|chain| chain.truncate(1), "untrusted_attestation_root");
    with_chain(|chain| chain.push(chain[0].clone()), "certificate_chain");
    with_chain(
        |chain| chain.insert(1, chain[0].clone()),
        "certificate_chain",
    );
    with_chain(
        |chain| chain.extend(vec![chain[1].clone(); 5]),
        "certificate_chain",
    );
}

/// What is too long is not parsed: nonsense at its end stays unseen.
#[test]
fn a_chain_is_counted_before_it_is_read() {
    let nonsense =
        |count: usize| move |chain: &mut Vec<Vec<u8>>| chain.resize(count, b"nonsense".to_vec());
    with_chain(nonsense(5), "certificate_malformed");
    with_chain(nonsense(6), "certificate_chain");
}

#[test]
fn certificates_are_strict_der() {
    with_chain(|chain| chain[0].push(0), "certificate_malformed");
    with_chain(|chain| chain[0].truncate(100), "certificate_malformed");
    with_chain(
        |chain| chain[1] = b"nonsense".to_vec(),
        "certificate_malformed",
    );
    with_chain(
        |chain| *chain[1].last_mut().unwrap() ^= 1,
        "untrusted_attestation_root",
    );
}

#[test]
fn a_root_must_be_a_ca() {
    assert_eq!(
        TrustAnchors::from_der([&b"nonsense"[..]]).unwrap_err(),
        Refusal::CertificateMalformed
    );
    let mut world = World::new();
    let draft = world.draft();
    let bytes = &draft.credentials[0]
        .response
        .credential
        .response
        .attestation_object;
    let object = AttestationObject::parse(bytes).unwrap();
    let AttestationStatement::Packed(packed) = object.statement else {
        panic!("the key attests with certificates");
    };
    let leaf = packed.x5c.unwrap()[0];
    assert_eq!(
        TrustAnchors::from_der([leaf]).unwrap_err(),
        Refusal::CertificateChain
    );
}

#[test]
fn only_algorithms_that_were_offered_are_taken() {
    let mut world = World::new();
    let mut draft = world.draft();
    let response = &mut draft.credentials[0].response.credential.response;
    let bytes = response.attestation_object.clone();
    let mut object = AttestationObject::parse(&bytes).unwrap();
    // {1: 2, 3: -7, -1: 1, …}: the algorithm becomes -8, EdDSA.
    let cose = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01];
    let at = object
        .auth_data
        .windows(cose.len())
        .position(|window| window == cose)
        .unwrap();
    let mut auth_data = object.auth_data.to_vec();
    auth_data[at + 4] = 0x27;
    object.auth_data = &auth_data;
    response.attestation_object = object.encode();
    world.refused(&draft, "algorithm_not_offered");
}
