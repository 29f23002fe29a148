//! The fulfillment provider's facade: Yubico's API over HTTP.
