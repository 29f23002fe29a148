//! `authenticatorMakeCredential` and `authenticatorGetAssertion`.

use authenticator::{
    GetAssertion, MakeCredential, Pin, SecurityKey, Status,
    model::{YUBIKEY_5_NFC_5_4, YUBIKEY_5_NFC_5_7},
};
use p256::elliptic_curve::rand_core::{TryCryptoRng, TryRng};
use prereg_types::webauthn::{AuthenticatorData, CoseAlgorithm, Flags};
use sha2::{Digest, Sha256};

use crate::setup::{CLIENT_DATA_HASH, Workshop, assertion, registration, verifies};

fn key_with_pin(workshop: &mut Workshop) -> (SecurityKey, Pin) {
    let pin = Pin::new("847261");
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    key.set_pin(&pin).unwrap();
    (key, pin)
}

#[test]
fn registration_says_what_it_made() {
    let mut workshop = Workshop::new();
    let (mut key, pin) = key_with_pin(&mut workshop);
    let request = MakeCredential {
        pin: Some(&pin),
        ..registration("example.com", b"user")
    };
    let made = key.make_credential(&request, &mut workshop.rng).unwrap();
    let data = AuthenticatorData::parse(&made.authenticator_data).unwrap();
    assert_eq!(data.rp_id_hash[..], Sha256::digest(b"example.com")[..]);
    assert_eq!(data.flags, Flags::UP | Flags::UV | Flags::AT);
    assert_eq!(data.sign_count, 1);
    assert_eq!(data.extensions, None);
    let attested = data.attested_credential_data.unwrap();
    assert_eq!(attested.aaguid, YUBIKEY_5_NFC_5_7.aaguid);
    assert_eq!(attested.credential_id, made.credential_id);
    assert_eq!(attested.public_key, made.public_key);
}

#[test]
fn assertions_verify_with_the_registered_key() {
    let mut workshop = Workshop::new();
    for (params, algorithm) in [
        (&[-7, -35][..], CoseAlgorithm::Es256),
        (&[-35, -7], CoseAlgorithm::Es384),
        (&[-8, -257, -35], CoseAlgorithm::Es384),
    ] {
        let (mut key, pin) = key_with_pin(&mut workshop);
        let request = MakeCredential {
            pub_key_cred_params: params,
            pin: Some(&pin),
            ..registration("example.com", b"user")
        };
        let made = key.make_credential(&request, &mut workshop.rng).unwrap();
        assert_eq!(made.public_key.algorithm(), algorithm);

        let signed = key
            .get_assertion(&assertion("example.com", Some(&pin)))
            .unwrap();
        let message = [&signed.authenticator_data[..], CLIENT_DATA_HASH].concat();
        assert!(verifies(&made.public_key, &message, &signed.signature));
        let other = [&signed.authenticator_data[..], &[0; 32]].concat();
        assert!(!verifies(&made.public_key, &other, &signed.signature));

        let data = AuthenticatorData::parse(&signed.authenticator_data).unwrap();
        assert_eq!(data.flags, Flags::UP | Flags::UV);
        assert_eq!(data.attested_credential_data, None);
        assert_eq!(signed.user_id, b"user");
        assert_eq!(signed.credential_id, made.credential_id);
    }
}

#[test]
fn algorithms_are_those_of_the_model() {
    let mut workshop = Workshop::new();
    let mut older = workshop.key(YUBIKEY_5_NFC_5_4);
    let mut newer = workshop.key(YUBIKEY_5_NFC_5_7);
    let mut make = |key: &mut SecurityKey, params: &[i64]| {
        let request = MakeCredential {
            pub_key_cred_params: params,
            ..registration("example.com", b"user")
        };
        let made = key.make_credential(&request, &mut workshop.rng);
        made.map(|made| made.public_key.algorithm())
    };
    let unsupported = Err(Status::UnsupportedAlgorithm);
    assert_eq!(make(&mut older, &[-35, -7]), Ok(CoseAlgorithm::Es256));
    assert_eq!(make(&mut older, &[-35]), unsupported);
    assert_eq!(make(&mut newer, &[-35]), Ok(CoseAlgorithm::Es384));
    assert_eq!(make(&mut newer, &[-8, -257]), unsupported);
    assert_eq!(make(&mut newer, &[]), unsupported);
}

#[test]
fn user_verification_follows_the_pin() {
    let mut workshop = Workshop::new();
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    let request = registration("example.com", b"user");
    let made = key.make_credential(&request, &mut workshop.rng).unwrap();
    let data = AuthenticatorData::parse(&made.authenticator_data).unwrap();
    assert_eq!(data.flags, Flags::UP | Flags::AT);

    key.set_pin(&Pin::new("847261")).unwrap();
    let refused = key.make_credential(&request, &mut workshop.rng);
    assert_eq!(refused, Err(Status::PuatRequired));
    let signed = key.get_assertion(&assertion("example.com", None)).unwrap();
    let data = AuthenticatorData::parse(&signed.authenticator_data).unwrap();
    assert_eq!(data.flags, Flags::UP);
}

#[test]
fn the_store_fills_up() {
    for (model, capacity) in [(YUBIKEY_5_NFC_5_4, 25), (YUBIKEY_5_NFC_5_7, 100)] {
        let mut workshop = Workshop::new();
        let mut key = workshop.key(model);
        for user in 0..capacity {
            let rp_id = if user % 2 == 0 {
                "example.com"
            } else {
                "example.org"
            };
            let user_id = [user];
            let request = registration(rp_id, &user_id);
            key.make_credential(&request, &mut workshop.rng).unwrap();
            let left = usize::from(capacity - 1 - user);
            assert_eq!(key.get_info().remaining_discoverable_credentials, left);
        }
        let another = registration("example.com", b"another");
        let full = key.make_credential(&another, &mut workshop.rng);
        assert_eq!(full, Err(Status::KeyStoreFull));
        // A credential that is replaced needs no room.
        let again = registration("example.com", b"\0");
        key.make_credential(&again, &mut workshop.rng).unwrap();
        key.reset();
        key.make_credential(&another, &mut workshop.rng).unwrap();
    }
}

#[test]
fn same_rp_and_user_replace() {
    let mut workshop = Workshop::new();
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    let mut make = |rp_id, user: &[u8]| {
        let made = key.make_credential(&registration(rp_id, user), &mut workshop.rng);
        made.unwrap().credential_id
    };
    let old = make("example.com", b"user");
    let other_user = make("example.com", b"other");
    let other_rp = make("example.org", b"user");
    let new = make("example.com", b"user");
    let mut sign = |rp_id, id: &[u8]| {
        let request = GetAssertion {
            allow_list: &[id],
            ..assertion(rp_id, None)
        };
        key.get_assertion(&request)
            .map(|signed| signed.credential_id)
    };
    assert_eq!(sign("example.com", &old), Err(Status::NoCredentials));
    for (rp_id, id) in [
        ("example.com", new),
        ("example.com", other_user),
        ("example.org", other_rp),
    ] {
        assert_eq!(sign(rp_id, &id).as_ref(), Ok(&id));
    }
}

#[test]
fn the_exclude_list_is_per_rp() {
    let mut workshop = Workshop::new();
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    let request = registration("example.com", b"user");
    let first = key.make_credential(&request, &mut workshop.rng).unwrap();
    let list: &[&[u8]] = &[b"unknown", &first.credential_id];
    let mut make = |rp_id, exclude_list| {
        let request = MakeCredential {
            exclude_list,
            ..registration(rp_id, b"another")
        };
        key.make_credential(&request, &mut workshop.rng).map(|_| ())
    };
    assert_eq!(make("example.com", list), Err(Status::CredentialExcluded));
    assert_eq!(make("example.com", &[b"unknown"]), Ok(()));
    assert_eq!(make("example.org", list), Ok(()));
}

/// The exclude list would tell who owns the key, so the PIN comes first
/// (CTAP 2.1 §6.1.2).
#[test]
fn the_exclude_list_is_not_consulted_without_the_pin() {
    let mut workshop = Workshop::new();
    let (mut key, pin) = key_with_pin(&mut workshop);
    let request = MakeCredential {
        pin: Some(&pin),
        ..registration("example.com", b"user")
    };
    let made = key.make_credential(&request, &mut workshop.rng).unwrap();
    let wrong = Pin::new("000000");
    for (pin, status) in [
        (None, Status::PuatRequired),
        (Some(&wrong), Status::PinInvalid),
    ] {
        let request = MakeCredential {
            exclude_list: &[&made.credential_id],
            pin,
            ..registration("example.com", b"user")
        };
        let refused = key.make_credential(&request, &mut workshop.rng);
        assert_eq!(refused, Err(status));
    }
}

#[test]
fn discovery_takes_the_newest_of_the_rp() {
    let mut workshop = Workshop::new();
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    for user in [b"first", b"other", b"third"] {
        let request = registration("example.com", user);
        key.make_credential(&request, &mut workshop.rng).unwrap();
    }
    let request = registration("example.org", b"elsewhere");
    key.make_credential(&request, &mut workshop.rng).unwrap();
    let signed = key.get_assertion(&assertion("example.com", None)).unwrap();
    assert_eq!(signed.user_id, b"third");
    assert_eq!(signed.number_of_credentials, 3);
    let nothing = key.get_assertion(&assertion("example.net", None));
    assert_eq!(nothing, Err(Status::NoCredentials));
}

#[test]
fn the_counter_rises_with_every_signature_and_no_refusal() {
    let mut workshop = Workshop::new();
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    let request = registration("example.com", b"user");
    let made = key.make_credential(&request, &mut workshop.rng).unwrap();
    let mut counts = vec![made.authenticator_data];
    for _ in 0..3 {
        key.get_assertion(&assertion("example.net", None))
            .unwrap_err();
        let signed = key.get_assertion(&assertion("example.com", None)).unwrap();
        counts.push(signed.authenticator_data);
    }
    key.reset();
    let made = key.make_credential(&request, &mut workshop.rng).unwrap();
    counts.push(made.authenticator_data);
    let counts: Vec<u32> = counts
        .iter()
        .map(|data| AuthenticatorData::parse(data).unwrap().sign_count)
        .collect();
    assert_eq!(counts, [1, 2, 3, 4, 5]);
}

#[test]
fn impossible_parameters_are_refused() {
    let mut workshop = Workshop::new();
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    let mut make = |rp_id, user: &[u8]| {
        let made = key.make_credential(&registration(rp_id, user), &mut workshop.rng);
        made.map(|_| ())
    };
    assert_eq!(make("", b"user"), Err(Status::InvalidParameter));
    assert_eq!(make("example.com", b""), Err(Status::InvalidLength));
    assert_eq!(make("example.com", &[0; 65]), Err(Status::InvalidLength));
    assert_eq!(make("example.com", &[0; 64]), Ok(()));
    let nowhere = key.get_assertion(&assertion("", None));
    assert_eq!(nowhere, Err(Status::InvalidParameter));
}

/// A generator that gives out: no credential, not a predictable one.
struct Broken;

#[derive(Debug)]
struct Exhausted;

impl core::fmt::Display for Exhausted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("exhausted")
    }
}

impl core::error::Error for Exhausted {}

impl TryRng for Broken {
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

impl TryCryptoRng for Broken {}

#[test]
fn failing_randomness_makes_nothing() {
    let mut key = Workshop::new().key(YUBIKEY_5_NFC_5_7);
    let request = registration("example.com", b"user");
    assert_eq!(
        key.make_credential(&request, &mut Broken),
        Err(Status::Other)
    );
    let nothing = key.get_assertion(&assertion("example.com", None));
    assert_eq!(nothing, Err(Status::NoCredentials));
}
