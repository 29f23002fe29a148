//! `POST /v1/fpr/shipments`.

use jose_core::json::{Object, Value};
use serde::Serialize;

use super::{ShipmentState, StateBody};
use crate::id::ShipmentId;
use crate::read::{self, Invalid};

/// A shipment to create. Texts may be absent: the provider then takes the
/// request and reports the state [`ShipmentState::INCOMPLETE_REQUEST`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CreateShipment {
    /// 1 standard, 2 express.
    pub delivery_type: u8,
    /// Who gets the parcel.
    pub recipient: Recipient,
    /// Where.
    pub mailing_address: MailingAddress,
    /// What is in it.
    pub shipment_items: Vec<ShipmentItem>,
}

/// Who gets the parcel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// At most 20 characters.
    pub recipient_company: Option<String>,
    /// At most 80 characters.
    pub recipient_email: Option<String>,
    /// At most 15 characters.
    pub recipient_firstname: Option<String>,
    /// At most 20 characters.
    pub recipient_lastname: Option<String>,
    /// At most 40 characters.
    pub recipient_telephone: Option<String>,
}

/// Where the parcel goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MailingAddress {
    /// At most 60 characters.
    pub street_line1: Option<String>,
    /// At most 60 characters.
    pub street_line2: Option<String>,
    /// At most 60 characters.
    pub city: Option<String>,
    /// At most 50 characters.
    pub region: Option<String>,
    /// At most 20 characters (our limit: the vendor publishes none).
    pub postal_code: Option<String>,
    /// Two letters (ISO 3166-1 alpha-2).
    pub country_code_2: Option<String>,
}

/// Some keys of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShipmentItem {
    /// 1 YubiKey 5 NFC, 29 YubiKey 5C NFC, 54 and 55 their FIPS versions.
    pub product_id: u32,
    /// 106 initial order, 107 replacement.
    pub inventory_product_id: u32,
    /// How many keys; one for each customization.
    pub product_quantity: u32,
    /// The customer's customization, such as `RXJN83`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customization_id: Option<String>,
    /// What to program, one element per key.
    pub product_customizations: Vec<ProductCustomization>,
}

/// What to program into one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProductCustomization {
    /// The relying party's `pinRequestJwe`.
    pub fido_pin_request: String,
    /// Its `credRequestJwe`, one per RP ID.
    pub fido_credential_requests: Vec<String>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShipmentCreated {
    /// The shipment.
    pub shipment_id: ShipmentId,
    /// Where it stands.
    pub shipment_state: StateBody,
}

impl CreateShipment {
    /// Reads the body and keeps the provider's length limits, in characters.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        read::body(text, |body| {
            Ok(Self {
                delivery_type: read::required(body, "delivery_type", delivery_type)?,
                recipient: read::required(body, "recipient", recipient)?,
                mailing_address: read::required(body, "mailing_address", mailing_address)?,
                shipment_items: read::required(body, "shipment_items", |value| {
                    let items = read::list(value, |item| shipment_item(read::object(item)?))?;
                    within_1_to_100(items)
                })?,
            })
        })
    }

    /// The state that a new shipment of this content starts in.
    pub fn initial_state(&self) -> ShipmentState {
        let address = &self.mailing_address;
        let needed = [
            &self.recipient.recipient_lastname,
            &self.recipient.recipient_email,
            &address.street_line1,
            &address.city,
            &address.country_code_2,
        ];
        if needed
            .iter()
            .all(|text| text.as_ref().is_some_and(|text| !text.is_empty()))
        {
            ShipmentState::ACCEPTED
        } else {
            ShipmentState::INCOMPLETE_REQUEST
        }
    }
}

impl ShipmentCreated {
    /// Reads the answer, as an orchestrator does.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        read::body(text, |body| {
            Ok(Self {
                shipment_id: read::required(body, "shipment_id", ShipmentId::from_value)?,
                shipment_state: read::required(body, "shipment_state", StateBody::from_value)?,
            })
        })
    }
}

fn delivery_type(value: &Value<'_>) -> Result<u8, Invalid> {
    match read::unsigned(value)? {
        kind @ (1 | 2) => Ok(kind),
        _ => Err(Invalid::value("must be 1 (standard) or 2 (express)")),
    }
}

fn recipient(value: &Value<'_>) -> Result<Recipient, Invalid> {
    let object = read::object(value)?;
    Ok(Recipient {
        recipient_company: limited(object, "recipient_company", 20)?,
        recipient_email: limited(object, "recipient_email", 80)?,
        recipient_firstname: limited(object, "recipient_firstname", 15)?,
        recipient_lastname: limited(object, "recipient_lastname", 20)?,
        recipient_telephone: limited(object, "recipient_telephone", 40)?,
    })
}

fn mailing_address(value: &Value<'_>) -> Result<MailingAddress, Invalid> {
    let object = read::object(value)?;
    Ok(MailingAddress {
        street_line1: limited(object, "street_line1", 60)?,
        street_line2: limited(object, "street_line2", 60)?,
        city: limited(object, "city", 60)?,
        region: limited(object, "region", 50)?,
        postal_code: limited(object, "postal_code", 20)?,
        country_code_2: read::optional(object, "country_code_2", country)?,
    })
}

fn shipment_item(object: &Object<'_>) -> Result<ShipmentItem, Invalid> {
    let item = ShipmentItem {
        product_id: read::required(object, "product_id", read::unsigned)?,
        inventory_product_id: read::required(object, "inventory_product_id", read::unsigned)?,
        product_quantity: read::required(object, "product_quantity", read::unsigned)?,
        customization_id: limited(object, "customization_id", 64)?,
        product_customizations: read::required(object, "product_customizations", |value| {
            let keys = read::list(value, |key| customization(read::object(key)?))?;
            within_1_to_100(keys)
        })?,
    };
    if usize::try_from(item.product_quantity) != Ok(item.product_customizations.len()) {
        let error = Invalid::value("must be the number of product_customizations");
        return Err(error.within("product_quantity"));
    }
    Ok(item)
}

fn customization(object: &Object<'_>) -> Result<ProductCustomization, Invalid> {
    Ok(ProductCustomization {
        fido_pin_request: read::required(object, "fido_pin_request", read::owned)?,
        fido_credential_requests: read::required(object, "fido_credential_requests", |value| {
            within_1_to_100(read::list(value, read::owned)?)
        })?,
    })
}

fn within_1_to_100<T>(elements: Vec<T>) -> Result<Vec<T>, Invalid> {
    if elements.is_empty() || elements.len() > 100 {
        return Err(Invalid::value("must hold 1 to 100 elements"));
    }
    Ok(elements)
}

fn limited(
    object: &Object<'_>,
    name: &'static str,
    limit: usize,
) -> Result<Option<String>, Invalid> {
    read::optional(object, name, |value| {
        let text = read::owned(value)?;
        if text.chars().count() > limit {
            return Err(Invalid::value("is longer than the provider's limit"));
        }
        if text.chars().any(char::is_control) {
            return Err(Invalid::value("must not hold control characters"));
        }
        Ok(text)
    })
}

fn country(value: &Value<'_>) -> Result<String, Invalid> {
    let text = read::string(value)?;
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(text.to_owned());
    }
    Err(Invalid::value("must be two letters (ISO 3166-1 alpha-2)"))
}
