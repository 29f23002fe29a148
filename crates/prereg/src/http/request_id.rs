//! The name of one request, in its response and in every line of the log.

use std::fmt;

use axum::http::{HeaderName, HeaderValue};

/// The header that carries it, under Okta's name.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-okta-request-id");

/// 128 random bits in hexadecimal. It is never taken from the caller, who could
/// otherwise write into the log or pass for another request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(u128);

impl RequestId {
    /// Draws one. Should the system have no randomness, the request goes on
    /// under the id zero: an operation that needs randomness says so itself.
    pub(crate) fn draw() -> Self {
        let mut bits = [0; 16];
        let drawn = getrandom::fill(&mut bits);
        Self(drawn.map_or(0, |()| u128::from_be_bytes(bits)))
    }

    /// The value of the header.
    pub(crate) fn header_value(self) -> HeaderValue {
        HeaderValue::try_from(self.to_string()).unwrap_or(HeaderValue::from_static("-"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
