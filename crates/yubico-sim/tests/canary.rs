//! The whole journey of one key, with every word that leaves an end collected:
//! its PIN stands in the body of one mail and nowhere else.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use core::fmt::Debug;

use authenticator::{GetAssertion, Pin, SecurityKey};
use jose_core::{Backend, base64url};
use pollster::block_on;
use prereg_types::api::{
    ActivateCommand, EcKeyJwk, EmailAddress, EnrollCommand, EnrollmentActivationRequest,
    EnrollmentInitializationRequest, EnrollmentInitializationResponse, FulfillmentProvider,
    SendPinCommand, User, UserProfile, UserStatus, WebAuthnCredResponse,
};
use prereg_types::payload::PinSpec;
use prereg_types::shipment::{
    CreateShipment, MailingAddress, ProductCustomization, ProductData, Recipient, ShipmentItem,
    ShipmentState,
};
use prereg_types::webauthn::CollectedClientData;
use prereg_types::{EnrollmentId, RpId, Timestamp, UserId};
use relying_party::attestation::TrustAnchors;
use relying_party::clock::ManualClock;
use relying_party::event::Caller;
use relying_party::mail::{Mail, MemoryMailer, deliver};
use relying_party::store::{MemoryStore, Store};
use relying_party::{Assertion, Policy, RelyingParty, TrustPolicy};
use sha2::{Digest, Sha256};
use yubico_sim::{Provider, ProviderKeys, ProviderStore as _, Seed, Settings, Stream};

/// 2026-03-01T00:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_772_323_200);
/// Long enough that no other number holds it by chance.
const PIN_LENGTH: u8 = 24;

/// What was said, by where it was said.
#[derive(Default)]
struct Heard(Vec<(&'static str, String)>);

struct Journey {
    provider: Provider<yubico_sim::MemoryStore>,
    party: RelyingParty<MemoryStore, ManualClock>,
    rng: Stream,
    heard: Heard,
}

impl Heard {
    fn text(&mut self, place: &'static str, text: impl Into<String>) {
        self.0.push((place, text.into()));
    }

    fn debug(&mut self, place: &'static str, value: &(impl Debug + ?Sized)) {
        self.text(place, format!("{value:?} {value:#?}"));
    }

    fn error(&mut self, error: &relying_party::Error) {
        self.text("error", format!("{error} {error:?} {}", error.code()));
    }

    /// Where a text was heard, in clear or in the disguises that it could wear.
    fn places_of(&self, pin: &str) -> Vec<&'static str> {
        let hex = pin.bytes().map(|byte| format!("{byte:02x}"));
        let hex = hex.collect::<Vec<_>>().concat();
        let bytes = format!("{:?}", pin.as_bytes());
        let bytes = bytes.trim_matches(['[', ']']).to_owned();
        let forms = [
            pin.to_owned(),
            hex,
            bytes,
            base64url::encode(pin.as_bytes()),
        ];
        let heard = self.0.iter();
        heard
            .filter(|(_, text)| forms.iter().any(|form| text.contains(form)))
            .map(|(place, _)| *place)
            .collect()
    }
}

impl Journey {
    fn new() -> Self {
        let seed = Seed::from_text("canary");
        let mut rng = seed.stream("provider", 0);
        let keys = ProviderKeys::generate(Backend::default(), NOW, &mut rng).unwrap();
        let store = yubico_sim::MemoryStore::new();
        let provider = Provider::new(Settings::default(), keys, store).unwrap();
        let roots = TrustAnchors::from_der([provider.trust_anchor()]).unwrap();
        let pinned = TrustPolicy::Pinned(provider.signing_jwks());
        let mut policy = Policy::new("https://acme.okta.example", pinned, roots);
        policy.pin = PinSpec::new(PIN_LENGTH).unwrap();
        let store = MemoryStore::default();
        store.put_user(User {
            id: user(),
            status: UserStatus::Staged,
            profile: UserProfile {
                first_name: "Ada".into(),
                last_name: "Lovelace".into(),
                login: "ada@acme.example".into(),
                email: EmailAddress::parse("ada@acme.example").unwrap(),
                second_email: Some(EmailAddress::parse("ada@home.example").unwrap()),
            },
        });
        let party = RelyingParty::new(store, ManualClock::at(NOW), policy).unwrap();
        Self {
            provider,
            party,
            rng: seed.stream("relying party", 0),
            heard: Heard::default(),
        }
    }

    /// What anybody could look at between two steps.
    fn look_around(&mut self) {
        let heard = &mut self.heard;
        heard.debug("relying party", &self.party);
        heard.debug("relying party's store", self.party.store());
        heard.debug("provider", &self.provider);
        heard.debug("provider's store", self.provider.store());
        let factors = block_on(self.party.list(&user())).unwrap();
        heard.debug("list", &factors);
        heard.text("list", serde_json::to_string(&factors).unwrap());
        for queued in block_on(self.party.store().queued_events(usize::MAX)).unwrap() {
            heard.debug("event", &queued);
            heard.text("event", serde_json::to_string(&queued.event).unwrap());
        }
    }

    fn enroll(&mut self) -> EnrollmentInitializationResponse {
        let hosts = ["acme.example", "acme.test"];
        let transport = self.provider.transport_jwks().keys()[0].clone();
        let request = EnrollmentInitializationRequest {
            user_id: Some(user()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            enrollment_rp_ids: Some(hosts.map(|id| RpId::parse(id).unwrap()).to_vec()),
            yubico_transport_key_jwk: Some(EcKeyJwk::new(&transport).unwrap()),
        };
        let body = serde_json::to_string(&request).unwrap();
        let command = EnrollCommand::from_json(body.as_bytes()).unwrap();
        let enrolled = block_on(self.party.enroll(&command, &mut self.rng)).unwrap();
        self.heard.text("enroll", body);
        self.heard.debug("enroll", &command);
        self.heard
            .text("enrolled", serde_json::to_string(&enrolled).unwrap());
        enrolled
    }

    fn fulfill(
        &mut self,
        enrolled: &EnrollmentInitializationResponse,
    ) -> (ProductData, SecurityKey) {
        let body = serde_json::to_string(&order(enrolled)).unwrap();
        let order = CreateShipment::from_json(body.as_bytes()).unwrap();
        let created = self.provider.create_shipment(&order, NOW, &mut self.rng);
        let created = block_on(created).unwrap();
        self.heard.text("shipment", body);
        self.heard.debug("shipment", &order);
        self.heard.debug("shipment", &created);
        let again = self.provider.create_shipment(&order, NOW, &mut self.rng);
        let error = block_on(again).unwrap_err();
        self.heard
            .text("provider's error", format!("{error} {error:?}"));
        let id = created.shipment_id;
        while block_on(self.provider.advance(&id, NOW)).unwrap() != ShipmentState::DELIVERED {}
        let mut shipment = block_on(self.provider.shipment(&id)).unwrap();
        self.heard
            .text("shipped", serde_json::to_string(&shipment).unwrap());
        self.heard.debug("shipped", &shipment);
        let product = shipment.shipment_items.remove(0).product_data.remove(0);
        let serial = block_on(self.provider.deliver(&id, NOW)).unwrap().remove(0);
        let (record, key) = block_on(self.provider.inspect_key(&serial)).unwrap();
        self.heard.debug("key's record", &record);
        let stored = block_on(self.provider.store().key(&serial)).unwrap();
        self.heard.debug("stored key", &stored);
        self.heard.debug("key", &key);
        (product, key)
    }

    fn activate(
        &mut self,
        enrolled: &EnrollmentInitializationResponse,
        product: &ProductData,
    ) -> Vec<EnrollmentId> {
        let body = activation(enrolled, product, &self.provider);
        let command = ActivateCommand::from_json(body.as_bytes()).unwrap();
        let mut tampered = command.clone();
        tampered.version = prereg_types::FirmwareVersion::new(9, 9, 9);
        let caller = Caller::system();
        let refused = block_on(self.party.activate(&caller, &tampered, &mut self.rng));
        self.heard.error(&refused.unwrap_err());
        let active = block_on(self.party.activate(&caller, &command, &mut self.rng)).unwrap();
        let again = block_on(self.party.activate(&caller, &command, &mut self.rng));
        self.heard.error(&again.unwrap_err());
        self.heard.text("activate", body);
        self.heard.debug("activate", &command);
        self.heard
            .text("activated", serde_json::to_string(&active).unwrap());
        active.authenticator_enrollment_ids
    }

    /// The PIN, as a person reads it in the mail.
    fn send_pin(&mut self, id: &EnrollmentId) -> String {
        let command = SendPinCommand {
            user_id: user(),
            provider: FulfillmentProvider::Yubico,
            enrollment_id: id.clone(),
        };
        block_on(self.party.send_pin(&command)).unwrap();
        self.heard.debug("send-pin", &command);
        self.look_around();
        let mailer = MemoryMailer::default();
        block_on(deliver(self.party.store(), &mailer, usize::MAX)).unwrap();
        self.heard.debug("mailer", &mailer);
        for mail in mailer.sent() {
            self.heard.debug("mail", &mail);
            self.heard.text("mail subject", mail.subject());
            self.heard.text("mail body", mail.body().as_str());
        }
        pin_in(&mailer.sent()[0])
    }

    fn authenticate(&mut self, key: &mut SecurityKey, pin: &str, id: &EnrollmentId) {
        let user = user();
        let begun = self.party.begin_authentication(&user, id, &mut self.rng);
        let asked = block_on(begun).unwrap();
        let origin = asked.rp_id.origin();
        let data = CollectedClientData::new(CollectedClientData::GET, &asked.challenge, &origin);
        let client_data_json = data.to_json().into_bytes();
        let pin = Pin::new(pin);
        let made = key.get_assertion(&GetAssertion {
            client_data_hash: &Sha256::digest(&client_data_json).into(),
            rp_id: asked.rp_id.as_str(),
            allow_list: &[&asked.credential_id],
            pin: Some(&pin),
        });
        let made = made.unwrap();
        let assertion = Assertion {
            credential_id: Some(made.credential_id),
            client_data_json,
            authenticator_data: made.authenticator_data,
            signature: made.signature,
            user_handle: Some(made.user_id),
        };
        self.heard.debug("typed PIN", &pin);
        self.heard.debug("challenge", &asked);
        self.heard.debug("assertion", &assertion);
        block_on(self.party.finish_authentication(&user, id, &assertion)).unwrap();
        let replayed = block_on(self.party.finish_authentication(&user, id, &assertion));
        self.heard.error(&replayed.unwrap_err());
        self.heard.debug("key", key);
    }
}

#[test]
fn a_canary_pin_appears_nowhere_but_in_the_one_mail() {
    let mut journey = Journey::new();
    journey.look_around();
    let enrolled = journey.enroll();
    journey.look_around();
    let (product, mut key) = journey.fulfill(&enrolled);
    journey.look_around();
    let active = journey.activate(&enrolled, &product);
    journey.look_around();
    let pin = journey.send_pin(&active[0]);
    assert_eq!(pin.len(), usize::from(PIN_LENGTH));
    journey.authenticate(&mut key, &pin, &active[1]);
    journey.look_around();
    assert!(journey.heard.0.len() > 50, "little was heard");
    assert_eq!(journey.heard.places_of(&pin), ["mail body"]);
}

/// The search finds what it is to find.
#[test]
fn a_pin_is_recognized_in_disguise() {
    let pin = "493817";
    let mut heard = Heard::default();
    heard.debug("bytes", pin.as_bytes());
    heard.text("hex", "343933383137");
    heard.text(
        "base64url",
        format!("x.{}.y", base64url::encode(pin.as_bytes())),
    );
    heard.text("other", "493 817");
    assert_eq!(heard.places_of(pin), ["bytes", "hex", "base64url"]);
}

fn pin_in(mail: &Mail) -> String {
    let body = mail.body();
    let line = body.lines().find_map(|line| line.strip_prefix("    "));
    line.unwrap().to_owned()
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

fn activation<S: yubico_sim::ProviderStore>(
    enrolled: &EnrollmentInitializationResponse,
    product: &ProductData,
    provider: &Provider<S>,
) -> String {
    let requests = enrolled.cred_requests.iter();
    let responses = requests
        .zip(&product.fido_credential_responses)
        .map(|(request, response)| WebAuthnCredResponse {
            authenticator_enrollment_id: Some(request.authenticator_enrollment_id.clone()),
            cred_response_jwe: Some(response.clone()),
        });
    let keys = provider.signing_jwks();
    let keys = keys.keys().iter().map(|key| EcKeyJwk::new(key).unwrap());
    let request = EnrollmentActivationRequest {
        user_id: Some(user()),
        fulfillment_provider: Some(FulfillmentProvider::Yubico),
        serial: Some(product.serial_number.clone()),
        version: Some(product.firmware_version),
        pin_response_jwe: Some(product.fido_pin_response.clone()),
        cred_responses: Some(responses.collect()),
        yubico_signing_jwks: Some(keys.collect()),
    };
    serde_json::to_string(&request).unwrap()
}

fn user() -> UserId {
    UserId::parse("00u1a2b3c4d5e6f7g8h9").unwrap()
}
