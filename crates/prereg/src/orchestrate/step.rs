//! What an orchestrator tells as it goes.

use std::io;

use prereg_types::shipment::ShipmentState;
use prereg_types::{EnrollmentId, FirmwareVersion, RpId, Serial, ShipmentId, UserId};
use serde::Serialize;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Step {
    /// The user was found.
    User {
        id: UserId,
        login: String,
        name: String,
        status: String,
    },
    /// An order was begun before, and goes on.
    Resumed {
        enrollments: Vec<EnrollmentId>,
        shipment: Option<ShipmentId>,
    },
    /// The key was ordered.
    Initiate {
        product_id: u32,
        inventory_product_id: u32,
        customization_id: Option<String>,
    },
    /// There are enrollments, and requests to the provider.
    Enroll {
        rp_ids: Vec<RpId>,
        enrollments: Vec<EnrollmentId>,
        transport_key: String,
    },
    /// The shipment is ordered.
    Ship {
        shipment: ShipmentId,
        state: u16,
        name: Option<&'static str>,
    },
    /// The shipment is in another state.
    Wait {
        state: u16,
        name: Option<&'static str>,
        /// Whether the enrollments were marked as errored for it.
        marked_error: bool,
    },
    /// The key is registered.
    Activate {
        serial: Serial,
        version: FirmwareVersion,
        enrollments: Vec<EnrollmentId>,
    },
    /// The PIN is on its way.
    SendPin { recipients: Vec<String> },
}

/// Whoever looks on.
pub(crate) trait Observer {
    /// A step was done.
    ///
    /// # Errors
    /// Where nobody reads any more.
    fn step(&mut self, step: &Step) -> io::Result<()>;

    /// Nothing has changed since the last step; called at every poll.
    fn waiting(&mut self, _: ShipmentState) {}
}

/// A body. Ours always serialize; an empty one would be refused by the server.
pub(super) fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
