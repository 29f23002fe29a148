//! What happens between an order and a shipment: programming and answering.

use std::sync::Arc;

use authenticator::attestation::AttestationBatch;
use authenticator::{Model, SecurityKey};
use prereg_types::shipment::ProductData;
use prereg_types::{Serial, ShipmentId, Timestamp};
use rand_core::Rng;

use super::Provider;
use crate::fault::{Fault, ceremony};
use crate::program::{KeyOrder, program};
use crate::progress::Progress;
use crate::respond::Responder;
use crate::store::{
    KeyModel, KeyState, NewKey, NewShipment, ProviderStore, SeenRequest, StoredShipment,
};
use crate::{Error, Seed, SigningKeys};

impl<S: ProviderStore> Provider<S> {
    /// Programs all keys of a shipment and answers their requests.
    pub(super) fn fulfill(
        &self,
        orders: &[Vec<KeyOrder>],
        (id, progress): (ShipmentId, Progress),
        fault: Option<Fault>,
        now: Timestamp,
        seed: &Seed,
    ) -> Result<NewShipment, Error> {
        let signing = self.signing();
        let (mut keys, mut used) = (Vec::new(), Vec::new());
        let mut items = Vec::with_capacity(orders.len());
        for orders in orders {
            let mut products = Vec::with_capacity(orders.len());
            for order in orders {
                let index = u64::try_from(keys.len()).unwrap_or(u64::MAX);
                let seed = seed.child("key", index);
                let (key, product) = self.make(order, &signing, fault, now, &seed)?;
                keys.push(new_key(&key));
                products.push(product);
                used.extend(seen_requests(order));
            }
            items.push(products);
        }
        Ok(NewShipment {
            shipment: StoredShipment {
                id,
                created: now,
                progress,
                fault,
                items,
                revision: 0,
            },
            seen: used,
            keys,
        })
    }

    fn make(
        &self,
        order: &KeyOrder,
        signing: &SigningKeys,
        fault: Option<Fault>,
        now: Timestamp,
        seed: &Seed,
    ) -> Result<(SecurityKey, ProductData), Error> {
        let batch = self.batch(&order.model, fault)?;
        let serial = draw_serial(seed)?;
        let policy = self.settings.pin_policy;
        let (key, done) = program(order, batch, serial, policy, fault, seed)?;
        let responder = Responder {
            signing,
            unpinned: &self.unpinned,
            backend: self.settings.backend,
            fault,
            now,
            key: &key,
            seed,
        };
        let product = responder.answer(order, &done)?;
        Ok((key, product))
    }

    /// The batch that keys of a model come from; one of its own where the fault
    /// lies in the certificates.
    fn batch(&self, model: &Model, fault: Option<Fault>) -> Result<Arc<AttestationBatch>, Error> {
        let made = self.batches.iter().find(|batch| batch.model == *model);
        match made {
            Some(batch) if !ceremony::is_of_certificate(fault) => Ok(batch.attestation.clone()),
            _ => self.issue_batch(model, fault),
        }
    }

    /// The same key for the same model, so that a fault changes only the fault.
    pub(super) fn issue_batch(
        &self,
        model: &Model,
        fault: Option<Fault>,
    ) -> Result<Arc<AttestationBatch>, Error> {
        let quirks = ceremony::quirks(fault);
        let mut rng = self.seed.stream(&model.aaguid.to_string(), 0);
        let batch = self
            .issuer
            .issue_batch(model, &quirks, &mut rng, self.made)?;
        Ok(Arc::new(batch))
    }
}

/// The record of a key, and all of it.
fn new_key(key: &SecurityKey) -> NewKey {
    let model = key.model();
    NewKey {
        serial: key.serial().clone(),
        model: KeyModel {
            name: model.name.to_owned(),
            product_id: model.product_id,
            firmware: model.firmware,
        },
        state: KeyState::new(key.export()),
    }
}

/// A number of 32 bits with eight digits or more, spread evenly: no two draws
/// of a run should meet.
fn draw_serial(seed: &Seed) -> Result<Serial, Error> {
    const LEAST: u64 = 10_000_000;
    let draw = u64::from(seed.stream("serial", 0).next_u32());
    let number = LEAST + ((draw * ((1 << 32) - LEAST)) >> 32);
    Serial::parse(&number.to_string()).map_err(|_| Error::Encoding)
}

fn seen_requests(order: &KeyOrder) -> impl Iterator<Item = SeenRequest> {
    let credentials = order.credentials.iter().map(|request| &request.claims);
    core::iter::once(&order.pin.claims)
        .chain(credentials)
        .map(|claims| SeenRequest::new(&claims.jti, claims.exp))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// 50,000 even draws of 32 bits have 0.3 pairs on average.
    #[test]
    fn serial_numbers_rarely_meet() {
        let seed = Seed::from_text("serials");
        let serials: HashSet<u64> = (0..50_000)
            .map(|key| draw_serial(&seed.child("key", key)).unwrap())
            .map(|serial| serial.as_str().parse().unwrap())
            .collect();
        assert!(serials.len() > 49_990);
        let range = 10_000_000..=u64::from(u32::MAX);
        assert!(serials.iter().all(|serial| range.contains(serial)));
    }
}
