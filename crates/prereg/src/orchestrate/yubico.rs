//! The calls to the fulfillment provider.

use getrandom::SysRng;
use jose_core::jwk::{JwkSet, PublicJwk};
use prereg_types::ShipmentId;
use prereg_types::api::EcKeyJwk;
use prereg_types::read::Invalid;
use prereg_types::shipment::{CreateShipment, Shipment, ShipmentCreated};
use rand_core::TryRng as _;

use super::client::Client;
use super::error::{CallError, Stop};
use super::step::to_json;

/// The fulfillment provider.
#[derive(Debug)]
pub(crate) struct Yubico(Client);

impl Yubico {
    /// The provider behind this client.
    pub(crate) const fn new(client: Client) -> Self {
        Self(client)
    }

    /// The base URL.
    pub(crate) fn base(&self) -> &str {
        self.0.base()
    }

    /// One of the transport keys, at random: which one is used shall not depend
    /// on who lists them in which order.
    pub(super) fn transport_key(&self) -> Result<EcKeyJwk, Stop> {
        let keys = self.keys("/.well-known/yubico-transport-keys.jwks")?;
        let mut draw = [0; 8];
        let drawn = SysRng.try_fill_bytes(&mut draw);
        drawn.map_err(|_| Stop::Mismatch("no randomness".to_owned()))?;
        let count = u64::try_from(keys.len()).unwrap_or(u64::MAX).max(1);
        let index = usize::try_from(u64::from_be_bytes(draw) % count).unwrap_or_default();
        let chosen = keys.into_iter().nth(index);
        chosen.ok_or_else(|| Stop::Mismatch("the provider lists no transport key".to_owned()))
    }

    /// All signing keys: the relying party chooses by `kid`.
    pub(super) fn signing_keys(&self) -> Result<Vec<EcKeyJwk>, CallError> {
        self.keys("/.well-known/yubico-sign.jwks")
    }

    /// Orders a shipment.
    pub(super) fn ship(&self, shipment: &CreateShipment) -> Result<ShipmentCreated, CallError> {
        let body = to_json(shipment);
        self.0
            .post("/v1/fpr/shipments", &body, ShipmentCreated::from_json)
    }

    /// Where a shipment stands, with the responses once they are there.
    pub(super) fn shipment(&self, id: &ShipmentId) -> Result<Shipment, CallError> {
        let path = format!("/v1/fpr/shipments/{id}");
        self.0.get(&path, Shipment::from_json)
    }

    fn keys(&self, path: &str) -> Result<Vec<EcKeyJwk>, CallError> {
        self.0.get(path, |body| {
            let keys = JwkSet::<PublicJwk>::from_json(body)?;
            let keys = keys.keys().iter().map(EcKeyJwk::new);
            keys.collect::<Result<_, Invalid>>()
        })
    }
}
