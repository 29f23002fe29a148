//! Protected headers (RFC 7515 §4.1, RFC 7516 §4.1).
//!
//! Two readers serve one set of rules, [`Members`]: `flat` for what everybody
//! writes, without a tree, and the strict one of [`crate::json`] for all the rest.

mod flat;
mod text;

use alloc::vec::Vec;

use crate::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use crate::base64url;
use crate::curve::{FIELD_BYTES, Point};
use crate::error::{Error, Malformed, NotAllowed};
use crate::json::{self, Object};
use crate::jwk::{PublicJwk, check_certificates};
use crate::policy::{DecryptPolicy, VerifyPolicy};
use flat::FlatHeader;
use text::Text;

/// The header of a JWE, checked against the policy it was read under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JweHeader {
    pub(crate) alg: KeyManagement,
    pub(crate) enc: ContentEncryption,
    pub(crate) epk: Point,
    pub(crate) apu: Vec<u8>,
    pub(crate) apv: Vec<u8>,
    common: Common,
}

/// The header of a JWS, checked against the policy it was read under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwsHeader {
    alg: SignatureAlgorithm,
    common: Common,
}

/// Members that JWE and JWS headers share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Common {
    kid: Option<Text>,
    typ: Option<Text>,
    cty: Option<Text>,
}

/// What a header is read from.
trait Members {
    /// A member that may be absent but must be a string.
    fn text(&self, name: &'static str) -> Result<Option<&str>, Error>;
    /// Whether there is a member of that name.
    fn has(&self, name: &str) -> bool;
    /// Refuses members that are never used where they have a wrong type.
    fn check_unused(&self) -> Result<(), Error>;
    /// The ephemeral key; [`Error::UnusableKey`] for what is wrong with the key.
    fn ephemeral(&self) -> Result<Point, Error>;

    fn required(&self, name: &'static str) -> Result<&str, Error> {
        self.text(name)?.ok_or(Malformed::Missing(name).into())
    }
}

impl JweHeader {
    /// How the key was agreed.
    pub const fn alg(&self) -> KeyManagement {
        self.alg
    }

    /// How the content is encrypted.
    pub const fn enc(&self) -> ContentEncryption {
        self.enc
    }

    /// The ephemeral public key, a valid point.
    pub const fn epk(&self) -> &Point {
        &self.epk
    }

    /// The recipient's key id.
    pub fn kid(&self) -> Option<&str> {
        self.common.kid()
    }

    /// The media type of the token.
    pub fn typ(&self) -> Option<&str> {
        self.common.typ()
    }

    /// The media type of the plaintext.
    pub fn cty(&self) -> Option<&str> {
        self.common.cty()
    }

    /// Reads the header segment under a policy.
    pub(crate) fn read(segment: &[u8], policy: &DecryptPolicy) -> Result<Self, Error> {
        let read = |text: &[u8]| match FlatHeader::read(text) {
            Some(flat) => Self::of(&flat, policy),
            None => Self::of(&json::parse_object(text)?, policy),
        };
        decode_segment(segment, policy.limits.header_bytes, read)
    }

    fn of(members: &impl Members, policy: &DecryptPolicy) -> Result<Self, Error> {
        let alg = policy.key_management(members.required("alg")?)?;
        let enc = policy.content_encryption(members.required("enc")?)?;
        if members.has("zip") {
            return Err(NotAllowed::Compression.into());
        }
        let common = Common::read(members)?;
        policy.check(&common)?;
        let apu = party_info(members, "apu", policy.limits.party_info_bytes)?;
        let apv = party_info(members, "apv", policy.limits.party_info_bytes)?;
        // What is wrong with the key itself stays opaque: an attacker who probes
        // with points learns one value only.
        let epk = members.ephemeral().map_err(|error| match error {
            Error::UnusableKey(_) => Error::DecryptFailed,
            error => error,
        })?;
        Ok(Self {
            alg,
            enc,
            epk,
            apu,
            apv,
            common,
        })
    }
}

impl JwsHeader {
    /// How the token is signed.
    pub const fn alg(&self) -> SignatureAlgorithm {
        self.alg
    }

    /// The signer's key id.
    pub fn kid(&self) -> Option<&str> {
        self.common.kid()
    }

    /// The media type of the token.
    pub fn typ(&self) -> Option<&str> {
        self.common.typ()
    }

    /// The media type of the payload.
    pub fn cty(&self) -> Option<&str> {
        self.common.cty()
    }

    /// Reads the header segment under a policy.
    pub(crate) fn read(segment: &[u8], policy: &VerifyPolicy) -> Result<Self, Error> {
        let read = |text: &[u8]| match FlatHeader::read(text) {
            Some(flat) if flat.epk().is_none() => Self::of(&flat, policy),
            _ => Self::of(&json::parse_object(text)?, policy),
        };
        decode_segment(segment, policy.limits.header_bytes, read)
    }

    fn of(members: &impl Members, policy: &VerifyPolicy) -> Result<Self, Error> {
        let alg = policy.algorithm(members.required("alg")?)?;
        let common = Common::read(members)?;
        policy.check(&common)?;
        Ok(Self { alg, common })
    }
}

impl Common {
    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_ref().map(Text::as_str)
    }

    pub(crate) fn typ(&self) -> Option<&str> {
        self.typ.as_ref().map(Text::as_str)
    }

    pub(crate) fn cty(&self) -> Option<&str> {
        self.cty.as_ref().map(Text::as_str)
    }

    fn read(members: &impl Members) -> Result<Self, Error> {
        // No extension is understood, so every `crit` is refused, also an
        // empty or ill-typed one (RFC 7515 §4.1.11).
        if members.has("crit") {
            return Err(NotAllowed::CriticalExtension.into());
        }
        // RFC 7797 §3 forbids `b64` without `crit`.
        if members.has("b64") {
            return Err(NotAllowed::UnencodedPayload.into());
        }
        members.check_unused()?;
        let text = |name| Ok::<_, Error>(members.text(name)?.map(Text::new));
        Ok(Self {
            kid: text("kid")?,
            typ: text("typ")?,
            cty: text("cty")?,
        })
    }
}

impl Members for Object<'_> {
    fn text(&self, name: &'static str) -> Result<Option<&str>, Error> {
        self.optional_str(name)
    }

    fn has(&self, name: &str) -> bool {
        self.contains(name)
    }

    fn check_unused(&self) -> Result<(), Error> {
        check_unused_types(self)
    }

    /// RFC 7518 §4.6.1.1.
    fn ephemeral(&self) -> Result<Point, Error> {
        let epk = self.get("epk").ok_or(Malformed::Missing("epk"))?;
        let epk = epk.as_object().ok_or(Malformed::Member("epk"))?;
        PublicJwk::from_object(epk).map(|key| *key.point())
    }
}

/// Flat headers have none of the members that are refused or never used.
impl Members for FlatHeader<'_> {
    fn text(&self, name: &'static str) -> Result<Option<&str>, Error> {
        Ok(self.get(name))
    }

    fn has(&self, _name: &str) -> bool {
        false
    }

    fn check_unused(&self) -> Result<(), Error> {
        Ok(())
    }

    fn ephemeral(&self) -> Result<Point, Error> {
        let epk = self.epk().ok_or(Malformed::Missing("epk"))?;
        let coordinate = |name| -> Result<[u8; FIELD_BYTES], Error> {
            let text = epk.get(name).ok_or(Malformed::Missing(name))?;
            let mut bytes = [0; FIELD_BYTES];
            base64url::decode_to(text.as_bytes(), &mut bytes)?;
            Ok(bytes)
        };
        Point::from_coordinates(&coordinate("x")?, &coordinate("y")?)
    }
}

/// Members that carry keys or point to them are never used (CVE-2018-0114);
/// they must still have the type that RFC 7515 §4.1 gives them.
fn check_unused_types(object: &Object<'_>) -> Result<(), Error> {
    object.optional_str("jku")?;
    match object.get("jwk") {
        Some(jwk) if jwk.as_object().is_none() => Err(Malformed::Member("jwk").into()),
        _ => check_certificates(object),
    }
}

/// `apu` or `apv` (RFC 7518 §4.6.1.2–3), empty where it is absent.
fn party_info(members: &impl Members, name: &'static str, limit: usize) -> Result<Vec<u8>, Error> {
    let Some(text) = members.text(name)? else {
        return Ok(Vec::new());
    };
    if base64url::decoded_len(text.len())? > limit {
        return Err(NotAllowed::PartyInfoTooLong.into());
    }
    base64url::decode(text.as_bytes())
}

/// Decodes a header and reads it, without the heap where it is of ordinary size.
fn decode_segment<T>(
    segment: &[u8],
    limit: usize,
    read: impl Fn(&[u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    if segment.len() > limit {
        return Err(NotAllowed::HeaderTooLong.into());
    }
    let mut ordinary = [0; 768];
    match ordinary.get_mut(..base64url::decoded_len(segment.len())?) {
        Some(text) => {
            base64url::decode_to(segment, text)?;
            read(text)
        }
        None => read(&base64url::decode(segment)?),
    }
}
