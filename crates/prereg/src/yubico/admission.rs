//! Who calls, and which fault the call asks for: both from the headers, before a
//! body is read.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use relying_party::clock::Clock as _;
use yubico_sim::Fault;

use super::Yubico;
use super::error::Failure;
use crate::auth::{Caller, Scope};
use crate::clock::SystemClock;
use crate::http::RequestId;

/// Names the fault that a call asks for, as `prereg faults` lists them.
const FAULT_HEADER: &str = "x-prereg-fault";

/// A caller with a token of the provider.
pub(super) struct Known {
    /// Who.
    pub(super) caller: Caller,
    /// In which request.
    pub(super) request: Option<RequestId>,
}

impl Known {
    /// Goes on only with this scope.
    pub(super) fn require(&self, scope: Scope) -> Result<(), Failure> {
        Ok(self.caller.require(scope)?)
    }
}

impl FromRequestParts<Yubico> for Known {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, yubico: &Yubico) -> Result<Self, Failure> {
        let now = SystemClock.now();
        Ok(Self {
            caller: yubico.guard.authenticate(&parts.headers, now).await?,
            request: parts.extensions.get().copied(),
        })
    }
}

/// The fault that the headers ask for.
///
/// # Errors
/// [`Failure::FaultHeader`] for a name that is none, and for two of them.
pub(super) fn fault(headers: &HeaderMap) -> Result<Option<Fault>, Failure> {
    let mut values = headers.get_all(FAULT_HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let name = value.to_str().unwrap_or_default().trim();
    match (Fault::from_name(name), values.next()) {
        (Some(fault), None) => Ok(Some(fault)),
        _ => Err(Failure::FaultHeader),
    }
}
