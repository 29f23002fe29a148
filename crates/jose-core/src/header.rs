//! Protected headers (RFC 7515 §4.1, RFC 7516 §4.1).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use crate::base64url;
use crate::curve::Point;
use crate::error::{Error, Malformed, NotAllowed};
use crate::json::{self, Object};
use crate::jwk::{PublicJwk, check_certificates};
use crate::policy::{DecryptPolicy, VerifyPolicy};

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
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
    pub(crate) cty: Option<String>,
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
        self.common.kid.as_deref()
    }

    /// The media type of the token.
    pub fn typ(&self) -> Option<&str> {
        self.common.typ.as_deref()
    }

    /// The media type of the plaintext.
    pub fn cty(&self) -> Option<&str> {
        self.common.cty.as_deref()
    }

    /// Reads the header segment under a policy.
    pub(crate) fn read(segment: &[u8], policy: &DecryptPolicy) -> Result<Self, Error> {
        let text = decode_segment(segment, policy.limits.header_bytes)?;
        let object = json::parse_object(&text)?;
        let alg = policy.key_management(object.required_str("alg")?)?;
        let enc = policy.content_encryption(object.required_str("enc")?)?;
        if object.contains("zip") {
            return Err(NotAllowed::Compression.into());
        }
        let common = Common::read(&object)?;
        policy.check(&common)?;
        let apu = party_info(&object, "apu", policy.limits.party_info_bytes)?;
        let apv = party_info(&object, "apv", policy.limits.party_info_bytes)?;
        let epk = ephemeral(&object)?;
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
        self.common.kid.as_deref()
    }

    /// The media type of the token.
    pub fn typ(&self) -> Option<&str> {
        self.common.typ.as_deref()
    }

    /// The media type of the payload.
    pub fn cty(&self) -> Option<&str> {
        self.common.cty.as_deref()
    }

    /// Reads the header segment under a policy.
    pub(crate) fn read(segment: &[u8], policy: &VerifyPolicy) -> Result<Self, Error> {
        let text = decode_segment(segment, policy.limits.header_bytes)?;
        let object = json::parse_object(&text)?;
        let alg = policy.algorithm(object.required_str("alg")?)?;
        let common = Common::read(&object)?;
        policy.check(&common)?;
        Ok(Self { alg, common })
    }
}

impl Common {
    fn read(object: &Object<'_>) -> Result<Self, Error> {
        // No extension is understood, so every `crit` is refused, also an
        // empty or ill-typed one (RFC 7515 §4.1.11).
        if object.contains("crit") {
            return Err(NotAllowed::CriticalExtension.into());
        }
        // RFC 7797 §3 forbids `b64` without `crit`.
        if object.contains("b64") {
            return Err(NotAllowed::UnencodedPayload.into());
        }
        check_unused_types(object)?;
        let text = |name| Ok(object.optional_str(name)?.map(ToString::to_string));
        text("kid").and_then(|kid| {
            Ok(Self {
                kid,
                typ: text("typ")?,
                cty: text("cty")?,
            })
        })
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

/// The ephemeral key (RFC 7518 §4.6.1.1). What is wrong with the key itself
/// stays opaque: an attacker who probes with points learns one value only.
fn ephemeral(object: &Object<'_>) -> Result<Point, Error> {
    let epk = object.get("epk").ok_or(Malformed::Missing("epk"))?;
    let epk = epk.as_object().ok_or(Malformed::Member("epk"))?;
    match PublicJwk::from_object(epk) {
        Ok(key) => Ok(*key.point()),
        Err(Error::UnusableKey(_)) => Err(Error::DecryptFailed),
        Err(error) => Err(error),
    }
}

/// `apu` or `apv` (RFC 7518 §4.6.1.2–3), empty where it is absent.
fn party_info(object: &Object<'_>, name: &'static str, limit: usize) -> Result<Vec<u8>, Error> {
    let Some(text) = object.optional_str(name)? else {
        return Ok(Vec::new());
    };
    if base64url::decoded_len(text.len())? > limit {
        return Err(NotAllowed::PartyInfoTooLong.into());
    }
    base64url::decode(text.as_bytes())
}

fn decode_segment(segment: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    if segment.len() > limit {
        return Err(NotAllowed::HeaderTooLong.into());
    }
    base64url::decode(segment)
}
