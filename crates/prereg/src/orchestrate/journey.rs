//! The way of one key.

use std::thread::sleep;
use std::time::{Duration, Instant};

use prereg_types::api::{
    EnrollmentActivationRequest, EnrollmentInitializationRequest, EnrollmentInitializationResponse,
    FulfillmentProvider, PinRequest, WebAuthnCredResponse,
};
use prereg_types::shipment::{ProductData, Shipment, ShipmentState, Step as Move};
use prereg_types::{EnrollmentId, RpId, ShipmentId};

use super::client::is_this_machine;
use super::error::Stop;
use super::okta::{Account, Okta};
use super::order::Order;
use super::saved::Saved;
use super::step::{Observer, Step};
use super::yubico::Yubico;

/// How an orchestrator waits for a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Between two polls.
    pub(crate) poll: Duration,
    /// In all.
    pub(crate) timeout: Duration,
}

/// One key on its way.
pub(crate) struct Journey<'a> {
    pub(crate) okta: &'a Okta,
    pub(crate) yubico: &'a Yubico,
    pub(crate) order: &'a Order,
    pub(crate) patience: Patience,
    pub(crate) saved: Saved,
    pub(crate) observer: &'a mut dyn Observer,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Arrived {
    /// Whose key it is.
    pub(crate) account: Account,
    /// Which shipment it comes with.
    pub(crate) shipment: ShipmentId,
    /// What it is registered as.
    pub(crate) enrollments: Vec<EnrollmentId>,
}

impl Journey<'_> {
    /// Goes all the way, or the rest of it.
    ///
    /// # Errors
    /// [`Stop`]; what was done until then is in the state file, if there is one.
    pub(crate) fn run(mut self) -> Result<Arrived, Stop> {
        let account = self.find_user()?;
        self.initiate(&account)?;
        let requests = self.enroll(&account)?;
        let shipment = self.ship(&account, &requests)?;
        if !self.saved.progress.activated {
            let product = self.wait(&account, &requests, &shipment)?;
            self.activate(&account, &requests, product)?;
        }
        self.send_pin(&account, &requests)?;
        Ok(Arrived {
            account,
            shipment,
            enrollments: ids(&requests),
        })
    }

    fn find_user(&mut self) -> Result<Account, Stop> {
        let account = self.okta.account(&self.order.login)?;
        let known = &mut self.saved.progress.user;
        if known.as_ref().is_some_and(|known| *known != account.id) {
            let told = "the state file belongs to an order for another user";
            return Err(Stop::Saved(told.to_owned()));
        }
        *known = Some(account.id.clone());
        self.observer.step(&Step::User {
            id: account.id.clone(),
            login: account.login.clone(),
            name: format!("{} {}", account.first_name, account.last_name),
            status: account.status.clone(),
        })?;
        Ok(account)
    }

    fn initiate(&mut self, account: &Account) -> Result<(), Stop> {
        if self.saved.progress.initiated {
            return Ok(());
        }
        self.okta.initiate(&self.order.to_fulfillment(account))?;
        self.saved.progress.initiated = true;
        self.saved.save()?;
        let order = self.order;
        Ok(self.observer.step(&Step::Initiate {
            product_id: order.product_id,
            inventory_product_id: order.inventory_product_id,
            customization_id: order.customization_id.clone(),
        })?)
    }

    fn enroll(&mut self, account: &Account) -> Result<EnrollmentInitializationResponse, Stop> {
        if let Some(requests) = self.saved.requests()? {
            self.observer.step(&Step::Resumed {
                enrollments: ids(&requests),
                shipment: self.saved.progress.shipment.clone(),
            })?;
            return Ok(requests);
        }
        let rp_ids = self.rp_ids()?;
        let key = self.yubico.transport_key()?;
        let transport_key = key.kid().to_owned();
        let (requests, text) = self.okta.enroll(&EnrollmentInitializationRequest {
            user_id: Some(account.id.clone()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            enrollment_rp_ids: Some(rp_ids.clone()),
            yubico_transport_key_jwk: Some(key),
        })?;
        if requests.cred_requests.len() != rp_ids.len() {
            let told = "enroll answered with another number of requests than hosts were named";
            return Err(Stop::Mismatch(told.to_owned()));
        }
        self.saved.progress.enrollment = Some(text);
        self.saved.progress.rp_ids.clone_from(&rp_ids);
        self.saved.save()?;
        self.observer.step(&Step::Enroll {
            rp_ids,
            enrollments: ids(&requests),
            transport_key,
        })?;
        Ok(requests)
    }

    /// The hosts asked for, or the issuer's without its scheme, as the
    /// provider's template has it.
    fn rp_ids(&self) -> Result<Vec<RpId>, Stop> {
        if !self.order.rp_ids.is_empty() {
            return Ok(self.order.rp_ids.clone());
        }
        let issuer = self.okta.issuer()?;
        let host = issuer
            .split_once("://")
            .map_or(issuer.as_str(), |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        // An address is no host name, and a server on this machine has no other.
        let host = if is_this_machine(&issuer) {
            "localhost"
        } else {
            host
        };
        let rp_id = RpId::parse(host).map_err(|_| {
            let told = format!("the issuer {issuer} names no host for keys; give one with --rp-id");
            Stop::Mismatch(told)
        })?;
        Ok(vec![rp_id])
    }

    fn ship(
        &mut self,
        account: &Account,
        requests: &EnrollmentInitializationResponse,
    ) -> Result<ShipmentId, Stop> {
        if let Some(shipment) = &self.saved.progress.shipment {
            return Ok(shipment.clone());
        }
        let created = self
            .yubico
            .ship(&self.order.to_shipment(account, requests))?;
        let (shipment, state) = (created.shipment_id, created.shipment_state.state());
        self.saved.progress.shipment = Some(shipment.clone());
        self.saved.save()?;
        self.observer.step(&Step::Ship {
            shipment: shipment.clone(),
            state: state.id(),
            name: state.name(),
        })?;
        Ok(shipment)
    }

    /// Polls until the responses are there. At each new state it does what the
    /// provider's template does, which for some is to mark the enrollments and
    /// go on polling.
    fn wait(
        &mut self,
        account: &Account,
        requests: &EnrollmentInitializationResponse,
        id: &ShipmentId,
    ) -> Result<ProductData, Stop> {
        let started = Instant::now();
        let mut last = None;
        loop {
            let shipment = self.yubico.shipment(id)?;
            let state = shipment.shipment_state.state();
            if last.replace(state) == Some(state) {
                self.observer.waiting(state);
            } else {
                self.note(account, requests, state)?;
            }
            match state.orchestrator().step {
                Move::Ready => return product_of(shipment),
                Move::Error => return Err(Stop::Failed(id.clone(), state)),
                Move::Ongoing if started.elapsed() >= self.patience.timeout => {
                    return Err(Stop::TooSlow(id.clone(), state));
                }
                Move::Ongoing => sleep(self.patience.poll),
            }
        }
    }

    fn note(
        &mut self,
        account: &Account,
        requests: &EnrollmentInitializationResponse,
        state: ShipmentState,
    ) -> Result<(), Stop> {
        let marked_error = state.orchestrator().marks_error;
        if marked_error {
            for request in &requests.cred_requests {
                let enrollment = &request.authenticator_enrollment_id;
                self.okta.mark_error(&account.id, enrollment)?;
            }
        }
        Ok(self.observer.step(&Step::Wait {
            state: state.id(),
            name: state.name(),
            marked_error,
        })?)
    }

    /// Responses belong to enrollments by their place in the list.
    fn activate(
        &mut self,
        account: &Account,
        requests: &EnrollmentInitializationResponse,
        product: ProductData,
    ) -> Result<(), Stop> {
        let responses = product.fido_credential_responses;
        if responses.len() != requests.cred_requests.len() {
            let told = "the shipment holds another number of responses than there were requests";
            return Err(Stop::Mismatch(told.to_owned()));
        }
        let response = |(id, jwe)| WebAuthnCredResponse {
            authenticator_enrollment_id: Some(id),
            cred_response_jwe: Some(jwe),
        };
        let activated = self.okta.activate(&EnrollmentActivationRequest {
            user_id: Some(account.id.clone()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            serial: Some(product.serial_number.clone()),
            version: Some(product.firmware_version),
            pin_response_jwe: Some(product.fido_pin_response),
            cred_responses: Some(
                ids(requests)
                    .into_iter()
                    .zip(responses)
                    .map(response)
                    .collect(),
            ),
            yubico_signing_jwks: Some(self.yubico.signing_keys()?),
        })?;
        self.saved.progress.activated = true;
        self.saved.save()?;
        Ok(self.observer.step(&Step::Activate {
            serial: product.serial_number,
            version: product.firmware_version,
            enrollments: activated.authenticator_enrollment_ids,
        })?)
    }

    fn send_pin(
        &mut self,
        account: &Account,
        requests: &EnrollmentInitializationResponse,
    ) -> Result<(), Stop> {
        if self.saved.progress.pin_sent {
            return Ok(());
        }
        self.okta.send_pin(&PinRequest {
            user_id: Some(account.id.clone()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            authenticator_enrollment_id: ids(requests).into_iter().next(),
        })?;
        self.saved.progress.pin_sent = true;
        self.saved.save()?;
        // A STAGED user may have no mailbox at work yet.
        let second = account
            .second_email
            .clone()
            .filter(|_| account.status == "STAGED");
        let recipients = std::iter::once(account.email.clone())
            .chain(second)
            .collect();
        Ok(self.observer.step(&Step::SendPin { recipients })?)
    }
}

fn ids(requests: &EnrollmentInitializationResponse) -> Vec<EnrollmentId> {
    let requests = requests.cred_requests.iter();
    requests
        .map(|request| request.authenticator_enrollment_id.clone())
        .collect()
}

fn product_of(shipment: Shipment) -> Result<ProductData, Stop> {
    let mut products = shipment
        .shipment_items
        .into_iter()
        .flat_map(|item| item.product_data);
    match (products.next(), products.next()) {
        (Some(product), None) => Ok(product),
        (None, _) => Err(Stop::Mismatch(
            "the shipment came without product data".to_owned(),
        )),
        (Some(_), Some(_)) => {
            let told = "the shipment holds more than one key";
            Err(Stop::Mismatch(told.to_owned()))
        }
    }
}
