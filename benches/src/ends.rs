//! Both ends of a pre-registration with their in-memory stores: what the chain is
//! measured on, and what the server is compared with.

use std::time::{SystemTime, UNIX_EPOCH};

use chacha20::ChaCha20Rng;
use jose_core::Backend;
use pollster::block_on;
use prereg_types::api::{
    ActivateCommand, CredResponse, EmailAddress, EnrollCommand, EnrollmentActivationResponse,
    EnrollmentInitializationResponse, FulfillmentProvider, User, UserProfile, UserStatus,
};
use prereg_types::shipment::{
    CreateShipment, MailingAddress, ProductCustomization, ProductData, Recipient, ShipmentItem,
};
use prereg_types::{RpId, Timestamp, UserId};
use relying_party::attestation::TrustAnchors;
use relying_party::clock::ManualClock;
use relying_party::event::Caller;
use relying_party::store::MemoryStore;
use relying_party::{Policy, RelyingParty, TrustPolicy};
use yubico_sim::{Provider, ProviderKeys, Settings};

use crate::workload::generator;

/// A relying party and the provider that it trusts.
#[derive(Debug)]
pub struct Ends {
    relying_party: RelyingParty<MemoryStore, ManualClock>,
    provider: Provider<yubico_sim::MemoryStore>,
    now: Timestamp,
    rp_ids: Vec<RpId>,
}

impl Ends {
    /// Founds both ends, for keys with so many credentials.
    pub fn found(credentials: usize) -> Self {
        let mut rng = generator();
        let elapsed = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a time after 1970");
        let now = Timestamp::from_millis(u64::try_from(elapsed.as_millis()).expect("a time"));
        let keys = ProviderKeys::generate(Backend::default(), now, &mut rng).expect("keys");
        let store = yubico_sim::MemoryStore::default();
        let provider = Provider::new(Settings::default(), keys, store);
        let provider = provider.expect("provider");
        let trust = TrustPolicy::Pinned(provider.signing_jwks());
        let roots = TrustAnchors::from_der([provider.trust_anchor()]).expect("root");
        let policy = Policy::new("https://acme.okta.example", trust, roots);
        let clock = ManualClock::at(now);
        let rp_id = |number| RpId::parse(&format!("login{number}.acme.example")).expect("RP ID");
        Self {
            relying_party: RelyingParty::new(MemoryStore::default(), clock, policy)
                .expect("relying party"),
            provider,
            now,
            rp_ids: (0..credentials).map(rp_id).collect(),
        }
    }

    /// A new person in the directory.
    pub fn hire(&self, rng: &mut ChaCha20Rng) -> UserId {
        let id = UserId::generate(rng).expect("user id");
        self.relying_party.store().put_user(User {
            id: id.clone(),
            status: UserStatus::Staged,
            profile: UserProfile {
                first_name: "Ada".to_owned(),
                last_name: "Lovelace".to_owned(),
                login: format!("{}@acme.example", id.as_str()),
                email: EmailAddress::parse(&format!("{}@acme.example", id.as_str()))
                    .expect("an address"),
                second_email: None,
            },
        });
        id
    }

    /// The enroll call.
    pub fn enroll(&self, user: &UserId, rng: &mut ChaCha20Rng) -> EnrollmentInitializationResponse {
        let published = self.provider.transport_jwks();
        let command = EnrollCommand {
            user_id: user.clone(),
            provider: FulfillmentProvider::Yubico,
            rp_ids: self.rp_ids.clone(),
            transport_key: published.keys().first().expect("a key").clone(),
        };
        block_on(self.relying_party.enroll(&command, rng)).expect("enrolled")
    }

    /// The shipment, made and sent off.
    pub fn fulfill(
        &self,
        requests: &EnrollmentInitializationResponse,
        rng: &mut ChaCha20Rng,
    ) -> ProductData {
        let order = order(requests);
        let created = block_on(self.provider.create_shipment(&order, self.now, rng));
        let id = created.expect("shipment").shipment_id;
        while !block_on(self.provider.advance(&id, self.now))
            .expect("state")
            .has_product_data()
        {}
        let shipment = block_on(self.provider.shipment(&id)).expect("shipment");
        let mut items = shipment.shipment_items.into_iter();
        let product = items.find_map(|item| item.product_data.into_iter().next());
        block_on(self.provider.deliver(&id, self.now)).expect("parcel");
        block_on(self.provider.purge(&id)).expect("purged");
        product.expect("product data")
    }

    /// What the activate call is made of.
    pub fn activation(
        &self,
        user_id: UserId,
        requests: EnrollmentInitializationResponse,
        product: ProductData,
    ) -> ActivateCommand {
        let requests = requests.cred_requests.into_iter();
        let responses = requests.zip(product.fido_credential_responses);
        ActivateCommand {
            user_id,
            provider: FulfillmentProvider::Yubico,
            serial: product.serial_number,
            version: product.firmware_version,
            pin_response_jwe: product.fido_pin_response,
            cred_responses: responses
                .map(|(request, jwe)| CredResponse {
                    enrollment_id: request.authenticator_enrollment_id,
                    jwe,
                })
                .collect(),
            signing_keys: self.provider.signing_jwks(),
        }
    }

    /// The activate call.
    pub fn activate(
        &self,
        command: &ActivateCommand,
        rng: &mut ChaCha20Rng,
    ) -> EnrollmentActivationResponse {
        let caller = Caller::system();
        let activated = self.relying_party.activate(&caller, command, rng);
        block_on(activated).expect("activated")
    }
}

fn order(requests: &EnrollmentInitializationResponse) -> CreateShipment {
    let credentials = requests.cred_requests.iter();
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
                fido_pin_request: requests.pin_request_jwe.clone(),
                fido_credential_requests: credentials
                    .map(|request| request.cred_request_jwe.clone())
                    .collect(),
            }],
        }],
    }
}
