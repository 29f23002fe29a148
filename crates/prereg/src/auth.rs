//! Who calls: API tokens, OAuth clients, access tokens, scopes.
//!
//! A facade holds one [`Guard`] and one [`Limiter`]. For each request it asks
//! the guard who calls, counts the call against the caller (or against the
//! peer's address where nobody could be made out), and then asks the
//! [`Caller`] for the scope of the operation. Everything is read from the
//! database at each request: a revocation, also one by another process, holds
//! from the next request on.

mod api_token;
pub(crate) mod audit;
mod authorization;
mod caller;
mod error;
mod guard;
pub(crate) mod oauth;
pub(crate) mod rate_limit;
mod scope;

#[allow(unused_imports, reason = "the facades are being put together")]
pub(crate) use api_token::{ApiToken, TokenId};
#[allow(unused_imports, reason = "the facades are being put together")]
pub(crate) use caller::{Caller, Credential};
#[allow(unused_imports, reason = "the facades are being put together")]
pub(crate) use error::{AuthError, Unauthenticated};
#[allow(unused_imports, reason = "the facades are being put together")]
pub(crate) use guard::Guard;
#[allow(unused_imports, reason = "the facades are being put together")]
pub(crate) use rate_limit::{Limiter, Rate, RateKey};
#[allow(unused_imports, reason = "the facades are being put together")]
pub(crate) use scope::{Scope, Scopes};
