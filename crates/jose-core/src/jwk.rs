//! EC P-384 JSON Web Keys (RFC 7517, RFC 7518 §6.2), JWK Sets and thumbprints (RFC 7638).

mod ec;
mod set;
mod thumbprint;

pub use ec::{KeyOperation, KeyUse, PrivateJwk, PublicJwk};
pub use set::{Jwk, JwkSet};
pub use thumbprint::Thumbprint;
