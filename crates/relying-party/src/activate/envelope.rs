//! Opening a response: encrypted to this enrollment's key, signed by a key
//! that counts.

use jose_core::alg::{ContentEncryption, SignatureAlgorithm};
use jose_core::error::{NotAllowed, UnusableKey};
use jose_core::jwe::{DecryptPolicy, DecryptionKey};
use jose_core::jwk::{JwkSet, PrivateJwk, PublicJwk};
use jose_core::jws::{VerifierSet, VerifyPolicy};
use jose_core::nested::{self, Opened};
use jose_core::{Error as JoseError, Level};
use prereg_types::api::ActivateCommand;

use crate::error::{Error, Kind};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::trust::Trust;

/// Whose signatures count for one activate call.
pub(super) struct Signers<'a> {
    verifiers: VerifierSet,
    /// `yubicoSigningJwks`.
    brought: &'a JwkSet<PublicJwk>,
    trust: &'a Trust,
}

impl<'a> Signers<'a> {
    /// With pinned keys only those verify, prepared once; else the caller's.
    ///
    /// # Errors
    /// [`Refusal::UnknownSigningKey`] where no key the caller brought can verify.
    pub(super) fn new(
        command: &'a ActivateCommand,
        policy: &Policy,
        trust: &'a Trust,
    ) -> Result<Self, Error> {
        let brought = &command.signing_keys;
        let verifiers = match trust {
            Trust::Pinned { verifiers, .. } => verifiers.clone(),
            Trust::AnyKey => VerifierSet::prepare(brought, Level::OneShot, policy.backend)
                .map_err(|_| Error::refused(Kind::PinResponse, Refusal::UnknownSigningKey))?,
        };
        Ok(Self {
            verifiers,
            brought,
            trust,
        })
    }

    /// The signing key is among those the caller brought, as the same key.
    fn check_brought(&self, opened: &Opened) -> Result<(), Refusal> {
        let brought = opened.kid().and_then(|kid| self.brought.find(kid));
        match brought {
            None => Err(Refusal::UnknownSigningKey),
            Some(key) if key.point() != opened.signer() => Err(Refusal::UntrustedSigningKey),
            Some(_) => Ok(()),
        }
    }

    /// Why the signer's kid is not known: a caller who brings keys that are not
    /// pinned tries to pass one of them.
    fn unknown(&self) -> Refusal {
        let pinned = match self.trust {
            Trust::Pinned { keys, .. } => keys,
            Trust::AnyKey => return Refusal::UnknownSigningKey,
        };
        let is_pinned = |key: &PublicJwk| {
            let known = key.kid().and_then(|kid| pinned.find(kid));
            known.is_some_and(|known| known.point() == key.point())
        };
        if self.brought.keys().iter().all(is_pinned) {
            Refusal::UnknownSigningKey
        } else {
            Refusal::UntrustedSigningKey
        }
    }
}

/// Opens one response.
///
/// # Errors
/// The rule that does not hold; everything that goes wrong inside the
/// encryption is [`Refusal::DecryptFailed`].
pub(super) fn open(
    token: &str,
    key: &PrivateJwk,
    typ: &str,
    signers: &Signers<'_>,
    policy: &Policy,
) -> Result<Opened, Refusal> {
    let allowed = nested::Policy {
        jwe: DecryptPolicy::new(&policy.key_management, &[ContentEncryption::A256Gcm])
            .require_kid(),
        jws: VerifyPolicy::new(&[SignatureAlgorithm::Es384])
            .require_kid()
            .with_typ(typ),
    };
    let pending = nested::begin_open(token.as_bytes(), &allowed).map_err(outside)?;
    if pending.header().kid() != key.public().kid() {
        return Err(Refusal::WrongResponseKey);
    }
    let key = DecryptionKey::prepare(key, Level::OneShot, policy.backend)
        .map_err(|_| Refusal::WrongResponseKey)?;
    let opened = pending
        .finish_with(&key, &signers.verifiers)
        .map_err(|error| inside(error, signers))?;
    signers.check_brought(&opened)?;
    Ok(opened)
}

/// What is wrong with the outside of a token.
const fn outside(error: JoseError) -> Refusal {
    match error {
        JoseError::NotAllowed(NotAllowed::ContentType) => Refusal::NotNested,
        JoseError::NotAllowed(_) => Refusal::EnvelopeNotAllowed,
        JoseError::Malformed(_) => Refusal::EnvelopeMalformed,
        _ => Refusal::DecryptFailed,
    }
}

/// What is wrong with its inside.
fn inside(error: JoseError, signers: &Signers<'_>) -> Refusal {
    match error {
        JoseError::SignatureInvalid => Refusal::SignatureInvalid,
        JoseError::NotAllowed(NotAllowed::Type) => Refusal::WrongType,
        JoseError::NotAllowed(_) => Refusal::EnvelopeNotAllowed,
        JoseError::Malformed(_) => Refusal::NotNested,
        JoseError::UnusableKey(UnusableKey::UnknownKeyId) => signers.unknown(),
        _ => Refusal::DecryptFailed,
    }
}
