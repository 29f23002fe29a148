//! `PublicKeyCredentialCreationOptionsJSON` (WebAuthn L3 §5.1.9).

use jose_core::json::{Object, Value};
use serde::Serialize;

use super::base64url_string;
use crate::id::RpId;
use crate::read::{self, Invalid};

/// What `create()` is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKeyCredentialCreationOptionsJson {
    /// The relying party.
    pub rp: PublicKeyCredentialRpEntity,
    /// The account.
    pub user: PublicKeyCredentialUserEntityJson,
    /// At least 16 random bytes (§13.4.3); this project draws 32.
    #[serde(serialize_with = "base64url_string::serialize")]
    pub challenge: Vec<u8>,
    /// The algorithms, best first.
    pub pub_key_cred_params: Vec<PublicKeyCredentialParameters>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// Credentials that must not be on the key already.
    pub exclude_credentials: Vec<PublicKeyCredentialDescriptorJson>,
    /// What the authenticator must offer.
    pub authenticator_selection: AuthenticatorSelectionCriteria,
    /// Which attestation is wanted.
    pub attestation: AttestationConveyancePreference,
}

/// The relying party (§5.4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicKeyCredentialRpEntity {
    /// The RP ID.
    pub id: RpId,
    /// A name for people.
    pub name: String,
}

/// The account (§5.1.9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKeyCredentialUserEntityJson {
    /// The user handle: 1 to 64 bytes.
    #[serde(serialize_with = "base64url_string::serialize")]
    pub id: Vec<u8>,
    /// The name at login.
    pub name: String,
    /// A name for people.
    pub display_name: String,
}

/// One algorithm (§5.3): `{"type":"public-key","alg":n}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKeyCredentialParameters {
    /// The COSE algorithm identifier, such as −7.
    pub alg: i64,
}

/// One credential (§5.8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeyCredentialDescriptorJson {
    /// The credential id.
    pub id: Vec<u8>,
}

/// What the authenticator must offer (§5.4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticatorSelectionCriteria {
    /// Whether the credential is discoverable.
    pub resident_key: Requirement,
    /// Whether the user is verified.
    pub user_verification: Requirement,
}

/// `ResidentKeyRequirement` (§5.4.6) and `UserVerificationRequirement`
/// (§5.8.6), which have the same values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Requirement {
    /// `required`
    Required,
    /// `preferred`
    Preferred,
    /// `discouraged`
    Discouraged,
}

/// `AttestationConveyancePreference` (§5.4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AttestationConveyancePreference {
    /// `none`
    None,
    /// `indirect`
    Indirect,
    /// `direct`
    Direct,
    /// `enterprise`
    Enterprise,
}

impl PublicKeyCredentialCreationOptionsJson {
    /// Reads a JSON object. Absent members get the defaults of the IDL.
    ///
    /// # Errors
    /// [`Invalid`] with the path of the member.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Invalid> {
        let object = read::object(value)?;
        let excluded = read::optional(object, "excludeCredentials", |value| {
            read::list(value, |element| descriptor(read::object(element)?))
        })?;
        let attestation = read::optional(object, "attestation", conveyance)?;
        let selection = read::optional(object, "authenticatorSelection", selection)?;
        Ok(Self {
            rp: read::required(object, "rp", |value| rp(read::object(value)?))?,
            user: read::required(object, "user", |value| user(read::object(value)?))?,
            challenge: read::required(object, "challenge", challenge)?,
            pub_key_cred_params: read::required(object, "pubKeyCredParams", |value| {
                read::list(value, |element| parameters(read::object(element)?))
            })?,
            timeout: read::optional(object, "timeout", read::unsigned)?,
            exclude_credentials: excluded.unwrap_or_default(),
            authenticator_selection: selection.unwrap_or_default(),
            attestation: attestation.unwrap_or(AttestationConveyancePreference::None),
        })
    }
}

impl Default for AuthenticatorSelectionCriteria {
    fn default() -> Self {
        Self {
            resident_key: Requirement::Discouraged,
            user_verification: Requirement::Preferred,
        }
    }
}

impl Serialize for PublicKeyCredentialParameters {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members {
            #[serde(rename = "type")]
            kind: &'static str,
            alg: i64,
        }
        Members {
            kind: "public-key",
            alg: self.alg,
        }
        .serialize(serializer)
    }
}

impl Serialize for PublicKeyCredentialDescriptorJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            #[serde(serialize_with = "base64url_string::serialize")]
            id: &'a [u8],
        }
        Members {
            kind: "public-key",
            id: &self.id,
        }
        .serialize(serializer)
    }
}

fn rp(object: &Object<'_>) -> Result<PublicKeyCredentialRpEntity, Invalid> {
    Ok(PublicKeyCredentialRpEntity {
        id: read::required(object, "id", RpId::from_value)?,
        name: read::required(object, "name", read::owned)?,
    })
}

fn user(object: &Object<'_>) -> Result<PublicKeyCredentialUserEntityJson, Invalid> {
    Ok(PublicKeyCredentialUserEntityJson {
        id: read::required(object, "id", user_handle)?,
        name: read::required(object, "name", read::owned)?,
        display_name: read::required(object, "displayName", read::owned)?,
    })
}

fn user_handle(value: &Value<'_>) -> Result<Vec<u8>, Invalid> {
    let handle = read::bytes(value)?;
    if (1..=64).contains(&handle.len()) {
        return Ok(handle);
    }
    Err(Invalid::value("must be 1 to 64 bytes"))
}

fn challenge(value: &Value<'_>) -> Result<Vec<u8>, Invalid> {
    let challenge = read::bytes(value)?;
    if (16..=1024).contains(&challenge.len()) {
        return Ok(challenge);
    }
    Err(Invalid::value("must be 16 to 1024 bytes"))
}

fn parameters(object: &Object<'_>) -> Result<PublicKeyCredentialParameters, Invalid> {
    public_key_type(object)?;
    let alg = read::required(object, "alg", |value| {
        value
            .as_i64()
            .ok_or(Invalid::kind("a COSE algorithm identifier"))
    })?;
    Ok(PublicKeyCredentialParameters { alg })
}

fn descriptor(object: &Object<'_>) -> Result<PublicKeyCredentialDescriptorJson, Invalid> {
    public_key_type(object)?;
    Ok(PublicKeyCredentialDescriptorJson {
        id: read::required(object, "id", read::bytes)?,
    })
}

fn selection(value: &Value<'_>) -> Result<AuthenticatorSelectionCriteria, Invalid> {
    let object = read::object(value)?;
    let default = AuthenticatorSelectionCriteria::default();
    let resident_key = read::optional(object, "residentKey", requirement)?;
    let user_verification = read::optional(object, "userVerification", requirement)?;
    Ok(AuthenticatorSelectionCriteria {
        resident_key: resident_key.unwrap_or(default.resident_key),
        user_verification: user_verification.unwrap_or(default.user_verification),
    })
}

fn requirement(value: &Value<'_>) -> Result<Requirement, Invalid> {
    match read::string(value)? {
        "required" => Ok(Requirement::Required),
        "preferred" => Ok(Requirement::Preferred),
        "discouraged" => Ok(Requirement::Discouraged),
        _ => Err(Invalid::value("must be required, preferred or discouraged")),
    }
}

fn conveyance(value: &Value<'_>) -> Result<AttestationConveyancePreference, Invalid> {
    match read::string(value)? {
        "none" => Ok(AttestationConveyancePreference::None),
        "indirect" => Ok(AttestationConveyancePreference::Indirect),
        "direct" => Ok(AttestationConveyancePreference::Direct),
        "enterprise" => Ok(AttestationConveyancePreference::Enterprise),
        _ => Err(Invalid::value(
            "must be none, indirect, direct or enterprise",
        )),
    }
}

/// The only credential type there is (§5.8.2).
pub(super) fn public_key_type(object: &Object<'_>) -> Result<(), Invalid> {
    read::required(object, "type", |value| match read::string(value)? {
        "public-key" => Ok(()),
        _ => Err(Invalid::value("must be \"public-key\"")),
    })
}
