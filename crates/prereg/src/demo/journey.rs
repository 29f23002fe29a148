//! The way of one key, step by step, as an orchestrator goes it: every body
//! crosses between the two ends as the JSON that would be on the wire.

use pollster::block_on;
use prereg_types::api::{
    ActivateCommand, EcKeyJwk, EnrollCommand, EnrollmentActivationRequest,
    EnrollmentActivationResponse, EnrollmentInitializationRequest,
    EnrollmentInitializationResponse, FulfillmentCommand, FulfillmentDataOrderDetails,
    FulfillmentProvider, FulfillmentRequest, PinRequest, SendPinCommand, User,
    WebAuthnCredResponse, WebAuthnPreregistrationFactor,
};
use prereg_types::shipment::{
    CreateShipment, MailingAddress, ProductCustomization, ProductData, Recipient, Shipment,
    ShipmentCreated, ShipmentItem,
};
use prereg_types::{RpId, Serial, ShipmentId};
use relying_party::Assertion;
use relying_party::clock::Clock as _;
use relying_party::event::Caller;
use relying_party::mail::{Content, Mail};
use serde::Serialize;
use yubico_sim::{Seed, SignIn};

use super::Stop;
use super::lab::Lab;
use super::timing::{Phase, Timings};
use crate::clock::SystemClock;

/// One key on its way.
pub(crate) struct Journey<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) rp_ids: &'a [RpId],
    pub(crate) user: User,
    pub(crate) timings: Timings,
    seed: Seed,
}

/// What came out of the provider.
pub(crate) struct Fulfilled {
    pub(crate) created: ShipmentCreated,
    pub(crate) shipment: Shipment,
    pub(crate) product: ProductData,
    /// The number printed on the key; faults make the product data lie about it.
    pub(crate) serial: Serial,
}

/// Whoever looks on. Nobody has to.
pub(crate) trait Observer {
    fn enrolled(
        &mut self,
        _: &Journey<'_>,
        _: &EnrollmentInitializationResponse,
    ) -> Result<(), Stop> {
        Ok(())
    }
    fn fulfilled(
        &mut self,
        _: &Journey<'_>,
        _: &EnrollmentInitializationResponse,
        _: &Fulfilled,
    ) -> Result<(), Stop> {
        Ok(())
    }
    fn activated(&mut self, _: &Journey<'_>, _: &EnrollmentActivationResponse) -> Result<(), Stop> {
        Ok(())
    }
    fn mailed(&mut self, _: &Journey<'_>, _: &Mail) -> Result<(), Stop> {
        Ok(())
    }
    fn authenticated(&mut self, _: &Journey<'_>) -> Result<(), Stop> {
        Ok(())
    }
}

/// Nobody looks on.
impl Observer for () {}

impl<'a> Journey<'a> {
    /// A person who is to get a key.
    pub(crate) fn new(lab: &'a Lab, rp_ids: &'a [RpId], index: u64) -> Result<Self, Stop> {
        let seed = lab.seed_of(index);
        let user = lab.hire(index, &seed)?;
        Ok(Self {
            lab,
            rp_ids,
            user,
            timings: Timings::default(),
            seed,
        })
    }

    /// The whole way, from the order to the first authentication.
    pub(crate) fn run(&mut self, observer: &mut impl Observer) -> Result<(), Stop> {
        let requests = self.enroll()?;
        observer.enrolled(self, &requests)?;
        let fulfilled = self.fulfill(&requests)?;
        observer.fulfilled(self, &requests, &fulfilled)?;
        let body = self.activation_body(&requests, &fulfilled)?;
        let activated = self.activate(&body)?;
        observer.activated(self, &activated)?;
        let mail = self.mail_pin(&requests)?;
        observer.mailed(self, &mail)?;
        self.authenticate(&requests, &fulfilled.serial, &mail)?;
        observer.authenticated(self)
    }

    /// initiate-fulfillment-request and enroll.
    pub(crate) fn enroll(&mut self) -> Result<EnrollmentInitializationResponse, Stop> {
        let (lab, caller) = (self.lab, Caller::system());
        let order = FulfillmentCommand::from_json(&to_json(&self.order())?)?;
        let mut rng = self.seed.stream("initiate", 0);
        block_on(
            lab.relying_party
                .initiate_fulfillment(&caller, &order, &mut rng),
        )?;
        let body = to_json(&self.enrollment_request()?)?;
        let mut rng = self.seed.stream("enroll", 0);
        let response = self.timings.measure(Phase::Enroll, || -> Result<_, Stop> {
            let command = EnrollCommand::from_json(&body)?;
            Ok(block_on(lab.relying_party.enroll(&command, &mut rng))?)
        })?;
        Ok(EnrollmentInitializationResponse::from_json(&to_json(
            &response,
        )?)?)
    }

    /// The shipment: ordered, made, sent off, and its parcel received.
    pub(crate) fn fulfill(
        &mut self,
        requests: &EnrollmentInitializationResponse,
    ) -> Result<Fulfilled, Stop> {
        let body = to_json(&self.shipment(requests))?;
        let (provider, now) = (&self.lab.provider, SystemClock.now());
        let mut rng = self.seed.stream("fulfill", 0);
        let created = self
            .timings
            .measure(Phase::Fulfill, || -> Result<_, Stop> {
                let order = CreateShipment::from_json(&body)?;
                Ok(block_on(provider.create_shipment(&order, now, &mut rng))?)
            })?;
        let created = ShipmentCreated::from_json(&to_json(&created)?)?;
        let id = &created.shipment_id;
        send_off(self.lab, id)?;
        let shipment = Shipment::from_json(&to_json(&block_on(provider.shipment(id))?)?)?;
        let product = shipment
            .shipment_items
            .iter()
            .flat_map(|item| &item.product_data)
            .next();
        let product = product.ok_or_else(|| missing("product data"))?.clone();
        let mut serials = block_on(provider.deliver(id, now))?;
        let serial = serials.pop().ok_or_else(|| missing("a key"))?;
        block_on(provider.purge(id))?;
        Ok(Fulfilled {
            created,
            shipment,
            product,
            serial,
        })
    }

    /// The body of the activate call; responses belong to enrollments by position.
    pub(crate) fn activation_body(
        &self,
        requests: &EnrollmentInitializationResponse,
        fulfilled: &Fulfilled,
    ) -> Result<Vec<u8>, Stop> {
        let product = &fulfilled.product;
        let responses = requests
            .cred_requests
            .iter()
            .zip(&product.fido_credential_responses);
        let keys = self.lab.provider.signing_jwks();
        let keys: Result<Vec<EcKeyJwk>, _> = keys.keys().iter().map(EcKeyJwk::new).collect();
        to_json(&EnrollmentActivationRequest {
            user_id: Some(self.user.id.clone()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            serial: Some(product.serial_number.clone()),
            version: Some(product.firmware_version),
            pin_response_jwe: Some(product.fido_pin_response.clone()),
            cred_responses: Some(
                responses
                    .map(|(request, response)| WebAuthnCredResponse {
                        authenticator_enrollment_id: Some(
                            request.authenticator_enrollment_id.clone(),
                        ),
                        cred_response_jwe: Some(response.clone()),
                    })
                    .collect(),
            ),
            yubico_signing_jwks: Some(keys?),
        })
    }

    /// activate.
    pub(crate) fn activate(&mut self, body: &[u8]) -> Result<EnrollmentActivationResponse, Stop> {
        let (lab, caller) = (self.lab, Caller::system());
        let mut rng = self.seed.stream("activate", 0);
        let response = self
            .timings
            .measure(Phase::Activate, || -> Result<_, Stop> {
                let command = ActivateCommand::from_json(body)?;
                Ok(block_on(
                    lab.relying_party.activate(&caller, &command, &mut rng),
                )?)
            })?;
        Ok(EnrollmentActivationResponse::from_json(&to_json(
            &response,
        )?)?)
    }

    /// send-pin, and the mail on its way.
    fn mail_pin(&mut self, requests: &EnrollmentInitializationResponse) -> Result<Mail, Stop> {
        let lab = self.lab;
        let body = to_json(&self.pin_request(requests))?;
        let command = SendPinCommand::from_json(&body)?;
        let user = self.user.clone();
        self.timings.measure(Phase::Mail, || -> Result<_, Stop> {
            block_on(lab.relying_party.send_pin(&command))?;
            lab.collect_mail(&user)
        })
    }

    /// The person signs in with the key of the parcel and the PIN of the mail.
    fn authenticate(
        &mut self,
        requests: &EnrollmentInitializationResponse,
        serial: &Serial,
        mail: &Mail,
    ) -> Result<(), Stop> {
        let Content::Pin(content) = &mail.content else {
            return Err(missing("a PIN in the mail"));
        };
        let pin = authenticator::Pin::new(content.pin.expose());
        let id = requests
            .cred_requests
            .first()
            .ok_or_else(|| missing("an enrollment"))?;
        let id = id.authenticator_enrollment_id.clone();
        let Lab {
            relying_party: party,
            provider,
            ..
        } = self.lab;
        let user = self.user.id.clone();
        let mut rng = self.seed.stream("authenticate", 0);
        self.timings.measure(Phase::Authenticate, || {
            let asked = block_on(party.begin_authentication(&user, &id, &mut rng))?;
            let origin = asked.rp_id.origin();
            let sign_in = SignIn {
                rp_id: &asked.rp_id,
                origin: &origin,
                challenge: &asked.challenge,
                allow_list: &[&asked.credential_id],
                pin: Some(&pin),
            };
            let signed = block_on(provider.authenticate(serial, &sign_in))?;
            let assertion = Assertion {
                credential_id: Some(signed.id),
                client_data_json: signed.response.client_data_json,
                authenticator_data: signed.response.authenticator_data,
                signature: signed.response.signature,
                user_handle: signed.response.user_handle,
            };
            Ok(block_on(
                party.finish_authentication(&user, &id, &assertion),
            )?)
        })
    }

    /// What the relying party lists for the person.
    pub(crate) fn factors(&self) -> Result<Vec<WebAuthnPreregistrationFactor>, Stop> {
        Ok(block_on(self.lab.relying_party.list(&self.user.id))?)
    }

    fn order(&self) -> FulfillmentRequest {
        FulfillmentRequest {
            user_id: Some(self.user.id.clone()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            fulfillment_data: Some(vec![FulfillmentDataOrderDetails {
                product_id: Some(PRODUCT.to_string()),
                customization_id: Some(CUSTOMIZATION.to_owned()),
                inventory_product_id: Some(INVENTORY.to_string()),
            }]),
        }
    }

    /// The orchestrator picks one of the published transport keys at random.
    fn enrollment_request(&self) -> Result<EnrollmentInitializationRequest, Stop> {
        let published = self.lab.provider.transport_jwks();
        let mut choice = [0u8; 1];
        let Ok(()) = rand_core::TryRng::try_fill_bytes(
            &mut self.seed.stream("orchestrator", 0),
            &mut choice,
        );
        let index = usize::from(choice[0]) % published.keys().len().max(1);
        let key = published
            .keys()
            .get(index)
            .ok_or_else(|| missing("a transport key"))?;
        Ok(EnrollmentInitializationRequest {
            user_id: Some(self.user.id.clone()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            enrollment_rp_ids: Some(self.rp_ids.to_vec()),
            yubico_transport_key_jwk: Some(EcKeyJwk::new(key)?),
        })
    }

    fn shipment(&self, requests: &EnrollmentInitializationResponse) -> CreateShipment {
        let profile = &self.user.profile;
        let credentials = requests.cred_requests.iter();
        CreateShipment {
            delivery_type: 1,
            recipient: Recipient {
                recipient_company: Some("Acme".to_owned()),
                recipient_email: Some(profile.email.to_string()),
                recipient_firstname: Some(profile.first_name.clone()),
                recipient_lastname: Some(profile.last_name.clone()),
                recipient_telephone: Some("5550100".to_owned()),
            },
            mailing_address: MailingAddress {
                street_line1: Some("12 St James's Square".to_owned()),
                street_line2: None,
                city: Some("London".to_owned()),
                region: None,
                postal_code: Some("SW1Y 4JH".to_owned()),
                country_code_2: Some("GB".to_owned()),
            },
            shipment_items: vec![ShipmentItem {
                product_id: PRODUCT,
                inventory_product_id: INVENTORY,
                product_quantity: 1,
                customization_id: Some(CUSTOMIZATION.to_owned()),
                product_customizations: vec![ProductCustomization {
                    fido_pin_request: requests.pin_request_jwe.clone(),
                    fido_credential_requests: credentials
                        .map(|request| request.cred_request_jwe.clone())
                        .collect(),
                }],
            }],
        }
    }

    fn pin_request(&self, requests: &EnrollmentInitializationResponse) -> PinRequest {
        let first = requests.cred_requests.first();
        PinRequest {
            user_id: Some(self.user.id.clone()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            authenticator_enrollment_id: first
                .map(|request| request.authenticator_enrollment_id.clone()),
        }
    }
}

/// A YubiKey 5 NFC, as a first order.
const PRODUCT: u32 = 1;
const INVENTORY: u32 = 106;
const CUSTOMIZATION: &str = "RXJN83";

/// Steps a shipment on until it is sent off.
fn send_off(lab: &Lab, id: &ShipmentId) -> Result<(), Stop> {
    let mut state = None;
    loop {
        let next = block_on(lab.provider.advance(id, SystemClock.now()))?;
        if next.has_product_data() {
            return Ok(());
        }
        if state.replace(next) == Some(next) {
            return Err(missing("a shipment that leaves"));
        }
    }
}

fn missing(what: &str) -> Stop {
    Stop::Broken(format!("{what} is missing"))
}

fn to_json(body: &impl Serialize) -> Result<Vec<u8>, Stop> {
    Ok(serde_json::to_vec(body)?)
}
