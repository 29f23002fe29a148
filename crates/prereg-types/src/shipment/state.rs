//! Shipment states and what the provider's own template does at each.

/// The number of a shipment state (`shipment_state_id`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShipmentState(u16);

/// What an orchestrator does when it sees a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Orchestrator {
    /// Whether to go on polling.
    pub step: Step,
    /// Whether to call mark-error, even where it goes on polling.
    pub marks_error: bool,
}

/// Whether to go on polling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Poll again later.
    Ongoing,
    /// The responses are there: activate.
    Ready,
    /// Give the shipment up.
    Error,
}

impl ShipmentState {
    /// 1: data are missing.
    pub const INCOMPLETE_REQUEST: Self = Self(1);
    /// 3: accepted, nothing happened yet. The vendor names no text for it.
    pub const ACCEPTED: Self = Self(3);
    /// 6: data are missing.
    pub const INCOMPLETE: Self = Self(6);
    /// 7: the address cannot be delivered to.
    pub const ADDRESS_UNDELIVERABLE: Self = Self(7);
    /// 8: processing failed.
    pub const PROCESSING_ERROR: Self = Self(8);
    /// 9: a match on a denied-parties list.
    pub const DPL_MATCH: Self = Self(9);
    /// 99: shipping failed.
    pub const SHIPPING_ERROR: Self = Self(99);
    /// 100: being worked on. The vendor names no text for it.
    pub const IN_PROGRESS: Self = Self(100);
    /// 103: on its way; the responses are there.
    pub const SHIPPED: Self = Self(103);
    /// 104: arrived.
    pub const DELIVERED: Self = Self(104);
    /// 105: lost.
    pub const LOST: Self = Self(105);
    /// 106: could not be handed over.
    pub const DELIVERY_EXCEPTION: Self = Self(106);

    /// A state by its number; unknown numbers are states too.
    pub const fn new(id: u16) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn id(self) -> u16 {
        self.0
    }

    /// The vendor's name, where one is published.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "Incomplete Shipping Request",
            6 => "Incomplete",
            7 => "Address undeliverable",
            8 => "Processing Error",
            9 => "DPL Match",
            99 => "Shipping error",
            103 => "Shipped",
            104 => "Delivered",
            105 => "Lost/Missing",
            106 => "Delivery Exception",
            _ => return None,
        })
    }

    /// What the provider's template does. Some states call mark-error and are
    /// still ongoing, so an errored enrollment must stay activatable.
    pub const fn orchestrator(self) -> Orchestrator {
        let (step, marks_error) = match self.0 {
            1 | 2 | 6..=9 => (Step::Ongoing, true),
            3..=5 | 12 | 100..=102 | 1025 | 2000 => (Step::Ongoing, false),
            103 | 104 => (Step::Ready, false),
            _ => (Step::Error, true),
        };
        Orchestrator { step, marks_error }
    }

    /// Whether the answer carries `product_data`.
    pub const fn has_product_data(self) -> bool {
        matches!(self, Self::SHIPPED | Self::DELIVERED)
    }
}
