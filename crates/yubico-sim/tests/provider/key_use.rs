//! The person with the key: signing in, guessing PINs, being interrupted.

use authenticator::{Pin, Status};
use jose_core::Backend;
use pollster::block_on;
use prereg_types::payload::PinResponse;
use prereg_types::shipment::ShipmentState;
use prereg_types::webauthn::{AuthenticatorData, CollectedClientData, Flags};
use prereg_types::{RpId, Serial};
use yubico_sim::{
    Error, MemoryStore, Provider, ProviderKeys, ProviderStore, Seed, Settings, SignIn,
};

use crate::NOW;
use crate::enroll_call::{EnrollCall, open};
use crate::flaky_store::FlakyStore;

const WRONG: &str = "00000000";

/// A provider over some store, and a key of it with its PIN.
struct Person<S> {
    provider: Provider<S>,
    serial: Serial,
    pin: String,
}

fn keys() -> ProviderKeys {
    let mut rng = Seed::from_text("person").stream("keys", 0);
    ProviderKeys::generate(Backend::default(), NOW, &mut rng).unwrap()
}

impl<S: ProviderStore> Person<S> {
    fn with(store: S) -> Self {
        let provider = Provider::new(Settings::default(), keys(), store).unwrap();
        let mut call = EnrollCall::new("person", &["acme.example", "acme.test"]);
        let body = call.shipment(&provider.transport_jwks());
        let mut rng = Seed::from_text("person").stream("shipment", 0);
        let created = block_on(provider.create_shipment(&body, NOW, &mut rng)).unwrap();
        let id = created.shipment_id;
        block_on(provider.divert(&id, ShipmentState::DELIVERED, NOW)).unwrap();
        let shipment = block_on(provider.shipment(&id)).unwrap();
        let sealed = &shipment.shipment_items[0].product_data[0].fido_pin_response;
        let opened = open(sealed, &call.pin_key, &provider.signing_jwks()).unwrap();
        let pin = PinResponse::from_opened(&opened).unwrap().pin;
        Self {
            serial: block_on(provider.deliver(&id, NOW)).unwrap().remove(0),
            pin: pin.expose().to_owned(),
            provider,
        }
    }

    fn sign_in(&self, pin: &str) -> Result<Vec<u8>, Error> {
        sign_in(&self.provider, &self.serial, pin)
    }

    fn retries(&self) -> u8 {
        let (_, key) = block_on(self.provider.inspect_key(&self.serial)).unwrap();
        key.pin_retries().retries
    }
}

/// The authenticator data of a sign-in.
fn sign_in<S: ProviderStore>(
    provider: &Provider<S>,
    serial: &Serial,
    pin: &str,
) -> Result<Vec<u8>, Error> {
    let pin = Pin::new(pin);
    let asked = SignIn {
        rp_id: &RpId::parse("acme.example").unwrap(),
        origin: "https://acme.example",
        challenge: &[5; 32],
        allow_list: &[],
        pin: Some(&pin),
    };
    let made = block_on(provider.authenticate(serial, &asked))?;
    Ok(made.response.authenticator_data)
}

fn refused(status: Status) -> Error {
    Error::KeyRefused(status)
}

#[test]
fn a_person_signs_in_with_the_pin_and_the_counter_goes_on() {
    let person = Person::with(MemoryStore::new());
    let data = person.sign_in(&person.pin).unwrap();
    let first = AuthenticatorData::parse(&data).unwrap();
    assert!(first.flags.contains(Flags::UP | Flags::UV));
    let data = person.sign_in(&person.pin).unwrap();
    let second = AuthenticatorData::parse(&data).unwrap();
    assert_eq!(second.sign_count, first.sign_count + 1);
}

#[test]
fn what_is_signed_is_what_the_site_asked() {
    let person = Person::with(MemoryStore::new());
    let asked = SignIn {
        rp_id: &RpId::parse("acme.test").unwrap(),
        origin: "https://login.acme.test",
        challenge: b"a challenge of the site",
        allow_list: &[],
        pin: None,
    };
    let made = block_on(person.provider.authenticate(&person.serial, &asked)).unwrap();
    let data = CollectedClientData::from_json(&made.response.client_data_json).unwrap();
    let expected = CollectedClientData::new("webauthn.get", asked.challenge, asked.origin);
    assert_eq!(data, expected);
    let data = AuthenticatorData::parse(&made.response.authenticator_data).unwrap();
    assert!(!data.flags.contains(Flags::UV), "nobody typed a PIN");
    assert_eq!(
        made.response.user_handle.as_deref(),
        Some(&b"00u1example"[..])
    );
    let elsewhere = SignIn {
        rp_id: &RpId::parse("evil.example").unwrap(),
        ..asked
    };
    let none = block_on(person.provider.authenticate(&person.serial, &elsewhere));
    assert_eq!(none, Err(refused(Status::NoCredentials)));
}

/// What the key refuses has changed it: the tries are gone for whoever asks next.
#[test]
fn wrong_pins_block_the_key_for_good() {
    let person = Person::with(MemoryStore::new());
    let rows = [
        (Status::PinInvalid, 7),
        (Status::PinInvalid, 6),
        (Status::PinAuthBlocked, 5),
        (Status::PinAuthBlocked, 5),
    ];
    for (status, left) in rows {
        assert_eq!(person.sign_in(WRONG), Err(refused(status)));
        assert_eq!(person.retries(), left);
    }
    assert_eq!(
        person.sign_in(&person.pin),
        Err(refused(Status::PinAuthBlocked))
    );
    for _ in 0..5 {
        block_on(person.provider.power_cycle(&person.serial)).unwrap();
        person.sign_in(WRONG).unwrap_err();
    }
    assert_eq!(person.retries(), 0);
    block_on(person.provider.power_cycle(&person.serial)).unwrap();
    let blocked = person.sign_in(&person.pin);
    assert_eq!(blocked, Err(refused(Status::PinBlocked)));
    block_on(person.provider.reset_key(&person.serial)).unwrap();
    let empty = person.sign_in(&person.pin);
    assert_eq!(empty, Err(refused(Status::PinNotSet)));
}

#[test]
fn a_pin_is_changed_on_the_key() {
    let person = Person::with(MemoryStore::new());
    let change = |current: &str, new: &str| {
        let (current, new) = (Pin::new(current), Pin::new(new));
        block_on(person.provider.change_pin(&person.serial, &current, &new))
    };
    assert_eq!(change(WRONG, "83926104"), Err(refused(Status::PinInvalid)));
    assert_eq!(person.retries(), 7);
    assert_eq!(change(&person.pin, "83926104"), Ok(()));
    person.sign_in("83926104").unwrap();
    assert_eq!(
        person.sign_in(&person.pin),
        Err(refused(Status::PinInvalid))
    );
}

#[test]
fn a_key_serves_nobody_before_it_is_delivered() {
    let person = Person::with(MemoryStore::new());
    let (record, _) = block_on(person.provider.inspect_key(&person.serial)).unwrap();
    for state in [ShipmentState::SHIPPED, ShipmentState::LOST] {
        block_on(person.provider.divert(&record.shipment, state, NOW)).unwrap();
        let early = person.sign_in(&person.pin);
        assert_eq!(early, Err(Error::NotDelivered(state)));
    }
    assert_eq!(person.retries(), 8);
    let unknown = Serial::parse("1").unwrap();
    let error = sign_in(&person.provider, &unknown, WRONG).unwrap_err();
    assert_eq!(error, Error::UnknownKey);
    let listed = block_on(person.provider.keys(None, 10)).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].shipment_state, ShipmentState::LOST);
    let after = block_on(person.provider.keys(Some(&unknown), 10));
    assert_eq!(after, Err(Error::UnknownKey));
}

/// Right PINs at the same time never block the key, and none is lost.
#[test]
fn uses_at_the_same_time_take_turns() {
    let person = Person::with(MemoryStore::new());
    let counts = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let sign_in = || person.sign_in(&person.pin).unwrap();
                    [sign_in(), sign_in(), sign_in()]
                })
            })
            .collect();
        let datas = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        datas
            .map(|data| AuthenticatorData::parse(&data).unwrap().sign_count)
            .collect::<std::collections::BTreeSet<_>>()
    });
    assert_eq!(counts.len(), 24, "each signature has a number of its own");
    assert_eq!(person.retries(), 8);
}

/// Two servers on one store: however their guesses meet, no more PINs are
/// compared than tries are used up, and never more than three in a row.
#[test]
fn guesses_through_two_servers_share_the_tries() {
    for round in 0..10 {
        let store = MemoryStore::new();
        let person = Person::with(store.clone());
        let other = Provider::new(Settings::default(), keys(), store).unwrap();
        let guess = |provider: &Provider<MemoryStore>| {
            (0..6)
                .map(|_| sign_in(provider, &person.serial, WRONG))
                .filter(|outcome| *outcome == Err(refused(Status::PinInvalid)))
                .count()
        };
        let compared = std::thread::scope(|scope| {
            let one = scope.spawn(|| guess(&person.provider));
            let two = scope.spawn(|| guess(&other));
            one.join().unwrap() + two.join().unwrap()
        });
        assert!(compared <= 2, "round {round}: the third says blocked");
        assert_eq!(person.retries(), 5, "round {round}");
    }
}

/// A try is used up in the store before the PIN is compared. Who pulls the plug
/// between the two has lost it, even with the right PIN.
#[test]
fn a_crash_between_the_try_and_the_answer_gives_nothing_back() {
    let away = Err(Error::Store(FlakyStore::away()));
    let person = Person::with(FlakyStore::that_saves(1));
    assert_eq!(person.sign_in(&person.pin), away);
    assert_eq!(person.retries(), 7);

    let person = Person::with(FlakyStore::that_saves(0));
    for pin in [WRONG, &person.pin] {
        assert_eq!(person.sign_in(pin), away, "no PIN is compared");
    }
    assert_eq!(person.retries(), 8);
}
