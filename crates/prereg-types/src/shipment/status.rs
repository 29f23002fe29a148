//! `GET /v1/fpr/shipments/{id}`.

use jose_core::json::{Object, Value};
use serde::Serialize;

use super::ShipmentState;
use crate::id::{FirmwareVersion, Serial, ShipmentId};
use crate::read::{self, Invalid};

/// A shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shipment {
    /// The shipment.
    pub shipment_id: ShipmentId,
    /// Where it stands.
    pub shipment_state: StateBody,
    /// What is in it, in the order of the request.
    pub shipment_items: Vec<ShippedItem>,
}

/// `shipment_state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StateBody {
    shipment_state_id: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipment_state_name: Option<&'static str>,
}

/// Keys of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShippedItem {
    /// One element per key, in the order of the request; there once the state
    /// [`ShipmentState::has_product_data`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub product_data: Vec<ProductData>,
}

/// What came out of programming one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProductData {
    /// The serial number.
    pub serial_number: Serial,
    /// The firmware.
    pub firmware_version: FirmwareVersion,
    /// The relying party's `pinResponseJwe`.
    pub fido_pin_response: String,
    /// Its `credResponseJwe`, in the order of the requests.
    pub fido_credential_responses: Vec<String>,
}

impl StateBody {
    /// The body of a state.
    pub const fn new(state: ShipmentState) -> Self {
        Self {
            shipment_state_id: state.id(),
            shipment_state_name: state.name(),
        }
    }

    /// The state.
    pub const fn state(self) -> ShipmentState {
        ShipmentState::new(self.shipment_state_id)
    }

    /// Reads a JSON object.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Invalid> {
        let id = read::required(read::object(value)?, "shipment_state_id", read::unsigned)?;
        Ok(Self::new(ShipmentState::new(id)))
    }
}

impl Shipment {
    /// Reads the answer, as an orchestrator does.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        read::body(text, |body| {
            Ok(Self {
                shipment_id: read::required(body, "shipment_id", ShipmentId::from_value)?,
                shipment_state: read::required(body, "shipment_state", StateBody::from_value)?,
                shipment_items: read::required(body, "shipment_items", |value| {
                    read::list(value, |item| shipped_item(read::object(item)?))
                })?,
            })
        })
    }
}

fn shipped_item(object: &Object<'_>) -> Result<ShippedItem, Invalid> {
    let product_data = read::optional(object, "product_data", |value| {
        read::list(value, |key| product_data(read::object(key)?))
    })?;
    Ok(ShippedItem {
        product_data: product_data.unwrap_or_default(),
    })
}

fn product_data(object: &Object<'_>) -> Result<ProductData, Invalid> {
    Ok(ProductData {
        serial_number: read::required(object, "serial_number", Serial::from_value)?,
        firmware_version: read::required(object, "firmware_version", FirmwareVersion::from_value)?,
        fido_pin_response: read::required(object, "fido_pin_response", read::owned)?,
        fido_credential_responses: read::required(object, "fido_credential_responses", |value| {
            read::list(value, read::owned)
        })?,
    })
}
