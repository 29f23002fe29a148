//! OAuth 2 clients that authenticate with `private_key_jwt`.

use prereg_types::Timestamp;

/// A client that was just registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewClient {
    /// Its `client_id`.
    pub(crate) id: String,
    /// What its owner calls it.
    pub(crate) name: String,
    /// Its public keys: the JSON text of a JWK Set.
    pub(crate) jwks: String,
    /// The scopes that it may ask for.
    pub(crate) scopes: Vec<String>,
    /// When it was registered.
    pub(crate) created: Timestamp,
}

/// A client as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredClient {
    /// What was inserted.
    pub(crate) client: NewClient,
    /// When it was revoked, if it was.
    pub(crate) revoked: Option<Timestamp>,
}
