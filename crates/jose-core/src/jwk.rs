//! EC P-384 JSON Web Keys (RFC 7517, RFC 7518 §6.2), JWK Sets and thumbprints (RFC 7638).

mod ec;
mod metadata;
mod set;
mod thumbprint;

pub use ec::{PrivateJwk, PublicJwk};
pub(crate) use metadata::check_certificates;
pub use metadata::{KeyOperation, KeyUse};
pub use set::{Jwk, JwkSet};
pub use thumbprint::Thumbprint;
