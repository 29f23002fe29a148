//! Requests: encrypted to the provider's transport key, not signed.

use jose_core::json::{Object, Value};
use serde::Serialize;
use zeroize::Zeroizing;

use super::Pin;
use crate::api::EcKeyJwk;
use crate::id::{EnrollmentId, Jti, SetId};
use crate::read::{self, Invalid};
use crate::time::Timestamp;
use crate::webauthn::PublicKeyCredentialCreationOptionsJson;

/// What every request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestClaims {
    /// This request; the response repeats it as `in_reply_to`.
    pub jti: Jti,
    /// When it was made, to the second.
    pub iat: Timestamp,
    /// When it ends, to the second.
    pub exp: Timestamp,
    /// Who asks: nothing proves it, so the provider only repeats it as `aud`.
    pub iss: String,
    /// The enroll call that it belongs to.
    pub set: RequestSet,
    /// Where the response is to be encrypted to: `use` enc, with its own `kid`.
    pub response_key: EcKeyJwk,
}

/// The enroll call of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestSet {
    /// The call.
    pub id: SetId,
    /// How many requests it made, the PIN request among them.
    pub size: u32,
}

/// The request to draw and set a PIN; one per key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinRequest {
    /// What every request says.
    pub claims: RequestClaims,
    /// How to draw it.
    pub pin_request: PinSpec,
}

/// How to draw a PIN: `{"type":"generate","length":n}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinSpec {
    length: u8,
}

/// The request to make one credential; one per RP ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRequest {
    /// What every request says.
    pub claims: RequestClaims,
    /// The enrollment it is for.
    pub enrollment: EnrollmentId,
    /// The origin that goes into the client data.
    pub origin: String,
    /// What WebAuthn's `create()` would be given.
    pub public_key: PublicKeyCredentialCreationOptionsJson,
}

impl PinSpec {
    /// Six digits, which keys of every model accept.
    pub const DEFAULT: Self = Self { length: 6 };

    /// A PIN of so many digits.
    ///
    /// # Errors
    /// [`Invalid`] unless the length is 4 to 63.
    pub fn new(length: u8) -> Result<Self, Invalid> {
        let most = Pin::MAX_BYTES;
        if (Pin::MIN_CODE_POINTS..=most).contains(&usize::from(length)) {
            return Ok(Self { length });
        }
        Err(Invalid::value("must be 4 to 63"))
    }

    /// The number of code points.
    pub const fn length(self) -> u8 {
        self.length
    }
}

impl PinRequest {
    /// The claims as JSON.
    ///
    /// # Errors
    /// [`serde_json::Error`] never occurs for these types; it is passed on
    /// rather than hidden.
    pub fn to_json(&self) -> Result<Zeroizing<String>, serde_json::Error> {
        let length = self.pin_request.length;
        let pin_request = PinSpecMember {
            kind: "generate",
            length,
        };
        let claims = ClaimsMembers::of(&self.claims);
        serde_json::to_string(&PinRequestMembers {
            claims,
            pin_request,
        })
        .map(Zeroizing::new)
    }

    /// Reads decrypted claims.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(plaintext: &[u8]) -> Result<Self, Invalid> {
        read::body(plaintext, |body| {
            if body.contains("enrollment") || body.contains("publicKey") {
                return Err(Invalid::value(
                    "a PIN request names no enrollment or credential",
                ));
            }
            Ok(Self {
                claims: claims(body)?,
                pin_request: read::required(body, "pin_request", pin_spec)?,
            })
        })
    }
}

impl CredentialRequest {
    /// The claims as JSON.
    ///
    /// # Errors
    /// As [`PinRequest::to_json`].
    pub fn to_json(&self) -> Result<Zeroizing<String>, serde_json::Error> {
        let members = CredentialRequestMembers {
            claims: ClaimsMembers::of(&self.claims),
            enrollment: &self.enrollment,
            origin: &self.origin,
            public_key: &self.public_key,
        };
        serde_json::to_string(&members).map(Zeroizing::new)
    }

    /// Reads decrypted claims.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_json(plaintext: &[u8]) -> Result<Self, Invalid> {
        read::body(plaintext, |body| {
            if body.contains("pin_request") {
                return Err(Invalid::value("a credential request asks for no PIN"));
            }
            Ok(Self {
                claims: claims(body)?,
                enrollment: read::required(body, "enrollment", EnrollmentId::from_value)?,
                origin: read::required(body, "origin", read::owned)?,
                public_key: read::required(
                    body,
                    "publicKey",
                    PublicKeyCredentialCreationOptionsJson::from_value,
                )?,
            })
        })
    }
}

#[derive(Serialize)]
struct ClaimsMembers<'a> {
    jti: &'a Jti,
    iat: u64,
    exp: u64,
    iss: &'a str,
    set: &'a RequestSet,
    response_key: &'a EcKeyJwk,
}

#[derive(Serialize)]
struct PinRequestMembers<'a> {
    #[serde(flatten)]
    claims: ClaimsMembers<'a>,
    pin_request: PinSpecMember,
}

#[derive(Serialize)]
struct PinSpecMember {
    #[serde(rename = "type")]
    kind: &'static str,
    length: u8,
}

#[derive(Serialize)]
struct CredentialRequestMembers<'a> {
    #[serde(flatten)]
    claims: ClaimsMembers<'a>,
    enrollment: &'a EnrollmentId,
    origin: &'a str,
    #[serde(rename = "publicKey")]
    public_key: &'a PublicKeyCredentialCreationOptionsJson,
}

impl<'a> ClaimsMembers<'a> {
    fn of(claims: &'a RequestClaims) -> Self {
        Self {
            jti: &claims.jti,
            iat: claims.iat.seconds(),
            exp: claims.exp.seconds(),
            iss: &claims.iss,
            set: &claims.set,
            response_key: &claims.response_key,
        }
    }
}

fn claims(body: &Object<'_>) -> Result<RequestClaims, Invalid> {
    Ok(RequestClaims {
        jti: read::required(body, "jti", Jti::from_value)?,
        iat: read::required(body, "iat", numeric_date)?,
        exp: read::required(body, "exp", numeric_date)?,
        iss: read::required(body, "iss", read::owned)?,
        set: read::required(body, "set", request_set)?,
        response_key: read::required(body, "response_key", EcKeyJwk::from_value)?,
    })
}

fn request_set(value: &Value<'_>) -> Result<RequestSet, Invalid> {
    let object = read::object(value)?;
    Ok(RequestSet {
        id: read::required(object, "id", SetId::from_value)?,
        size: read::required(object, "size", read::unsigned)?,
    })
}

fn pin_spec(value: &Value<'_>) -> Result<PinSpec, Invalid> {
    let object = read::object(value)?;
    if read::required(object, "type", read::owned)? != "generate" {
        return Err(Invalid::value("must be \"generate\"").within("type"));
    }
    let length = read::required(object, "length", read::unsigned)?;
    PinSpec::new(length).map_err(Invalid::at("length"))
}

/// A whole number of seconds (`NumericDate`, RFC 7519 §2).
pub(super) fn numeric_date(value: &Value<'_>) -> Result<Timestamp, Invalid> {
    read::unsigned(value).map(Timestamp::from_seconds)
}
