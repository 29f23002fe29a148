//! The relying party's facade: Okta's operations over HTTP.
