//! Responses: signed by the provider, then encrypted to the response key.

use jose_core::json::{self, Object};
use jose_core::nested::Opened;
use serde::Serialize;
use zeroize::Zeroizing;

use super::request::numeric_date;
use super::{CREDENTIAL_RESPONSE_TYP, PIN_RESPONSE_TYP, Pin, PinFault};
use crate::id::{EnrollmentId, FirmwareVersion, Jti, Serial, SetId};
use crate::read::{self, Invalid};
use crate::time::Timestamp;
use crate::webauthn::RegistrationResponseJson;

/// What every response says, all of it signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseClaims {
    /// Who answers.
    pub iss: String,
    /// The request's `iss`.
    pub aud: String,
    /// This response.
    pub jti: Jti,
    /// When it was made, to the second.
    pub iat: Timestamp,
    /// When it ends, to the second.
    pub exp: Timestamp,
    /// The request's `jti`.
    pub in_reply_to: Jti,
    /// The request's set.
    pub set: SetId,
    /// The thumbprint (RFC 7638, base64url) of the key it is encrypted to, so
    /// that it cannot be encrypted again to another recipient.
    pub response_jkt: String,
    /// The serial number of the key.
    pub serial: Serial,
    /// Its firmware.
    pub version: FirmwareVersion,
}

/// The PIN that was set. Its `Debug` is redacted by [`Pin`].
#[derive(Clone, Debug)]
pub struct PinResponse {
    /// What every response says.
    pub claims: ResponseClaims,
    /// The PIN.
    pub pin: Pin,
}

/// The credential that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialResponse {
    /// What every response says.
    pub claims: ResponseClaims,
    /// The request's enrollment.
    pub enrollment: EnrollmentId,
    /// What WebAuthn's `create()` would return.
    pub credential: RegistrationResponseJson,
}

impl ResponseClaims {
    /// Reads what every response says from claims that were decrypted and
    /// verified, for those who judge it before they look at the rest.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_opened(opened: &Opened) -> Result<Self, Invalid> {
        claims(&opened.claims()?)
    }
}

impl PinResponse {
    /// The claims as JSON, of one length for every PIN: `pad` fills up what the
    /// escaped PIN leaves, since ciphertexts show the length of plaintexts.
    ///
    /// # Errors
    /// [`serde_json::Error`] never occurs for these types; it is passed on
    /// rather than hidden.
    pub fn to_json(&self) -> Result<Zeroizing<String>, serde_json::Error> {
        let claims = serde_json::to_string(&ClaimsMembers::of(&self.claims, None))?;
        // Enough room from the start: a buffer that grows leaves copies behind.
        let mut out = Zeroizing::new(String::with_capacity(claims.len() + PADDED + 32));
        out.push_str(claims.strip_suffix('}').unwrap_or(&claims));
        json::write_name("pin", &mut out);
        let start = out.len();
        json::write_string(self.pin.expose(), &mut out);
        let written = out.len() - start;
        json::write_name("pad", &mut out);
        out.push('"');
        out.extend(core::iter::repeat_n('0', PADDED.saturating_sub(written)));
        out.push_str("\"}");
        Ok(out)
    }

    /// Reads claims that were decrypted and verified; nothing else can be read.
    ///
    /// # Errors
    /// [`Invalid`] at `typ` for another type of token, else with the path of
    /// the member.
    pub fn from_opened(opened: &Opened) -> Result<Self, Invalid> {
        has_type(opened, PIN_RESPONSE_TYP)?;
        Self::from_object(&opened.claims()?)
    }

    fn from_object(body: &Object<'_>) -> Result<Self, Invalid> {
        if body.contains("enrollment") || body.contains("credential") {
            return Err(Invalid::value(
                "a PIN response names no enrollment or credential",
            ));
        }
        read::required(body, "pad", |value| read::string(value).map(drop))?;
        let pin = read::required(body, "pin", |value| Ok(Pin::new(read::string(value)?)?))?;
        Ok(Self {
            claims: claims(body)?,
            pin,
        })
    }
}

impl CredentialResponse {
    /// The claims as JSON.
    ///
    /// # Errors
    /// As [`PinResponse::to_json`].
    pub fn to_json(&self) -> Result<Zeroizing<String>, serde_json::Error> {
        let members = CredentialResponseMembers {
            claims: ClaimsMembers::of(&self.claims, Some(&self.enrollment)),
            credential: &self.credential,
        };
        serde_json::to_string(&members).map(Zeroizing::new)
    }

    /// Reads claims that were decrypted and verified; nothing else can be read.
    ///
    /// # Errors
    /// As [`PinResponse::from_opened`].
    pub fn from_opened(opened: &Opened) -> Result<Self, Invalid> {
        has_type(opened, CREDENTIAL_RESPONSE_TYP)?;
        Self::from_object(&opened.claims()?)
    }

    fn from_object(body: &Object<'_>) -> Result<Self, Invalid> {
        if body.contains("pin") {
            return Err(Invalid::value("a credential response holds no PIN"));
        }
        Ok(Self {
            claims: claims(body)?,
            enrollment: read::required(body, "enrollment", EnrollmentId::from_value)?,
            credential: read::required(body, "credential", RegistrationResponseJson::from_value)?,
        })
    }
}

/// The longest PIN as a JSON string: 63 bytes of which each may take the six
/// characters of `\u0001`, and two quotes.
const PADDED: usize = 6 * Pin::MAX_BYTES + 2;

impl From<PinFault> for Invalid {
    fn from(fault: PinFault) -> Self {
        Self::value(fault.rule())
    }
}

#[derive(Serialize)]
struct ClaimsMembers<'a> {
    iss: &'a str,
    aud: &'a str,
    jti: &'a Jti,
    iat: u64,
    exp: u64,
    in_reply_to: &'a Jti,
    set: &'a SetId,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrollment: Option<&'a EnrollmentId>,
    response_jkt: &'a str,
    serial: &'a Serial,
    version: FirmwareVersion,
}

#[derive(Serialize)]
struct CredentialResponseMembers<'a> {
    #[serde(flatten)]
    claims: ClaimsMembers<'a>,
    credential: &'a RegistrationResponseJson,
}

impl<'a> ClaimsMembers<'a> {
    fn of(claims: &'a ResponseClaims, enrollment: Option<&'a EnrollmentId>) -> Self {
        Self {
            iss: &claims.iss,
            aud: &claims.aud,
            jti: &claims.jti,
            iat: claims.iat.seconds(),
            exp: claims.exp.seconds(),
            in_reply_to: &claims.in_reply_to,
            set: &claims.set,
            enrollment,
            response_jkt: &claims.response_jkt,
            serial: &claims.serial,
            version: claims.version,
        }
    }
}

/// One type of token must not pass for the other, whatever policy opened it
/// (RFC 8725 §3.11). The prefix may be left out (RFC 7515 §4.1.9).
fn has_type(opened: &Opened, due: &str) -> Result<(), Invalid> {
    let typ = opened
        .jws_header()
        .typ()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if typ.strip_prefix("application/").unwrap_or(&typ) == due {
        return Ok(());
    }
    Err(Invalid::value("is not the type of this response").within("typ"))
}

fn claims(body: &Object<'_>) -> Result<ResponseClaims, Invalid> {
    Ok(ResponseClaims {
        iss: read::required(body, "iss", read::owned)?,
        aud: read::required(body, "aud", read::owned)?,
        jti: read::required(body, "jti", Jti::from_value)?,
        iat: read::required(body, "iat", numeric_date)?,
        exp: read::required(body, "exp", numeric_date)?,
        in_reply_to: read::required(body, "in_reply_to", Jti::from_value)?,
        set: read::required(body, "set", SetId::from_value)?,
        response_jkt: read::required(body, "response_jkt", read::owned)?,
        serial: read::required(body, "serial", Serial::from_value)?,
        version: read::required(body, "version", FirmwareVersion::from_value)?,
    })
}
