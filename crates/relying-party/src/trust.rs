//! The trust policy, resolved once.

use jose_core::Level;
use jose_core::jwk::{JwkSet, KeyOperation, PublicJwk};
use jose_core::jws::VerifierSet;

use crate::policy::{Policy, PolicyError, TrustPolicy};

/// Whose signature on a response counts.
#[derive(Debug)]
pub(crate) enum Trust {
    /// That of the operator's keys, and of no others.
    Pinned {
        keys: JwkSet<PublicJwk>,
        verifiers: VerifierSet,
    },
    /// That of any key the caller brings.
    AnyKey,
}

impl Trust {
    /// Checks and prepares pinned keys. One that could never count is an error:
    /// dropped without a word, it would be missed on the day it signs.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub(crate) fn resolve(policy: &Policy) -> Result<Self, PolicyError> {
        let keys = match &policy.trust {
            TrustPolicy::Pinned(keys) => keys,
            TrustPolicy::AcceptAnySigningKey => return Ok(Self::AnyKey),
        };
        for (position, key) in keys.keys().iter().enumerate() {
            check(position, key)?;
        }
        let verifiers = VerifierSet::prepare(keys, Level::Issuer, policy.backend)
            .map_err(|_| PolicyError::NoPinnedKey)?;
        Ok(Self::Pinned {
            keys: keys.clone(),
            verifiers,
        })
    }
}

fn check(position: usize, key: &PublicJwk) -> Result<(), PolicyError> {
    let kid = key.kid().filter(|kid| !kid.is_empty());
    let kid = kid.ok_or(PolicyError::PinnedKeyWithoutKid { position })?;
    key.permits(KeyOperation::Verify)
        .map_err(|why| PolicyError::UnusablePinnedKey {
            kid: kid.to_owned(),
            why,
        })
}
