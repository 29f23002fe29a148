//! The operations of both ends on the database, as they are on the stores in
//! memory: the same steps, the same answers.

use std::sync::Arc;

use jose_core::Backend;
use prereg_types::api::{
    ActivateCommand, CredResponse, EnrollCommand, FulfillmentProvider, SendPinCommand, User,
};
use prereg_types::shipment::{
    CreateShipment, MailingAddress, ProductCustomization, ProductData, Recipient, ShipmentItem,
    ShipmentState,
};
use prereg_types::{EnrollmentId, RpId};
use relying_party::attestation::TrustAnchors;
use relying_party::clock::ManualClock;
use relying_party::event::Caller;
use relying_party::mail::{Content, MemoryMailer, deliver};
use relying_party::store::Store;
use relying_party::{Assertion, Policy, RelyingParty, TrustPolicy};
use tokio::task::JoinSet;
use yubico_sim::{Provider, ProviderKeys, ProviderStore, Seed, Settings, SignIn};

use super::samples::{NOW, user};
use super::{Folder, Keys};

/// Both ends.
struct Ends<S, P> {
    party: RelyingParty<S, ManualClock>,
    provider: Provider<P>,
}

/// What is carried between them.
struct Carried {
    user: User,
    seed: Seed,
    product: Option<ProductData>,
    ids: Vec<EnrollmentId>,
}

impl Carried {
    fn new() -> Self {
        Self {
            user: user("ada"),
            seed: Seed::from_text("journey"),
            product: None,
            ids: Vec::new(),
        }
    }
}

impl<S: Store, P: ProviderStore> Ends<S, P> {
    /// Provider keys from the store, or new ones; always the same.
    async fn open(store: S, provider: P) -> Self {
        let mut rng = Seed::from_text("provider").stream("keys", 0);
        if provider.provider().await.unwrap().is_none() {
            let keys = ProviderKeys::generate(Backend::default(), NOW, &mut rng).unwrap();
            assert!(provider.save_provider(None, keys.export()).await.unwrap());
        }
        let settings = Settings::default();
        let provider = Provider::open(settings, provider, NOW, &mut rng)
            .await
            .unwrap();
        let trust = TrustPolicy::Pinned(provider.signing_jwks());
        let roots = TrustAnchors::from_der([provider.trust_anchor()]).unwrap();
        let policy = Policy::new("https://acme.okta.example", trust, roots);
        let party = RelyingParty::new(store, ManualClock::at(NOW), policy).unwrap();
        Self { party, provider }
    }

    /// What both ends show of it.
    async fn shown(&self, carried: &Carried) -> String {
        let factors = self.party.list(&carried.user.id).await.unwrap();
        let keys = self.provider.keys(None, 10).await.unwrap();
        let mail = self.party.store().next_mail(None).await.unwrap();
        let events = self.party.store().queued_events(10).await.unwrap();
        let events: Vec<_> = events.iter().map(|queued| &queued.event).collect();
        let mail = mail.map(|queued| queued.mail);
        format!(
            "{}\n{keys:?}\n{mail:?}\n{events:?}",
            serde_json::to_string(&factors).unwrap()
        )
    }

    async fn enroll(&self, carried: &mut Carried) {
        let hosts = ["acme.okta.example", "vpn.acme.example"];
        let command = EnrollCommand {
            user_id: carried.user.id.clone(),
            provider: FulfillmentProvider::Yubico,
            rp_ids: hosts
                .iter()
                .map(|host| RpId::parse(host).unwrap())
                .collect(),
            transport_key: self.provider.transport_jwks().keys()[0].clone(),
        };
        let mut rng = carried.seed.stream("enroll", 0);
        let enrolled = self.party.enroll(&command, &mut rng).await.unwrap();
        let requests = enrolled.cred_requests.iter();
        carried.ids = requests
            .clone()
            .map(|one| one.authenticator_enrollment_id.clone())
            .collect();
        let order = shipment(ProductCustomization {
            fido_pin_request: enrolled.pin_request_jwe,
            fido_credential_requests: requests.map(|one| one.cred_request_jwe.clone()).collect(),
        });
        let mut rng = carried.seed.stream("ship", 0);
        let created = self
            .provider
            .create_shipment(&order, NOW, &mut rng)
            .await
            .unwrap();
        let mut state = None;
        while state.is_none_or(|state: ShipmentState| !state.has_product_data()) {
            let advanced = self.provider.advance(&created.shipment_id, NOW).await;
            state = Some(advanced.unwrap());
        }
        self.provider
            .deliver(&created.shipment_id, NOW)
            .await
            .unwrap();
        let shipment = self.provider.shipment(&created.shipment_id).await.unwrap();
        self.provider.purge(&created.shipment_id).await.unwrap();
        carried.product = Some(shipment.shipment_items[0].product_data[0].clone());
    }

    /// What the orchestrator makes of the shipment.
    fn command(&self, carried: &Carried) -> ActivateCommand {
        let product = carried.product.as_ref().unwrap();
        let responses = carried.ids.iter().zip(&product.fido_credential_responses);
        ActivateCommand {
            user_id: carried.user.id.clone(),
            provider: FulfillmentProvider::Yubico,
            serial: product.serial_number.clone(),
            version: product.firmware_version,
            pin_response_jwe: product.fido_pin_response.clone(),
            cred_responses: responses
                .map(|(id, jwe)| CredResponse {
                    enrollment_id: id.clone(),
                    jwe: jwe.clone(),
                })
                .collect(),
            signing_keys: self.provider.signing_jwks(),
        }
    }

    async fn activate(&self, carried: &Carried) {
        let command = self.command(carried);
        let mut rng = carried.seed.stream("activate", 0);
        self.party
            .activate(&Caller::system(), &command, &mut rng)
            .await
            .unwrap();
        let again = self
            .party
            .activate(&Caller::system(), &command, &mut rng)
            .await;
        assert!(again.is_err(), "a replay");
    }

    /// The PIN, by mail.
    async fn send_pin(&self, carried: &Carried) -> String {
        let command = SendPinCommand {
            user_id: carried.user.id.clone(),
            provider: FulfillmentProvider::Yubico,
            enrollment_id: carried.ids[0].clone(),
        };
        let mailer = MemoryMailer::default();
        self.party.send_pin(&command).await.unwrap();
        deliver(self.party.store(), &mailer, 10).await.unwrap();
        // Another one waits when the PIN is wiped.
        self.party.send_pin(&command).await.unwrap();
        let sent = mailer.sent();
        let Content::Pin(content) = &sent[0].content else {
            panic!("another mail");
        };
        content.pin.expose().to_owned()
    }

    async fn sign_in(&self, carried: &Carried, pin: &str) {
        let (id, user) = (&carried.ids[0], &carried.user.id);
        let mut rng = carried.seed.stream("sign-in", 0);
        let asked = self
            .party
            .begin_authentication(user, id, &mut rng)
            .await
            .unwrap();
        let pin = authenticator::Pin::new(pin);
        let sign_in = SignIn {
            rp_id: &asked.rp_id,
            origin: &asked.rp_id.origin(),
            challenge: &asked.challenge,
            allow_list: &[&asked.credential_id],
            pin: Some(&pin),
        };
        let serial = &carried.product.as_ref().unwrap().serial_number;
        let signed = self.provider.authenticate(serial, &sign_in).await.unwrap();
        let assertion = Assertion {
            credential_id: Some(signed.id),
            client_data_json: signed.response.client_data_json,
            authenticator_data: signed.response.authenticator_data,
            signature: signed.response.signature,
            user_handle: signed.response.user_handle,
        };
        self.party
            .finish_authentication(user, id, &assertion)
            .await
            .unwrap();
        assert!(self.party.store().next_mail(None).await.unwrap().is_none());
    }

    async fn delete(&self, carried: &Carried) {
        let mut rng = carried.seed.stream("delete", 0);
        for id in &carried.ids {
            let user = &carried.user.id;
            self.party
                .delete(&Caller::system(), user, id, &mut rng)
                .await
                .unwrap();
        }
    }
}

fn shipment(customization: ProductCustomization) -> CreateShipment {
    CreateShipment {
        delivery_type: 1,
        recipient: Recipient {
            recipient_lastname: Some("Example".into()),
            recipient_email: Some("ada@acme.example".into()),
            ..Recipient::default()
        },
        mailing_address: MailingAddress {
            street_line1: Some("1 Example Street".into()),
            city: Some("Exampletown".into()),
            country_code_2: Some("XX".into()),
            ..MailingAddress::default()
        },
        shipment_items: vec![ShipmentItem {
            product_id: 1,
            inventory_product_id: 106,
            product_quantity: 1,
            customization_id: None,
            product_customizations: vec![customization],
        }],
    }
}

/// The steps; `$ends` is evaluated before each of them.
macro_rules! journey {
    ($ends:expr) => {{
        let mut carried = Carried::new();
        let mut shown = Vec::new();
        let ends = $ends;
        ends.enroll(&mut carried).await;
        shown.push(ends.shown(&carried).await);
        let ends = $ends;
        ends.activate(&carried).await;
        shown.push(ends.shown(&carried).await);
        let ends = $ends;
        let pin = ends.send_pin(&carried).await;
        shown.push(ends.shown(&carried).await);
        let ends = $ends;
        ends.sign_in(&carried, &pin).await;
        shown.push(ends.shown(&carried).await);
        let ends = $ends;
        ends.delete(&carried).await;
        shown.push(ends.shown(&carried).await);
        shown
    }};
}

#[tokio::test]
async fn a_journey_on_the_database_is_the_one_in_memory_whatever_restarts_between() {
    let party = relying_party::store::MemoryStore::default();
    party.put_user(user("ada"));
    let ends = Ends::open(party, yubico_sim::MemoryStore::new()).await;
    let expected = journey!(&ends);

    let folder = Folder::new();
    let keys = Keys::new();
    let first = keys.open(&folder).await;
    first.insert_user(&user("ada")).await.unwrap();
    let mut last = first.clone();
    let shown = journey!({
        last.close().await;
        last = keys.open(&folder).await;
        Ends::open(last.clone(), last.clone()).await
    });
    last.close().await;
    for (step, (shown, expected)) in shown.iter().zip(&expected).enumerate() {
        assert_eq!(shown, expected, "after step {step}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_activations_on_two_processes_one_wins() {
    let folder = Folder::new();
    let keys = Keys::new();
    let replicas = [keys.open(&folder).await, keys.open(&folder).await];
    replicas[0].insert_user(&user("ada")).await.unwrap();
    let mut carried = Carried::new();
    let mut ends = Vec::new();
    for store in &replicas {
        ends.push(Arc::new(Ends::open(store.clone(), store.clone()).await));
    }
    ends[0].enroll(&mut carried).await;
    let command = Arc::new(ends[0].command(&carried));
    let mut tries = JoinSet::new();
    for number in 0..12 {
        let (ends, command) = (ends[number % 2].clone(), command.clone());
        let mut rng = carried.seed.stream("activate", number as u64);
        tries.spawn(async move {
            ends.party
                .activate(&Caller::system(), &command, &mut rng)
                .await
                .is_ok()
        });
    }
    let outcomes = tries.join_all().await;
    assert_eq!(outcomes.iter().filter(|won| **won).count(), 1);
    // One activation is logged for each of its two credentials.
    let events = replicas[1].queued_events(100).await.unwrap();
    assert_eq!(events.len(), 2);
    for store in &replicas {
        store.close().await;
    }
}
