//! Faults in the envelope: signature, recipient and the bytes of the token.

use std::sync::Arc;

use jose_core::Backend;
use jose_core::curve::SecretScalar;
use jose_core::es384::{DigestSigner, MessageDigest, Signature, SigningKey};
use jose_core::jwk::{PrivateJwk, PublicJwk};
use jose_core::jws::Signer;
use jose_core::{Error, base64url};
use prereg_types::KeyId;
use prereg_types::payload::PIN_RESPONSE_TYP;

use super::{Fault, Place};
use crate::Stream;
use crate::signing_keys::{self, SigningKeys};

/// Who signs: the active key, unless a fault says otherwise.
pub(crate) fn signer(
    fault: Option<Fault>,
    place: Place,
    keys: &SigningKeys,
    unpinned: &PrivateJwk,
    rng: &mut Stream,
) -> Result<Signer, Error> {
    match fault {
        // Of all responses: a key that signs only one would show as a mixture.
        Some(Fault::UnpinnedSigningKey) => Signer::prepare(unpinned, Backend::default()),
        Some(Fault::WrongSigningKey) if place.is_struck() => {
            let other = SigningKey::prepare(&SecretScalar::generate(rng)?, Backend::default());
            Signer::external(keys.active(), Arc::new(other))
        }
        Some(Fault::TamperedSignature) if place.is_struck() => {
            let tampering = Tampering(SigningKey::prepare(
                keys.active_scalar(),
                Backend::default(),
            ));
            Signer::external(keys.active(), Arc::new(tampering))
        }
        Some(Fault::UnknownSigningKid) if place.is_struck() => Signer::prepare(
            &signing_keys::draw(keys.private_keys().count(), rng)?,
            Backend::default(),
        ),
        _ => Ok(keys.signer().clone()),
    }
}

/// The media type that the signature is made under.
pub(crate) fn typ(fault: Option<Fault>, place: Place, right: &'static str) -> &'static str {
    match fault {
        Some(Fault::TypConfusion) if place.is_struck() => PIN_RESPONSE_TYP,
        _ => right,
    }
}

/// Whether the claims are signed at all.
pub(crate) fn is_signed(fault: Option<Fault>, place: Place) -> bool {
    fault != Some(Fault::UnsignedResponse) || !place.is_struck()
}

/// The key that a response is encrypted to; its `kid` goes into the header.
pub(crate) fn recipient(
    fault: Option<Fault>,
    place: Place,
    right: &PublicJwk,
    rng: &mut Stream,
) -> Result<PublicJwk, Error> {
    match fault {
        Some(Fault::WrongRecipientKey) if place.is_struck() => {
            let other = PrivateJwk::generate(rng)?;
            let kid = right.kid().unwrap_or_default();
            Ok(other.public().clone().with_kid(kid))
        }
        Some(Fault::UnknownResponseKid) if place.is_struck() => {
            Ok(right.clone().with_kid(KeyId::generate(rng)?.as_str()))
        }
        _ => Ok(right.clone()),
    }
}

/// Breaks the bytes of a finished token.
pub(crate) fn alter_token(fault: Option<Fault>, place: Place, token: String) -> String {
    if !place.is_struck() {
        return token;
    }
    match fault {
        Some(Fault::TamperedTag) => alter_segment(&token, 4, flip_last_bit),
        Some(Fault::TamperedCiphertext) => alter_segment(&token, 3, flip_last_bit),
        Some(Fault::InvalidEphemeralKey) => alter_segment(&token, 0, move_off_curve),
        _ => token,
    }
}

/// Decodes one segment, changes it and encodes it again: the token stays
/// canonical.
fn alter_segment(token: &str, segment: usize, alter: fn(Vec<u8>) -> Vec<u8>) -> String {
    let mut segments: Vec<String> = token.split('.').map(str::to_owned).collect();
    if let Some(text) = segments.get_mut(segment)
        && let Ok(bytes) = base64url::decode(text.as_bytes())
    {
        *text = base64url::encode(&alter(bytes));
    }
    segments.join(".")
}

fn flip_last_bit(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes
}

/// Changes the y-coordinate of `epk` in a header: next to a point of the curve
/// lies none.
fn move_off_curve(header: Vec<u8>) -> Vec<u8> {
    let Ok(text) = String::from_utf8(header) else {
        return Vec::new();
    };
    let name = r#""y":""#;
    let Some(start) = text.find(name).map(|at| at + name.len()) else {
        return text.into_bytes();
    };
    let (before, rest) = text.split_at(start);
    let (y, after) = rest.split_at(rest.find('"').unwrap_or_default());
    let moved = base64url::decode(y.as_bytes()).map(flip_last_bit);
    let y = moved.map_or_else(|_| y.to_owned(), |moved| base64url::encode(&moved));
    format!("{before}{y}{after}").into_bytes()
}

/// Signs with the right key and flips a bit of the signature.
struct Tampering(SigningKey);

impl DigestSigner for Tampering {
    fn sign_digest(&self, digest: &MessageDigest) -> Result<Signature, Error> {
        let mut bytes = *self.0.sign_digest(digest).as_bytes();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        Signature::from_bytes(&bytes)
    }
}
