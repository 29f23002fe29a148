//! Errors, sorted by who is to blame.

use core::fmt;

use authenticator::attestation;
use authenticator::{StateError, Status};
use prereg_types::Invalid;
use prereg_types::shipment::ShipmentState;

use crate::store::StoreError;

/// Why the provider refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A request inside the shipment is not acceptable; nothing was changed.
    Request {
        /// Which one, such as
        /// `shipment_items[0].product_customizations[0].fido_pin_request`.
        path: String,
        /// Why.
        refusal: RequestRefusal,
    },
    /// There is no such shipment.
    UnknownShipment,
    /// The shipment does not allow this in the state it is in.
    State(ShipmentState),
    /// The shipment is held; it has to be resumed first.
    Paused,
    /// There is no fault of the name in this customization id.
    UnknownFault {
        /// Which one, such as `shipment_items[0].customization_id`.
        path: String,
    },
    /// The customization ids ask for two faults; a shipment commits one.
    TwoFaults {
        /// Where the second one is.
        path: String,
    },
    /// There is no such key.
    UnknownKey,
    /// The key is in nobody's hands: its shipment is in this state.
    NotDelivered(ShipmentState),
    /// A delivered key refused what it was asked for.
    KeyRefused(Status),
    /// Another process has used the key at the same time. A PIN try may be used
    /// up.
    KeyBusy,
    /// Another process has changed the provider's own keys.
    KeysChanged,
    /// What the store has kept cannot be read.
    Kept(StateError),
    /// The simulated key refused to be programmed.
    Key(Status),
    /// The attestation certificates could not be made.
    Attestation(attestation::Error),
    /// A cryptographic operation of the provider itself failed.
    Crypto(jose_core::Error),
    /// A response could not be written down.
    Encoding,
    /// The store did not answer.
    Store(StoreError),
}

/// Why a request is not acceptable. A request that cannot be decrypted gives
/// one value for every cause.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestRefusal {
    /// The JOSE layer refused it, or it is encrypted to no key of ours.
    Jose(jose_core::Error),
    /// Its claims are not what a request says.
    Claims(Invalid),
    /// `exp` has passed.
    Expired,
    /// `iat` lies in the future, or after `exp`.
    NotYetValid,
    /// `exp` lies too far ahead: its `jti` would have to be kept for too long.
    LifetimeTooLong,
    /// Its `jti` was seen before.
    Replayed,
    /// The requests for one key are not of one set and one issuer.
    MixedSet,
    /// The requests for one key are not all that the set made.
    IncompleteSet,
    /// Two requests ask for the same enrollment, RP ID or response key.
    Repeated,
    /// The response key is not for encryption.
    ResponseKey,
    /// No key of this product can be had.
    Product,
    /// The PIN would be shorter than keys of this product allow.
    PinLength,
    /// More credentials than keys of this product can hold.
    TooManyCredentials,
    /// The origin is not `https` at the RP ID or below it (WebAuthn §5.1.3).
    Origin,
    /// Keys of this product have none of the algorithms asked for.
    Algorithm,
}

/// What kind of answer an error calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The caller sent what it should not (HTTP 400).
    BadRequest,
    /// There is no such thing (HTTP 404).
    NotFound,
    /// Not in this state (HTTP 409).
    Conflict,
    /// The provider's own fault (HTTP 500); details are for the log.
    Internal,
}

impl Error {
    /// What kind of answer the error calls for.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Request { .. } | Self::UnknownFault { .. } | Self::TwoFaults { .. } => {
                ErrorKind::BadRequest
            }
            Self::UnknownShipment | Self::UnknownKey => ErrorKind::NotFound,
            Self::State(_)
            | Self::Paused
            | Self::NotDelivered(_)
            | Self::KeyRefused(_)
            | Self::KeyBusy
            | Self::KeysChanged => ErrorKind::Conflict,
            _ => ErrorKind::Internal,
        }
    }

    /// The member of the shipment at fault, such as
    /// `shipment_items[0].customization_id`.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Request { path, .. } | Self::UnknownFault { path } | Self::TwoFaults { path } => {
                Some(path)
            }
            _ => None,
        }
    }

    /// A stable, lower-case code for programs, such as `request_expired`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Request { refusal, .. } => refusal.code(),
            Self::UnknownShipment => "unknown_shipment",
            Self::State(_) => "wrong_shipment_state",
            Self::Paused => "shipment_paused",
            Self::UnknownFault { .. } => "unknown_fault",
            Self::TwoFaults { .. } => "two_faults",
            Self::UnknownKey => "unknown_key",
            Self::NotDelivered(_) => "key_not_delivered",
            Self::KeyRefused(_) => "key_refused",
            Self::KeyBusy => "key_busy",
            Self::KeysChanged => "provider_keys_changed",
            Self::Kept(_) => "state_unreadable",
            Self::Key(_) => "programming_failed",
            Self::Attestation(_) => "attestation_failed",
            Self::Crypto(error) => error.code(),
            Self::Encoding => "encoding_failed",
            Self::Store(_) => "store_failed",
        }
    }
}

impl RequestRefusal {
    /// A stable, lower-case code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Jose(error) => error.code(),
            Self::Claims(_) => "request_claims",
            Self::Expired => "request_expired",
            Self::NotYetValid => "request_not_yet_valid",
            Self::LifetimeTooLong => "request_lifetime_too_long",
            Self::Replayed => "request_replayed",
            Self::MixedSet => "request_mixed_set",
            Self::IncompleteSet => "request_incomplete_set",
            Self::Repeated => "request_repeated",
            Self::ResponseKey => "request_response_key",
            Self::Product => "request_product",
            Self::PinLength => "request_pin_length",
            Self::TooManyCredentials => "request_too_many_credentials",
            Self::Origin => "request_origin",
            Self::Algorithm => "request_algorithm",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request { path, refusal } => write!(f, "{path}: {refusal}"),
            Self::UnknownShipment => f.write_str("there is no such shipment"),
            Self::State(state) => {
                write!(f, "not possible in shipment state {}", state.id())
            }
            Self::Paused => f.write_str("the shipment is paused: resume it first"),
            Self::UnknownFault { path } => {
                write!(f, "{path}: there is no such fault (see `prereg faults`)")
            }
            Self::TwoFaults { path } => {
                write!(
                    f,
                    "{path}: another fault than before; a shipment commits one"
                )
            }
            Self::UnknownKey => f.write_str("there is no key of this serial number"),
            Self::NotDelivered(state) => {
                let id = state.id();
                write!(
                    f,
                    "the key is in nobody's hands yet: its shipment is in state {id}, not 104"
                )
            }
            Self::KeyRefused(status) => write!(f, "the key refused: {status}"),
            Self::KeyBusy => f.write_str("the key was used elsewhere at the same time: try again"),
            Self::KeysChanged => {
                f.write_str("another process has changed the provider's keys: start again")
            }
            Self::Kept(error) => write!(f, "what was kept cannot be read: {error}"),
            Self::Key(status) => write!(f, "the key could not be programmed: {status}"),
            Self::Attestation(error) => error.fmt(f),
            Self::Crypto(error) => error.fmt(f),
            Self::Encoding => f.write_str("a response could not be written down"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for RequestRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jose(error) => return error.fmt(f),
            Self::Claims(error) => return error.fmt(f),
            Self::Expired => "the request has expired",
            Self::NotYetValid => "the request is not valid yet",
            Self::LifetimeTooLong => "the request ends too far in the future",
            Self::Replayed => "the request was seen before",
            Self::MixedSet => "the requests for one key belong to different enroll calls",
            Self::IncompleteSet => "the requests for one key are not all of their enroll call",
            Self::Repeated => "an enrollment, RP ID or response key occurs twice",
            Self::ResponseKey => "the response key is not for encryption",
            Self::Product => "there is no such product",
            Self::PinLength => "keys of this product need a longer PIN",
            Self::TooManyCredentials => "keys of this product cannot hold so many credentials",
            Self::Origin => "the origin does not belong to the RP ID",
            Self::Algorithm => "keys of this product have none of these algorithms",
        })
    }
}

impl core::error::Error for Error {}
impl core::error::Error for RequestRefusal {}

impl From<jose_core::Error> for Error {
    fn from(error: jose_core::Error) -> Self {
        Self::Crypto(error)
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self::Key(status)
    }
}

impl From<attestation::Error> for Error {
    fn from(error: attestation::Error) -> Self {
        Self::Attestation(error)
    }
}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        Self::Kept(error)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Only writing JSON can give one, which never fails for our types.
impl From<serde_json::Error> for Error {
    fn from(_: serde_json::Error) -> Self {
        Self::Encoding
    }
}

impl From<jose_core::Error> for RequestRefusal {
    fn from(error: jose_core::Error) -> Self {
        Self::Jose(error)
    }
}

impl From<Invalid> for RequestRefusal {
    fn from(error: Invalid) -> Self {
        Self::Claims(error)
    }
}
