//! `POST /send-pin`, sendPin.

use jose_core::json::Value;
use serde::Serialize;

use super::FulfillmentProvider;
use crate::id::{EnrollmentId, UserId};
use crate::read::{self, Invalid};

/// The body of a send-pin call, as on the wire.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PinRequest {
    /// Who gets the PIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Who programmed the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfillment_provider: Option<FulfillmentProvider>,
    /// One enrollment of the key; an array of one is read too, since the
    /// `ServiceNow` script sends it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticator_enrollment_id: Option<EnrollmentId>,
}

/// A send-pin call that has all it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendPinCommand {
    /// Who gets the PIN.
    pub user_id: UserId,
    /// Who programmed the key.
    pub provider: FulfillmentProvider,
    /// One enrollment of the key.
    pub enrollment_id: EnrollmentId,
}

impl PinRequest {
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
                authenticator_enrollment_id: read::optional(
                    body,
                    "authenticatorEnrollmentId",
                    string_or_array_of_one,
                )?,
            })
        })
    }
}

impl SendPinCommand {
    /// Reads the body and checks that nothing is missing.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(text: &[u8]) -> Result<Self, Invalid> {
        PinRequest::from_json(text)?.try_into()
    }
}

impl TryFrom<PinRequest> for SendPinCommand {
    type Error = Invalid;

    fn try_from(wire: PinRequest) -> Result<Self, Invalid> {
        const ID: &str = "authenticatorEnrollmentId";
        Ok(Self {
            user_id: read::present(wire.user_id, "userId")?,
            provider: read::present(wire.fulfillment_provider, "fulfillmentProvider")?,
            enrollment_id: read::present(wire.authenticator_enrollment_id, ID)?,
        })
    }
}

fn string_or_array_of_one(value: &Value<'_>) -> Result<EnrollmentId, Invalid> {
    match value.as_array() {
        None => EnrollmentId::from_value(value),
        Some([only]) => EnrollmentId::from_value(only).map_err(|error| error.within_index(0)),
        Some(_) => Err(Invalid::kind("a string or an array of one")),
    }
}
