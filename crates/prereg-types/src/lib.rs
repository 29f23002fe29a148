#![doc = env!("CARGO_PKG_DESCRIPTION")]
#![forbid(unsafe_code)]

pub mod api;
pub mod cbor;
#[doc(hidden)]
pub mod fuzzing;
pub mod id;
pub mod payload;
pub mod read;
pub mod shipment;
pub mod time;
pub mod webauthn;

pub use id::{
    EnrollmentId, ErrorId, FirmwareVersion, Jti, KeyId, RpId, Serial, SetId, ShipmentId, UserId,
};
pub use read::Invalid;
pub use time::Timestamp;
