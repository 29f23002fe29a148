//! Event hooks: addresses that the operator names are told of events, in the
//! form of Okta's event hooks.
//!
//! An event goes from the outbox to a queue for each hook in one transaction,
//! and from there to the hook, in order, at least once: a delivery may come
//! twice, and its `eventId` tells. No address ever comes from a request.

mod body;
mod client;
mod pause;
mod worker;

use core::fmt;

use axum::http::{HeaderValue, Uri};
use sha2::{Digest as _, Sha256};

pub(crate) use worker::Worker;

/// One hook.
#[derive(Clone)]
pub(crate) struct Hook {
    /// Its id, `who…`, which follows from its address.
    id: String,
    url: Uri,
    /// The `Authorization` header of each delivery.
    secret: HeaderValue,
}

/// Why there can be no such hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HookError {
    /// The address is not one of `http` or `https`, or has credentials in it.
    Url,
    /// The secret is empty, or has characters that no header can carry.
    Secret,
}

impl Hook {
    /// A hook as the operator has configured it.
    ///
    /// # Errors
    /// [`HookError`].
    pub(crate) fn new(url: &str, secret: &str) -> Result<Self, HookError> {
        let uri: Uri = url.parse().map_err(|_| HookError::Url)?;
        let authority = uri.authority().ok_or(HookError::Url)?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        if !known || authority.as_str().contains('@') {
            return Err(HookError::Url);
        }
        let header = HeaderValue::from_str(secret).ok();
        let mut secret = header
            .filter(|value| !value.is_empty())
            .ok_or(HookError::Secret)?;
        secret.set_sensitive(true);
        Ok(Self {
            id: id(url),
            url: uri,
            secret,
        })
    }

    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Where it is, as far as that may be logged: a path may be a secret.
    pub(crate) fn origin(&self) -> String {
        let scheme = self.url.scheme_str().unwrap_or_default();
        let authority = self.url.authority().map_or("", |it| it.as_str());
        format!("{scheme}://{authority}")
    }
}

/// `who` and 17 characters, as Okta's ids of hooks; the same for the same
/// address, so that it is recognized after a restart.
fn id(url: &str) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let digest = Sha256::digest(url.as_bytes());
    let characters = digest.iter().take(17);
    let text = characters.filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    "who"
        .chars()
        .chain(text.map(|byte| char::from(*byte)))
        .collect()
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hook({} at {})", self.id, self.origin())
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "a hook is an http:// or https:// address without credentials in it",
            Self::Secret => "the secret of hooks is a text without line breaks and controls",
        })
    }
}

impl core::error::Error for HookError {}

#[cfg(test)]
mod tests;
