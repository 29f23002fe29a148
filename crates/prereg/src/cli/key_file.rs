//! Key files: a JWK, a JWK Set or PEM, told apart by their content.

use std::path::{Path, PathBuf};

use jose_core::error::{Error, Malformed, UnusableKey};
use jose_core::json::{self, Object};
use jose_core::jwk::{Jwk, JwkSet, PrivateJwk, PublicJwk};

use super::{Failure, input};

/// One key, or a set of which the token's `kid` chooses.
#[derive(Debug)]
pub(crate) enum Keys<K> {
    /// A JWK or PEM file.
    One(K),
    /// A JWK Set file.
    Set(JwkSet<K>),
}

/// Reads keys for encrypting and verifying. A private key is refused: whoever
/// encrypts or verifies should not hold one.
pub(crate) fn public(text: &[u8]) -> Result<Keys<PublicJwk>, Error> {
    read(text, |pem| {
        if is_private_pem(pem) {
            return Err(UnusableKey::PrivateMember.into());
        }
        PublicJwk::from_spki_pem(pem)
    })
}

/// Reads keys for decrypting and signing.
pub(crate) fn private(text: &[u8]) -> Result<Keys<PrivateJwk>, Error> {
    read(text, |pem| {
        if is_private_pem(pem) {
            return PrivateJwk::from_pem(pem);
        }
        PublicJwk::from_spki_pem(pem).and(Err(UnusableKey::NotPrivate.into()))
    })
}

/// Reads the public part of any key file.
pub(crate) fn public_part(text: &[u8]) -> Result<Keys<PublicJwk>, Error> {
    match private(text) {
        Ok(Keys::One(key)) => Ok(Keys::One(key.public().clone())),
        Ok(Keys::Set(keys)) => Ok(Keys::Set(keys.to_public())),
        Err(Error::UnusableKey(UnusableKey::NotPrivate)) => public(text),
        Err(error) => Err(error),
    }
}

/// Reads a key file's bytes.
pub(crate) fn load(path: &PathBuf) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
    input::read_key(path)
}

/// Says what is wrong with a key file, and what to do where that is known.
pub(crate) fn refusal(path: &Path, error: Error) -> Failure {
    let hint = match error {
        Error::UnusableKey(UnusableKey::PrivateMember) => {
            "; give the public key: prereg jwk public --key PRIVATE > PUBLIC"
        }
        Error::UnusableKey(UnusableKey::NotPrivate) => "; decrypting and signing need \"d\"",
        _ => "",
    };
    Failure::Refused {
        code: error.code(),
        message: format!("key {}: {error}{hint}", path.display()),
    }
}

fn read<K: Jwk>(
    text: &[u8],
    from_pem: impl Fn(&str) -> Result<K, Error>,
) -> Result<Keys<K>, Error> {
    if let Some(pem) = pem_part(text) {
        return from_pem(std::str::from_utf8(pem).map_err(|_| Malformed::Pkix)?).map(Keys::One);
    }
    let object: Object<'_> = json::parse_object(text)?;
    if object.contains("keys") && object.contains("kty") {
        // Half the readers would take it for a set, half for a key.
        return Err(Malformed::Member("keys").into());
    }
    if object.contains("keys") {
        JwkSet::from_object(&object).map(Keys::Set)
    } else {
        K::from_object(&object).map(Keys::One)
    }
}

/// The first PEM block that can be a key. Text may stand before it (RFC 7468 §2),
/// as may the parameters that `openssl ecparam -genkey` writes.
fn pem_part(text: &[u8]) -> Option<&[u8]> {
    if text.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let is_begin = |start: &usize| {
        let line = text.get(*start..).unwrap_or_default();
        let parameters = line.starts_with(b"-----BEGIN EC PARAMETERS");
        line.starts_with(b"-----BEGIN ") && !parameters
    };
    let after_newlines = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let line_starts = std::iter::once(0).chain(after_newlines.map(|(index, _)| index + 1));
    let start = line_starts.into_iter().find(is_begin)?;
    text.get(start..).map(<[u8]>::trim_ascii)
}

fn is_private_pem(pem: &str) -> bool {
    pem.lines()
        .next()
        .is_some_and(|label| label.contains("PRIVATE KEY"))
}
