//! What is inside the envelopes: requests to the fulfillment provider and the
//! signed claims that come back.
//!
//! No vendor publishes this. The public fields force some of it: a response
//! must name its recipient key (the response JWE's `kid`), and the public half
//! of that key must travel inside the encrypted request. The rest is this
//! project's design, kept in this one module.

mod pin;
mod request;
mod response;

pub use pin::{Pin, PinFault};
pub use request::{CredentialRequest, PinRequest, PinSpec, RequestClaims, RequestSet};
pub use response::{CredentialResponse, PinResponse, ResponseClaims};

/// `cty` of a request JWE: claims, not signed.
pub const REQUEST_CTY: &str = "json";
/// `cty` of a response JWE: a JWS (RFC 7519 §5.2).
pub const RESPONSE_CTY: &str = "JWT";
/// `typ` of a signed PIN response (RFC 8725 §3.11).
pub const PIN_RESPONSE_TYP: &str = "prereg-pin+jwt";
/// `typ` of a signed credential response (RFC 8725 §3.11).
pub const CREDENTIAL_RESPONSE_TYP: &str = "prereg-credential+jwt";
/// `iss` of every response.
pub const PROVIDER_ISSUER: &str = "yubico";
