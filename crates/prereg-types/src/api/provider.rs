//! Who fulfills.

use jose_core::json::Value;
use serde::Serialize;

use crate::read::{self, Invalid};

/// The fulfillment providers of the published enum (`fulfillmentProvider`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum FulfillmentProvider {
    /// `yubico`
    #[serde(rename = "yubico")]
    Yubico,
}

impl FulfillmentProvider {
    /// The value on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yubico => "yubico",
        }
    }

    /// Reads a JSON string.
    ///
    /// # Errors
    /// For every other provider and type.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Invalid> {
        match read::string(value)? {
            "yubico" => Ok(Self::Yubico),
            _ => Err(Invalid::value("must be \"yubico\"")),
        }
    }
}
