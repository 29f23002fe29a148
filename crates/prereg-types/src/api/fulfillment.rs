//! `POST /initiate-fulfillment-request`, generateFulfillmentRequest.

use jose_core::json::{Object, Value};
use serde::Serialize;

use super::FulfillmentProvider;
use crate::id::UserId;
use crate::read::{self, Invalid};

const DATA: &str = "fulfillmentData";

/// The body of an initiate-fulfillment-request call, as on the wire.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FulfillmentRequest {
    /// Who shall get a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Who shall program it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfillment_provider: Option<FulfillmentProvider>,
    /// What to order; one object is read too, as in specifications up to 2025.01.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfillment_data: Option<Vec<FulfillmentDataOrderDetails>>,
}

/// One product to order, as on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FulfillmentDataOrderDetails {
    /// The product, such as `1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The customer's customization of it, such as `RXJN83`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customization_id: Option<String>,
    /// The inventory it comes from, such as `106`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory_product_id: Option<String>,
}

/// An initiate-fulfillment-request call that has all it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FulfillmentCommand {
    /// Who shall get a key.
    pub user_id: UserId,
    /// Who shall program it.
    pub provider: FulfillmentProvider,
    /// 1 to 100 products.
    pub items: Vec<FulfillmentItem>,
}

/// One product to order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FulfillmentItem {
    /// The product.
    pub product_id: String,
    /// The customization; products without one exist.
    pub customization_id: Option<String>,
    /// The inventory.
    pub inventory_product_id: String,
}

impl FulfillmentRequest {
    /// Reads the body.
    ///
    /// # Errors
    /// [`Invalid`] for members of the wrong type or of an impossible value.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        read::body(text, |body| {
            Ok(Self {
                user_id: read::optional(body, "userId", UserId::from_value)?,
                fulfillment_provider: read::optional(
                    body,
                    "fulfillmentProvider",
                    FulfillmentProvider::from_value,
                )?,
                fulfillment_data: read::optional(body, DATA, one_or_many)?,
            })
        })
    }
}

impl FulfillmentCommand {
    /// Reads the body and checks that nothing is missing.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        FulfillmentRequest::from_json(text)?.try_into()
    }
}

impl TryFrom<FulfillmentRequest> for FulfillmentCommand {
    type Error = Invalid;

    fn try_from(wire: FulfillmentRequest) -> Result<Self, Invalid> {
        let items = read::present(wire.fulfillment_data, DATA)?;
        Ok(Self {
            user_id: read::present(wire.user_id, "userId")?,
            provider: read::present(wire.fulfillment_provider, "fulfillmentProvider")?,
            items: complete_items(items).map_err(Invalid::at(DATA))?,
        })
    }
}

fn one_or_many(value: &Value<'_>) -> Result<Vec<FulfillmentDataOrderDetails>, Invalid> {
    read::value_or_text(value, |value| match value {
        Value::Object(one) => Ok(vec![order_details(one)?]),
        _ => read::list(value, |element| order_details(read::object(element)?)),
    })
}

fn order_details(object: &Object<'_>) -> Result<FulfillmentDataOrderDetails, Invalid> {
    Ok(FulfillmentDataOrderDetails {
        product_id: read::optional(object, "productId", short_text)?,
        customization_id: read::optional(object, "customizationId", short_text)?,
        inventory_product_id: read::optional(object, "inventoryProductId", short_text)?,
    })
}

fn short_text(value: &Value<'_>) -> Result<String, Invalid> {
    let text = read::string(value)?;
    if text.is_empty() || text.chars().count() > 64 || text.chars().any(char::is_control) {
        return Err(Invalid::value("must be 1 to 64 printable characters"));
    }
    Ok(text.to_owned())
}

fn complete_items(wire: Vec<FulfillmentDataOrderDetails>) -> Result<Vec<FulfillmentItem>, Invalid> {
    if wire.is_empty() || wire.len() > 100 {
        return Err(Invalid::value("must hold 1 to 100 products"));
    }
    let indexed = wire.into_iter().enumerate();
    indexed
        .map(|(index, item)| complete_item(item).map_err(|error| error.within_index(index)))
        .collect()
}

fn complete_item(wire: FulfillmentDataOrderDetails) -> Result<FulfillmentItem, Invalid> {
    Ok(FulfillmentItem {
        product_id: read::present(wire.product_id, "productId")?,
        customization_id: wire.customization_id,
        inventory_product_id: read::present(wire.inventory_product_id, "inventoryProductId")?,
    })
}
