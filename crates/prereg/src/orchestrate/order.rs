//! What is ordered, and where it goes.

use prereg_types::RpId;
use prereg_types::api::{
    EnrollmentInitializationResponse, FulfillmentDataOrderDetails, FulfillmentProvider,
    FulfillmentRequest,
};
use prereg_types::shipment::{
    CreateShipment, MailingAddress, ProductCustomization, Recipient, ShipmentItem,
};

use super::okta::Account;

/// One key for one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Whom it is for: login or id.
    pub(crate) login: String,
    /// The hosts that the key is to be registered for; none means the issuer's.
    pub(crate) rp_ids: Vec<RpId>,
    /// The provider's number of the model.
    pub(crate) product_id: u32,
    /// The provider's number of the kind of order.
    pub(crate) inventory_product_id: u32,
    /// The customer's customization.
    pub(crate) customization_id: Option<String>,
    /// Whether it is in a hurry.
    pub(crate) express: bool,
    /// Where it goes.
    pub(crate) address: Address,
}

/// Where a parcel goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) company: Option<String>,
    pub(crate) telephone: Option<String>,
    pub(crate) street: String,
    pub(crate) street2: Option<String>,
    pub(crate) city: String,
    pub(crate) region: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) country: String,
}

impl Order {
    /// The body of initiate-fulfillment-request.
    pub(super) fn to_fulfillment(&self, account: &Account) -> FulfillmentRequest {
        FulfillmentRequest {
            user_id: Some(account.id.clone()),
            fulfillment_provider: Some(FulfillmentProvider::Yubico),
            fulfillment_data: Some(vec![FulfillmentDataOrderDetails {
                product_id: Some(self.product_id.to_string()),
                customization_id: self.customization_id.clone(),
                inventory_product_id: Some(self.inventory_product_id.to_string()),
            }]),
        }
    }

    /// The shipment: one item, one key.
    pub(super) fn to_shipment(
        &self,
        account: &Account,
        requests: &EnrollmentInitializationResponse,
    ) -> CreateShipment {
        let credentials = requests.cred_requests.iter();
        CreateShipment {
            delivery_type: if self.express { 2 } else { 1 },
            recipient: self.recipient(account),
            mailing_address: self.mailing_address(),
            shipment_items: vec![ShipmentItem {
                product_id: self.product_id,
                inventory_product_id: self.inventory_product_id,
                product_quantity: 1,
                customization_id: self.customization_id.clone(),
                product_customizations: vec![ProductCustomization {
                    fido_pin_request: requests.pin_request_jwe.clone(),
                    fido_credential_requests: credentials
                        .map(|request| request.cred_request_jwe.clone())
                        .collect(),
                }],
            }],
        }
    }

    /// Names may be longer than the provider's fields.
    fn recipient(&self, account: &Account) -> Recipient {
        let cut = |text: &str, limit| text.chars().take(limit).collect::<String>();
        let company = self.address.company.as_deref();
        Recipient {
            recipient_company: company.map(|company| cut(company, 20)),
            recipient_email: Some(account.email.clone()),
            recipient_firstname: Some(cut(&account.first_name, 15)),
            recipient_lastname: Some(cut(&account.last_name, 20)),
            recipient_telephone: self.address.telephone.clone(),
        }
    }

    fn mailing_address(&self) -> MailingAddress {
        let address = &self.address;
        MailingAddress {
            street_line1: Some(address.street.clone()),
            street_line2: address.street2.clone(),
            city: Some(address.city.clone()),
            region: address.region.clone(),
            postal_code: address.postal_code.clone(),
            country_code_2: Some(address.country.clone()),
        }
    }
}
