//! Exported states: a key that comes back is the key that went, and nothing else
//! comes back at all.

use std::fs;
use std::path::Path;

use authenticator::attestation::{AttestationBatch, AttestationIssuer};
use authenticator::model::{self, YUBIKEY_5_NFC_5_7, YUBIKEY_5_NFC_FIPS_5_4};
use authenticator::{MakeCredential, Pin, Quirk, Quirks, SecurityKey, StateError, Status, fuzzing};
use prereg_types::webauthn::AuthenticatorData;

use crate::setup::{NOW, Workshop, assertion, registration};

const RIGHT: &str = "847261";
const WRONG: &str = "847262";

/// A key with a PIN, an ES256 and an ES384 credential.
fn used(workshop: &mut Workshop) -> SecurityKey {
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    let pin = Pin::new(RIGHT);
    key.set_pin(&pin).unwrap();
    for (rp_id, algorithm) in [("acme.example", -7), ("acme.test", -35)] {
        let request = MakeCredential {
            pub_key_cred_params: &[algorithm],
            pin: Some(&pin),
            ..registration(rp_id, b"user")
        };
        key.make_credential(&request, &mut workshop.rng).unwrap();
    }
    key
}

fn again(key: &SecurityKey) -> SecurityKey {
    SecurityKey::import(&key.export()).unwrap()
}

fn sign_count(data: &[u8]) -> u32 {
    AuthenticatorData::parse(data).unwrap().sign_count
}

#[test]
fn a_key_that_comes_back_signs_on_where_it_was() {
    let mut workshop = Workshop::new();
    let mut key = used(&mut workshop);
    let pin = Pin::new(RIGHT);
    let before = key.get_assertion(&assertion("acme.test", Some(&pin)));
    let before = before.unwrap();
    let mut back = again(&key);
    for rp_id in ["acme.example", "acme.test"] {
        let (one, other) = (
            key.get_assertion(&assertion(rp_id, Some(&pin))).unwrap(),
            back.get_assertion(&assertion(rp_id, Some(&pin))).unwrap(),
        );
        // ECDSA is deterministic here, so the very signature is the same.
        assert_eq!(one, other);
        assert!(sign_count(&other.authenticator_data) > sign_count(&before.authenticator_data));
    }
    assert_eq!(back.serial(), key.serial());
    assert_eq!(back.model(), key.model());
    assert_eq!(back.get_info(), key.get_info());
    assert!(back.credentials().eq(key.credentials()));
    let rp_ids = back.credentials().map(|credential| credential.rp_id);
    assert!(rp_ids.eq(["acme.example", "acme.test"]));
}

#[test]
fn a_key_that_comes_back_is_attested_by_the_same_batch() {
    let mut workshop = Workshop::new();
    let key = used(&mut workshop);
    let attested = |mut key: SecurityKey| {
        let pin = Pin::new(RIGHT);
        let request = MakeCredential {
            pin: Some(&pin),
            ..registration("acme.other", b"user")
        };
        let mut rng = Workshop::seeded(9).rng;
        key.make_credential(&request, &mut rng).unwrap()
    };
    assert_eq!(attested(again(&key)), attested(key));
}

/// The counters of threats.md: neither the tries nor the mismatches in a row
/// come back with a restart, and a power cycle is one that somebody makes.
#[test]
fn pin_tries_survive_a_restart() {
    let mut key = again(&used(&mut Workshop::new()));
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(key.verify_pin(&Pin::new(WRONG)).unwrap_err());
        key = again(&key);
    }
    let blocked = Status::PinAuthBlocked;
    assert_eq!(
        seen,
        [
            Status::PinInvalid,
            Status::PinInvalid,
            blocked,
            blocked,
            blocked
        ]
    );
    assert_eq!(key.pin_retries().retries, 5);
    key.power_cycle();
    key = again(&key);
    assert_eq!(key.verify_pin(&Pin::new(RIGHT)), Ok(()));
    assert_eq!(again(&key).pin_retries().retries, 8);
}

/// What is kept between the two halves of a try has lost the try.
#[test]
fn a_try_that_was_begun_is_used_up_in_what_is_kept() {
    let mut key = used(&mut Workshop::new());
    key.begin_pin_try().unwrap();
    let interrupted = again(&key);
    assert_eq!(interrupted.pin_retries().retries, 7);
    assert_eq!(key.verify_pin(&Pin::new(WRONG)), Err(Status::PinInvalid));
    assert_eq!(*key.export(), *interrupted.export(), "one try, not two");
    key.begin_pin_try().unwrap();
    key.begin_pin_try().unwrap();
    assert_eq!(key.pin_retries().retries, 6, "begun twice is begun once");
    assert_eq!(key.verify_pin(&Pin::new(RIGHT)), Ok(()));
    assert_eq!(key.pin_retries().retries, 8);

    for _ in 0..3 {
        key.verify_pin(&Pin::new(WRONG)).unwrap_err();
    }
    assert_eq!(key.begin_pin_try(), Err(Status::PinAuthBlocked));
    let mut new = Workshop::new().key(YUBIKEY_5_NFC_5_7);
    assert_eq!(new.begin_pin_try(), Err(Status::PinNotSet));
}

#[test]
fn policy_of_the_pin_survives_a_restart() {
    let mut key = Workshop::new().key(YUBIKEY_5_NFC_FIPS_5_4);
    let pin = Pin::new("739164");
    key.set_pin(&pin).unwrap();
    key.set_min_pin_length(Some(&pin), 8).unwrap();
    let mut key = again(&key);
    assert_eq!(key.verify_pin(&pin), Err(Status::PinPolicyViolation));
    let short = key.change_pin(&pin, &Pin::new("7391640"));
    assert_eq!(short, Err(Status::PinPolicyViolation));
    key.change_pin(&pin, &Pin::new("73916405")).unwrap();
    assert_eq!(again(&key).verify_pin(&Pin::new("73916405")), Ok(()));
}

#[test]
fn every_model_and_every_quirk_comes_back() {
    let mut workshop = Workshop::new();
    for model in model::ALL {
        let key = workshop.key(*model);
        assert_eq!(again(&key).model(), model);
    }
    for quirk in Quirk::ALL {
        let mut key = workshop.quirky(YUBIKEY_5_NFC_5_7, &Quirks::from(*quirk));
        key.make_credential(&registration("acme.example", b"user"), &mut workshop.rng)
            .unwrap();
        let mut back = again(&key);
        assert_eq!(*back.export(), *key.export(), "{quirk}");
        let sign = |key: &mut SecurityKey| key.get_assertion(&assertion("acme.example", None));
        assert_eq!(sign(&mut back), sign(&mut key), "{quirk}");
    }
}

#[test]
fn issuer_and_batch_come_back_and_issue_the_same() {
    let mut workshop = Workshop::new();
    let issuer = AttestationIssuer::import(&workshop.issuer.export()).unwrap();
    assert_eq!(issuer.trust_anchor(), workshop.issuer.trust_anchor());
    let issue = |issuer: &AttestationIssuer, seed| {
        let mut rng = Workshop::seeded(seed).rng;
        let batch = issuer.issue_batch(&YUBIKEY_5_NFC_5_7, &Quirks::NONE, &mut rng, NOW);
        batch.unwrap()
    };
    let batch = issue(&workshop.issuer, 3);
    assert_eq!(issue(&issuer, 3).x5c(), batch.x5c());
    let back = AttestationBatch::import(&batch.export()).unwrap();
    assert_eq!(back.x5c(), batch.x5c());
    // And the key that is used with it is the batch's.
    let key = workshop.key(YUBIKEY_5_NFC_5_7);
    assert_eq!(*again(&key).export(), *key.export());
}

/// All three kinds of state, of one workshop.
fn states() -> [(&'static str, Vec<u8>); 3] {
    let mut workshop = Workshop::new();
    let key = used(&mut workshop);
    let batch = workshop
        .issuer
        .issue_batch(&YUBIKEY_5_NFC_5_7, &Quirks::NONE, &mut workshop.rng, NOW)
        .unwrap();
    [
        ("key", key.export().to_vec()),
        ("batch", batch.export().to_vec()),
        ("issuer", workshop.issuer.export().to_vec()),
    ]
}

fn import(kind: &str, state: &[u8]) -> Result<(), StateError> {
    match kind {
        "key" => SecurityKey::import(state).map(drop),
        "batch" => AttestationBatch::import(state).map(drop),
        _ => AttestationIssuer::import(state).map(drop),
    }
}

#[test]
fn a_state_of_another_kind_version_or_length_is_refused() {
    for (kind, state) in states() {
        import(kind, &state).unwrap();
        for other in ["key", "batch", "issuer"] {
            let expected = if other == kind {
                Ok(())
            } else {
                Err(StateError::Kind)
            };
            assert_eq!(import(other, &state), expected, "{kind} as {other}");
        }
        let mut newer = state.clone();
        newer[4] = 2;
        assert_eq!(import(kind, &newer), Err(StateError::Version));
        let longer = [&state[..], &[0]].concat();
        assert_eq!(import(kind, &longer), Err(StateError::TrailingBytes));
        for length in 0..state.len() {
            let error = import(kind, &state[..length]).unwrap_err();
            let expected = [StateError::Truncated, StateError::Kind];
            // Cut inside the certificates, the rest cannot be one.
            let cut = matches!(error, StateError::Part(_) | StateError::PairMismatch(_));
            assert!(expected.contains(&error) || cut, "{kind} {length}: {error}");
        }
    }
}

/// Each byte of a state counts: changed, the state is refused or is another one.
#[test]
fn no_byte_of_a_state_is_without_meaning() {
    for (_, state) in states() {
        for place in 0..state.len() {
            let mut flipped = state.clone();
            flipped[place] ^= 1 << (place % 8);
            fuzzing::states(&flipped);
        }
    }
}

/// Where a piece of one state begins in it.
fn place(state: &[u8], piece: &[u8]) -> usize {
    let found = state
        .windows(piece.len())
        .position(|window| window == piece);
    found.unwrap()
}

#[test]
fn certificates_of_another_key_are_refused() {
    let [_, (_, batch), (_, issuer)] = states();
    // The private key comes first in a batch: 32 bytes after kind and version.
    let mut foreign = batch;
    foreign[5..37].fill(7);
    let refused = AttestationBatch::import(&foreign).unwrap_err();
    assert_eq!(refused, StateError::PairMismatch("attestation certificate"));

    let other = Workshop::seeded(2).issuer;
    let (own, root) = (
        AttestationIssuer::import(&issuer).unwrap(),
        other.trust_anchor(),
    );
    let mut foreign_root = issuer[..5].to_vec();
    foreign_root.extend(u32::try_from(root.len()).unwrap().to_be_bytes());
    foreign_root.extend(root);
    foreign_root.extend(&issuer[9 + own.trust_anchor().len()..]);
    let refused = AttestationIssuer::import(&foreign_root).unwrap_err();
    assert_eq!(refused, StateError::Part("root certificate"));

    let mut foreign_key = issuer.clone();
    let start = 9 + own.trust_anchor().len();
    foreign_key[start..start + 32].fill(7);
    let refused = AttestationIssuer::import(&foreign_key).unwrap_err();
    assert_eq!(refused, StateError::PairMismatch("CA certificate"));
}

#[test]
fn states_that_no_key_can_be_in_are_refused() {
    let state = used(&mut Workshop::new()).export().to_vec();
    // Serial number, no quirks, PIN set, hash, length, then the counters.
    let serial = place(&state, b"3632071");
    let counters = serial + 7 + 4 + 1 + 16 + 4;
    let with = |changes: &[(usize, u8)]| {
        let mut changed = state.clone();
        for (place, byte) in changes {
            changed[*place] = *byte;
        }
        SecurityKey::import(&changed).map(drop)
    };
    let (min_length, force, retries, mismatches) =
        (counters, counters + 1, counters + 2, counters + 3);
    assert_eq!(with(&[(retries, 5), (mismatches, 3)]), Ok(()));
    let refused = Err(StateError::Part("PIN state"));
    for changes in [
        &[(retries, 9)][..],
        &[(mismatches, 1)],
        &[(retries, 4), (mismatches, 4)],
        &[(min_length, 3)],
        &[(min_length, 64)],
        &[(force, 1)],
        &[(min_length, 8)],
        &[(counters - 1, 3)],
        &[(counters - 1, 64)],
    ] {
        assert_eq!(with(changes), refused, "{changes:?}");
    }
    assert_eq!(with(&[(force, 2)]), Err(StateError::Part("yes or no")));
    let letter = with(&[(serial, b'x')]);
    assert_eq!(letter, Err(StateError::Part("serial number")));
    let model = with(&[(place(&state, b"YubiKey"), b'X')]);
    assert_eq!(model, Err(StateError::UnknownModel));
    let zero: Vec<_> = (0..32)
        .map(|byte| (place(&state, b"user") + 5 + byte, 0))
        .collect();
    assert_eq!(with(&zero), Err(StateError::Part("private key")));
}

#[test]
fn two_credentials_for_one_user_at_one_rp_are_refused() {
    let mut workshop = Workshop::new();
    let mut key = workshop.key(YUBIKEY_5_NFC_5_7);
    for rp_id in ["one.example", "two.example"] {
        key.make_credential(&registration(rp_id, b"user"), &mut workshop.rng)
            .unwrap();
    }
    let mut state = key.export().to_vec();
    let second = place(&state, b"two.example");
    state[second..second + 3].copy_from_slice(b"one");
    let refused = SecurityKey::import(&state).unwrap_err();
    assert_eq!(refused, StateError::Part("credential"));
}

#[test]
fn the_corpus_of_the_fuzz_target_replays() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/states");
    let mut inputs = 0;
    for entry in fs::read_dir(&corpus).unwrap() {
        fuzzing::states(&fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 4, "{inputs} inputs");
    let seed = |name| fs::read(corpus.join(name)).unwrap();
    SecurityKey::import(&seed("key")).unwrap();
    AttestationBatch::import(&seed("batch")).unwrap();
    AttestationIssuer::import(&seed("issuer")).unwrap();
}
