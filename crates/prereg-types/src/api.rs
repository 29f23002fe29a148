//! Bodies of the relying party's API, base path `/webauthn-registration/api/v1`.
//!
//! Each request has a wire type whose members may all be absent, as in the
//! published schema, and a command that cannot lack what the operation needs.
//! What real callers send besides the published form is read here as well, so
//! that nothing behind this module knows of it.

mod activate;
mod ec_key_jwk;
mod email_address;
mod enroll;
mod error;
mod factor;
mod factor_verify;
mod fulfillment;
mod log_event;
mod provider;
mod send_pin;
mod user;

pub use activate::{
    ActivateCommand, CredResponse, EnrollmentActivationRequest, EnrollmentActivationResponse,
    WebAuthnCredResponse,
};
pub use ec_key_jwk::EcKeyJwk;
pub use email_address::EmailAddress;
pub use enroll::{
    EnrollCommand, EnrollmentInitializationRequest, EnrollmentInitializationResponse, MAX_RP_IDS,
    WebAuthnCredRequest,
};
pub use error::{ErrorBody, ErrorCause};
pub use factor::{
    FactorLinks, FactorProfile, FactorStatus, Hints, Link, WebAuthnPreregistrationFactor,
};
pub use factor_verify::{
    FactorChallenge, FactorResult, FactorVerifyRequest, FactorVerifyResponse, VerifyCommand,
};
pub use fulfillment::{
    FulfillmentCommand, FulfillmentDataOrderDetails, FulfillmentItem, FulfillmentRequest,
};
pub use log_event::{Actor, Client, LogEvent, Outcome, Target};
pub use provider::FulfillmentProvider;
pub use send_pin::{PinRequest, SendPinCommand};
pub use user::{User, UserProfile, UserStatus};
