//! Bodies of the fulfillment provider's API, `/v1/fpr/shipments`.

mod create;
mod state;
mod status;

pub use create::{
    CreateShipment, MailingAddress, ProductCustomization, Recipient, ShipmentCreated, ShipmentItem,
};
pub use state::{Orchestrator, ShipmentState, Step};
pub use status::{ProductData, Shipment, ShippedItem, StateBody};
