//! A provider that is started again on its store is the same provider.

use authenticator::{Pin, StateError, Status};
use jose_core::Backend;
use pollster::block_on;
use prereg_types::payload::{CredentialResponse, PinResponse};
use prereg_types::shipment::ShipmentState;
use prereg_types::webauthn::{AttestationObject, AttestationStatement};
use prereg_types::{RpId, Serial, ShipmentId};
use yubico_sim::store::ProviderState;
use yubico_sim::{
    Error, ErrorKind, Fault, MemoryStore, Provider, ProviderKeys, ProviderStore as _,
    RequestRefusal, Seed, Settings, SignIn, Stream,
};

use crate::enroll_call::{EnrollCall, open};
use crate::{NOW, TestProvider};

fn rng(purpose: &str) -> Stream {
    Seed::from_text("restart").stream(purpose, 0)
}

/// Started with randomness of its own each time: what comes from that differs.
fn start(store: &MemoryStore, run: &str) -> TestProvider {
    let mut rng = rng(run);
    let opened = Provider::open(Settings::default(), store.clone(), NOW, &mut rng);
    block_on(opened).unwrap()
}

fn create(provider: &TestProvider, call: &mut EnrollCall, fault: Option<Fault>) -> ShipmentId {
    let body = call.shipment(&provider.transport_jwks());
    let mut rng = rng(&call.pin.claims.jti.to_string());
    let created = provider.create_shipment_under(fault, &body, NOW, &mut rng);
    let id = block_on(created).unwrap().shipment_id;
    block_on(provider.divert(&id, ShipmentState::DELIVERED, NOW)).unwrap();
    id
}

/// The attestation certificates of the shipment's one key.
fn x5c(provider: &TestProvider, call: &EnrollCall, id: &ShipmentId) -> Vec<Vec<u8>> {
    let shipment = block_on(provider.shipment(id)).unwrap();
    let token = &shipment.shipment_items[0].product_data[0].fido_credential_responses[0];
    let signers = provider.signing_jwks_under(Some(Fault::UnpinnedSigningKey));
    let opened = open(token, &call.credential_keys[0], &signers).unwrap();
    let response = CredentialResponse::from_opened(&opened).unwrap();
    let object = response.credential.response.attestation_object;
    let object = AttestationObject::parse(&object).unwrap();
    let AttestationStatement::Packed(packed) = object.statement else {
        panic!("not packed");
    };
    packed
        .x5c
        .unwrap()
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect()
}

#[test]
fn a_provider_started_again_has_its_keys_issuer_and_batches() {
    let store = MemoryStore::new();
    let first = start(&store, "first");
    let mut call = EnrollCall::new("before", &["acme.example"]);
    let before = create(&first, &mut call, None);
    let second = start(&store, "second");
    assert_eq!(
        second.transport_jwks().to_json(),
        first.transport_jwks().to_json()
    );
    for fault in [None, Some(Fault::UnpinnedSigningKey)] {
        let published = |provider: &TestProvider| provider.signing_jwks_under(fault).to_json();
        assert_eq!(published(&second), published(&first));
    }
    assert_eq!(second.trust_anchor(), first.trust_anchor());
    // A shipment of before still opens, and one of after has the same batch.
    let certificates = x5c(&second, &call, &before);
    for fault in [None, Some(Fault::UnpinnedSigningKey)] {
        let mut call = EnrollCall::new(&format!("after {fault:?}"), &["acme.example"]);
        let after = create(&second, &mut call, fault);
        assert_eq!(x5c(&second, &call, &after), certificates);
    }
    // Another store, another provider.
    let other = start(&MemoryStore::new(), "second");
    assert_ne!(other.trust_anchor(), first.trust_anchor());
}

#[test]
fn requests_served_before_a_restart_are_not_served_after_it() {
    let store = MemoryStore::new();
    let first = start(&store, "first");
    let mut call = EnrollCall::new("replay", &["acme.example"]);
    let body = call.shipment(&first.transport_jwks());
    block_on(first.create_shipment(&body, NOW, &mut rng("one"))).unwrap();
    drop(first);
    let second = start(&store, "second");
    let again = block_on(second.create_shipment(&body, NOW, &mut rng("two")));
    let error = again.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Request {
                refusal: RequestRefusal::Replayed,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn rotated_and_withdrawn_keys_survive_once_they_are_saved() {
    let store = MemoryStore::new();
    let first = start(&store, "first");
    let mut call = EnrollCall::new("withdrawn", &["acme.example"]);
    let body = call.shipment(&first.transport_jwks());
    let old = first.transport_jwks().keys()[0].kid().unwrap().to_owned();
    first.update_signing_keys(|keys| keys.rotate(&mut rng("signing")).unwrap());
    first.update_transport_keys(|keys| {
        keys.rotate(&mut rng("transport")).unwrap();
        keys.withdraw(&old);
    });
    assert_ne!(
        start(&store, "unsaved").signing_jwks().to_json(),
        first.signing_jwks().to_json()
    );
    block_on(first.save_keys()).unwrap();
    let second = start(&store, "second");
    assert_eq!(
        second.signing_jwks().to_json(),
        first.signing_jwks().to_json()
    );
    assert_eq!(
        second.transport_jwks().to_json(),
        first.transport_jwks().to_json()
    );
    assert!(second.transport_jwks().find(&old).is_none());
    // Withdrawn, yet it opens what is under way.
    block_on(second.create_shipment(&body, NOW, &mut rng("shipment"))).unwrap();

    block_on(second.save_keys()).unwrap();
    let stale = block_on(first.save_keys()).unwrap_err();
    assert_eq!(
        (stale.kind(), stale.code()),
        (ErrorKind::Conflict, "provider_keys_changed")
    );
}

#[test]
fn a_person_goes_on_with_the_key_after_a_restart() {
    let store = MemoryStore::new();
    let provider = start(&store, "first");
    let mut call = EnrollCall::new("person", &["acme.example"]);
    let id = create(&provider, &mut call, None);
    let shipment = block_on(provider.shipment(&id)).unwrap();
    let product = &shipment.shipment_items[0].product_data[0];
    let opened = open(
        &product.fido_pin_response,
        &call.pin_key,
        &provider.signing_jwks(),
    );
    let pin = PinResponse::from_opened(&opened.unwrap()).unwrap().pin;
    let serial = product.serial_number.clone();
    let sign_in = |run: &str, pin: &str| sign_in(&start(&store, run), &serial, pin);
    let refused = |status| Err(Error::KeyRefused(status));
    assert_eq!(sign_in("1", "00000000"), refused(Status::PinInvalid));
    assert_eq!(sign_in("2", pin.expose()), Ok(()));
    assert_eq!(sign_in("3", "00000000"), refused(Status::PinInvalid));
    assert_eq!(sign_in("4", "00000000"), refused(Status::PinInvalid));
    assert_eq!(sign_in("5", "00000000"), refused(Status::PinAuthBlocked));
    let restarted = sign_in("6", pin.expose());
    assert_eq!(restarted, refused(Status::PinAuthBlocked), "not unplugged");
    block_on(start(&store, "7").power_cycle(&serial)).unwrap();
    assert_eq!(sign_in("8", pin.expose()), Ok(()));
}

fn sign_in(provider: &TestProvider, serial: &Serial, pin: &str) -> Result<(), Error> {
    let asked = SignIn {
        rp_id: &RpId::parse("acme.example").unwrap(),
        origin: "https://acme.example",
        challenge: &[5; 32],
        allow_list: &[],
        pin: Some(&Pin::new(pin)),
    };
    block_on(provider.authenticate(serial, &asked)).map(drop)
}

#[test]
fn kept_keys_that_are_not_what_was_written_are_refused() {
    let keys = ProviderKeys::generate(Backend::default(), NOW, &mut rng("keys")).unwrap();
    let state = keys.export().expose().to_vec();
    let import = |state: &[u8]| {
        let state = ProviderState::new(state.to_vec().into());
        ProviderKeys::import(&state, Backend::default()).map(|keys| keys.export())
    };
    assert_eq!(import(&state).unwrap().expose(), state);
    let longer = [&state[..], &[0]].concat();
    let kept = |error| Err(Error::Kept(error));
    assert_eq!(import(&longer), kept(StateError::TrailingBytes));
    for length in (0..state.len()).step_by(7) {
        assert!(
            matches!(import(&state[..length]), Err(Error::Kept(_))),
            "{length}"
        );
    }
    // The point of a JWK that is not of its private half; a key of the other use.
    let text = String::from_utf8_lossy(&state);
    let swapped = |from: &str, to: &str| {
        let place = text.find(from).unwrap();
        let place = text[..place].chars().map(char_bytes).sum::<usize>();
        let mut state = state.clone();
        state[place..place + from.len()].copy_from_slice(to.as_bytes());
        import(&state)
    };
    let transport = kept(StateError::Part("transport key"));
    assert_eq!(swapped(r#""use":"enc""#, r#""use":"sig""#), transport);
    assert_eq!(swapped(r#""crv":"P-384""#, r#""crv":"P-256""#), transport);
    let signing = kept(StateError::Part("signing key"));
    assert_eq!(swapped(r#""use":"sig""#, r#""use":"enc""#), signing);

    let store = MemoryStore::new();
    let broken = ProviderState::new(state[..40].to_vec().into());
    block_on(store.save_provider(None, broken)).unwrap();
    let mut rng = rng("open");
    let opened = Provider::open(Settings::default(), store, NOW, &mut rng);
    let error = block_on(opened).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert_eq!(error.code(), "state_unreadable");
}

/// How many bytes of the state stand behind a character of its lossy text.
fn char_bytes(character: char) -> usize {
    if character == char::REPLACEMENT_CHARACTER {
        1
    } else {
        character.len_utf8()
    }
}
