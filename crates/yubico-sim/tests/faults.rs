//! Every fault through the whole flow: enroll, fulfill, activate, with bodies
//! carried as JSON text. Each meets the refusal that the table names, and the
//! relying party's store is as it was before.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use authenticator::{GetAssertion, Pin, SecurityKey};
use jose_core::Backend;
use jose_core::jwk::{JwkSet, PublicJwk};
use pollster::block_on;
use prereg_types::api::{
    ActivateCommand, Actor, Client, EcKeyJwk, EmailAddress, EnrollCommand,
    EnrollmentActivationRequest, EnrollmentActivationResponse, EnrollmentInitializationRequest,
    EnrollmentInitializationResponse, FulfillmentProvider, User, UserProfile, UserStatus,
    WebAuthnCredResponse,
};
use prereg_types::payload::PinSpec;
use prereg_types::shipment::{
    CreateShipment, MailingAddress, ProductCustomization, ProductData, Recipient, Shipment,
    ShipmentItem, ShipmentState,
};
use prereg_types::webauthn::CollectedClientData;
use prereg_types::{EnrollmentId, RpId, Timestamp, UserId};
use relying_party::attestation::TrustAnchors;
use relying_party::clock::ManualClock;
use relying_party::event::Caller;
use relying_party::store::MemoryStore;
use relying_party::{Assertion, Policy, RelyingParty, TrustPolicy};
use sha2::{Digest, Sha256};
use yubico_sim::{Culprit, Fault, Provider, ProviderKeys, Seed, Settings, Stream};

/// 2026-03-01T00:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_772_323_200);
const ONE: &[&str] = &["acme.example"];
const TWO: &[&str] = &["acme.example", "acme.test"];

type TestProvider = Provider<yubico_sim::MemoryStore>;
type TestParty = RelyingParty<MemoryStore, ManualClock>;

/// One provider, one relying party that has pinned its keys and trusts its
/// attestation root, and one user.
struct World {
    provider: TestProvider,
    party: TestParty,
    rng: Stream,
}

impl World {
    fn new() -> Self {
        Self::with_policy(|_| {})
    }

    fn with_policy(change: impl FnOnce(&mut Policy)) -> Self {
        let provider = provider();
        let roots = TrustAnchors::from_der([provider.trust_anchor()]).unwrap();
        let pinned = TrustPolicy::Pinned(provider.signing_jwks());
        let mut policy = Policy::new("https://acme.okta.example", pinned, roots);
        change(&mut policy);
        let store = MemoryStore::default();
        store.put_user(User {
            id: user(),
            status: UserStatus::Staged,
            profile: UserProfile {
                login: "ada@acme.example".into(),
                first_name: "Ada".into(),
                last_name: "Lovelace".into(),
                email: EmailAddress::parse("ada@acme.example").unwrap(),
                second_email: None,
            },
        });
        let party = RelyingParty::new(store, ManualClock::at(NOW), policy).unwrap();
        let rng = Seed::from_text("relying party").stream("run", 0);
        Self {
            provider,
            party,
            rng,
        }
    }

    fn enroll(&mut self, rp_ids: &[&str]) -> EnrollmentInitializationResponse {
        let transport = self.provider.transport_jwks().keys()[0].clone();
        let request = EnrollmentInitializationRequest {
            user_id: Some(user()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            enrollment_rp_ids: Some(rp_ids.iter().map(|id| RpId::parse(id).unwrap()).collect()),
            yubico_transport_key_jwk: Some(EcKeyJwk::new(&transport).unwrap()),
        };
        let text = serde_json::to_string(&request).unwrap();
        let command = EnrollCommand::from_json(text.as_bytes()).unwrap();
        block_on(self.party.enroll(&command, &mut self.rng)).unwrap()
    }

    fn activate(
        &mut self,
        body: &str,
    ) -> Result<EnrollmentActivationResponse, relying_party::Error> {
        let command = ActivateCommand::from_json(body.as_bytes()).unwrap();
        block_on(self.party.activate(&caller(), &command, &mut self.rng))
    }

    /// Signs in with a delivered key.
    fn authenticate(
        &mut self,
        key: &mut SecurityKey,
        pin: &Pin,
        id: &EnrollmentId,
    ) -> Result<(), relying_party::Error> {
        let asked = block_on(self.party.begin_authentication(&user(), id, &mut self.rng))?;
        let origin = asked.rp_id.origin();
        let data = CollectedClientData::new(CollectedClientData::GET, &asked.challenge, &origin);
        let client_data_json = data.to_json().into_bytes();
        let request = GetAssertion {
            client_data_hash: &Sha256::digest(&client_data_json).into(),
            rp_id: asked.rp_id.as_str(),
            allow_list: &[&asked.credential_id],
            pin: Some(pin),
        };
        let made = key.get_assertion(&request).unwrap();
        let assertion = Assertion {
            credential_id: Some(made.credential_id),
            client_data_json,
            authenticator_data: made.authenticator_data,
            signature: made.signature,
            user_handle: Some(made.user_id),
        };
        block_on(self.party.finish_authentication(&user(), id, &assertion))
    }
}

/// The same provider each time: one seed, and records of its own.
fn provider() -> TestProvider {
    let seed = Seed::from_text("faults");
    let mut rng = seed.stream("provider keys", 0);
    let keys = ProviderKeys::generate(Backend::default(), NOW, &mut rng).unwrap();
    let store = yubico_sim::MemoryStore::new();
    Provider::new(Settings::default(), keys, store).unwrap()
}

/// The orchestrator's first half: order one key and wait for it.
fn fulfill(
    provider: &TestProvider,
    fault: Option<Fault>,
    enrolled: &EnrollmentInitializationResponse,
) -> (ProductData, SecurityKey) {
    let order = serde_json::to_string(&order(enrolled)).unwrap();
    let order = CreateShipment::from_json(order.as_bytes()).unwrap();
    let mut rng = Seed::from_text("faults").stream("shipment", 0);
    let created = provider.create_shipment_under(fault, &order, NOW, &mut rng);
    let id = block_on(created).unwrap().shipment_id;
    while block_on(provider.advance(&id, NOW)).unwrap() != ShipmentState::DELIVERED {}
    let shipment = serde_json::to_string(&block_on(provider.shipment(&id)).unwrap()).unwrap();
    let mut shipment = Shipment::from_json(shipment.as_bytes()).unwrap();
    let product = shipment.shipment_items.remove(0).product_data.remove(0);
    let serial = block_on(provider.deliver(&id, NOW)).unwrap().remove(0);
    let (_, key) = block_on(provider.inspect_key(&serial)).unwrap();
    (product, key)
}

fn order(enrolled: &EnrollmentInitializationResponse) -> CreateShipment {
    let requests = enrolled.cred_requests.iter();
    CreateShipment {
        delivery_type: 1,
        recipient: Recipient::default(),
        mailing_address: MailingAddress::default(),
        shipment_items: vec![ShipmentItem {
            product_id: 1,
            inventory_product_id: 106,
            product_quantity: 1,
            customization_id: None,
            product_customizations: vec![ProductCustomization {
                fido_pin_request: enrolled.pin_request_jwe.clone(),
                fido_credential_requests: requests
                    .map(|request| request.cred_request_jwe.clone())
                    .collect(),
            }],
        }],
    }
}

/// The orchestrator's second half: responses are matched with enrollments by
/// position, and all signing keys are passed on.
fn activation_body(
    enrolled: &EnrollmentInitializationResponse,
    product: &ProductData,
    signing: &JwkSet<PublicJwk>,
) -> String {
    let pairs = enrolled
        .cred_requests
        .iter()
        .zip(&product.fido_credential_responses);
    let responses = pairs.map(|(request, response)| WebAuthnCredResponse {
        authenticator_enrollment_id: Some(request.authenticator_enrollment_id.clone()),
        cred_response_jwe: Some(response.clone()),
    });
    let keys = signing.keys().iter();
    let request = EnrollmentActivationRequest {
        user_id: Some(user()),
        fulfillment_provider: Some(FulfillmentProvider::Yubico),
        serial: Some(product.serial_number.clone()),
        version: Some(product.firmware_version),
        pin_response_jwe: Some(product.fido_pin_response.clone()),
        cred_responses: Some(responses.collect()),
        yubico_signing_jwks: Some(keys.map(|key| EcKeyJwk::new(key).unwrap()).collect()),
    };
    serde_json::to_string(&request).unwrap()
}

/// Runs a fault, and then the same requests through an honest provider of the
/// same keys: what was refused must have been refused for the fault alone.
fn refusal(fault: Fault, rp_ids: &[&str]) -> relying_party::Error {
    let mut world = World::new();
    let enrolled = world.enroll(rp_ids);
    let before = world.party.store().snapshot();
    let (product, _) = fulfill(&world.provider, Some(fault), &enrolled);
    let signing = world.provider.signing_jwks_under(Some(fault));
    let outcome = world.activate(&activation_body(&enrolled, &product, &signing));
    assert!(outcome.is_err(), "{fault} was not noticed");
    assert_eq!(
        world.party.store().snapshot(),
        before,
        "{fault} left a trace"
    );

    let (product, _) = fulfill(&provider(), None, &enrolled);
    let signing = world.provider.signing_jwks();
    let honest = world.activate(&activation_body(&enrolled, &product, &signing));
    assert!(honest.is_ok(), "after {fault}: {honest:?}");
    outcome.unwrap_err()
}

/// The replay is the orchestrator's: it sends one good activation twice.
fn refusal_of_replay(rp_ids: &[&str]) -> relying_party::Error {
    let mut world = World::new();
    let enrolled = world.enroll(rp_ids);
    let (product, _) = fulfill(&world.provider, Some(Fault::Replay), &enrolled);
    let body = activation_body(&enrolled, &product, &world.provider.signing_jwks());
    world.activate(&body).unwrap();
    let before = world.party.store().snapshot();
    let error = world.activate(&body).unwrap_err();
    assert_eq!(world.party.store().snapshot(), before);
    error
}

fn assert_refused_as_the_table_says(rp_ids: &[&str]) {
    let mut wrong = Vec::new();
    for fault in Fault::ALL.iter().copied() {
        if fault.needs_two_credentials() && rp_ids.len() < 2 {
            continue;
        }
        let error = match fault.culprit() {
            Culprit::Orchestrator => refusal_of_replay(rp_ids),
            Culprit::Provider | Culprit::Key => refusal(fault, rp_ids),
        };
        let code = error.refusal().map(relying_party::Refusal::code);
        if code != Some(fault.refusal()) {
            wrong.push(format!("{fault}: {} due, {error} met", fault.refusal()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_fault_meets_its_refusal_among_two_credentials() {
    assert_refused_as_the_table_says(TWO);
}

#[test]
fn every_fault_meets_its_refusal_on_a_single_credential() {
    assert_refused_as_the_table_says(ONE);
}

/// Whoever tampers must not learn how far decryption or verification got.
#[test]
fn faults_of_one_opaque_cause_meet_identical_values() {
    let groups: [&[Fault]; 2] = [
        &[
            Fault::WrongRecipientKey,
            Fault::InvalidEphemeralKey,
            Fault::TamperedTag,
            Fault::TamperedCiphertext,
        ],
        &[Fault::WrongSigningKey, Fault::TamperedSignature],
    ];
    for group in groups {
        let first = refusal(group[0], TWO);
        for fault in group {
            let error = refusal(*fault, TWO);
            assert_eq!(error, first, "{fault}");
            assert_eq!(error.to_string(), first.to_string(), "{fault}");
        }
    }
}

#[test]
fn an_honest_key_signs_in_at_every_host() {
    let mut world = World::new();
    let enrolled = world.enroll(TWO);
    let (product, mut key) = fulfill(&world.provider, None, &enrolled);
    let body = activation_body(&enrolled, &product, &world.provider.signing_jwks());
    let active = world.activate(&body).unwrap().authenticator_enrollment_ids;
    assert_eq!(active.len(), 2);
    let set = block_on(relying_party::store::Store::set_of(
        world.party.store(),
        &active[0],
    ));
    let relying_party::enrollment::PinStage::Available { pin, .. } = set.unwrap().unwrap().pin
    else {
        unreachable!("the set was activated")
    };
    let pin = Pin::new(pin.expose());
    for id in &active {
        world.authenticate(&mut key, &pin, id).unwrap();
    }
}

/// Four digits asked for, three delivered: no PIN at all by CTAP's rules.
#[test]
fn a_pin_below_the_least_there_is() {
    let mut world = World::with_policy(|policy| policy.pin = PinSpec::new(4).unwrap());
    let enrolled = world.enroll(ONE);
    let (product, _) = fulfill(&world.provider, Some(Fault::PinTooShort), &enrolled);
    let body = activation_body(&enrolled, &product, &world.provider.signing_jwks());
    let error = world.activate(&body).unwrap_err();
    assert_eq!(error.code(), Fault::PinTooShort.refusal());
}

/// What pinning is for: without it, the caller's own key passes.
#[test]
fn an_unpinned_key_passes_where_nothing_is_pinned() {
    let mut world = World::with_policy(|policy| policy.trust = TrustPolicy::AcceptAnySigningKey);
    let enrolled = world.enroll(ONE);
    let fault = Some(Fault::UnpinnedSigningKey);
    let (product, _) = fulfill(&world.provider, fault, &enrolled);
    let signing = world.provider.signing_jwks_under(fault);
    let body = activation_body(&enrolled, &product, &signing);
    assert!(world.activate(&body).is_ok());
}

fn user() -> UserId {
    UserId::parse("00u1a2b3c4d5e6f7g8h9").unwrap()
}

fn caller() -> Caller {
    Caller {
        actor: Actor {
            id: "00uadmin".into(),
            kind: "User".into(),
            alternate_id: "admin@acme.example".into(),
            display_name: "Admin".into(),
        },
        client: Client::default(),
    }
}
