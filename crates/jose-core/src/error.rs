//! Errors, sorted by who is to blame.

use core::fmt;

/// Why an operation was refused.
///
/// The variants name whose fault it is. A failed decryption and a failed
/// verification are one value each, so that nobody learns which step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The input breaks the grammar that its specification fixes.
    Malformed(Malformed),
    /// The input is well formed, but the caller's policy does not allow it.
    NotAllowed(NotAllowed),
    /// The key cannot serve: it is not a key of this curve, or not for this use.
    UnusableKey(UnusableKey),
    /// Decryption failed: one value for every cause (point, unwrap, tag).
    DecryptFailed,
    /// The signature does not verify: one value for every cause.
    SignatureInvalid,
    /// The random number generator failed or returned unusable output.
    RandomnessFailed,
    /// A key held elsewhere (a KMS, an HSM, another process) did not answer.
    KeyOperationFailed,
}

/// What is wrong with the input's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Malformed {
    /// Not base64url without padding in canonical form (RFC 7515 §2).
    Base64Url,
    /// Not strict JSON (RFC 8259, I-JSON RFC 7493).
    Json(JsonFault),
    /// Not the number of dot-separated segments that the compact form has.
    Segments,
    /// A member is missing; the name says which.
    Missing(&'static str),
    /// A member has the wrong JSON type or an impossible value.
    Member(&'static str),
    /// The encrypted key is not of the length its algorithm gives it.
    EncryptedKeyLength,
    /// The initialization vector is not 12 bytes (RFC 7518 §5.3).
    IvLength,
    /// The authentication tag is not 16 bytes (RFC 7518 §5.3).
    TagLength,
    /// The signature is not 96 bytes, r ‖ s (RFC 7518 §3.4).
    SignatureLength,
    /// Not PEM or DER of the structure expected.
    Pkix,
}

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonFault {
    /// Breaks the grammar, holds invalid UTF-8 or a lone surrogate.
    Syntax,
    /// An object names a member twice (RFC 7515 §4, RFC 7517 §4).
    DuplicateMember,
    /// Nested deeper than [`crate::json::MAX_DEPTH`].
    TooDeep,
    /// Another type stands where an object is due.
    NotAnObject,
}

/// What the caller's policy does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotAllowed {
    /// The token is longer than the policy's limit.
    TokenTooLong,
    /// The header is longer than the policy's limit.
    HeaderTooLong,
    /// `alg` is not one the caller allows.
    Algorithm,
    /// `enc` is not one the caller allows.
    ContentEncryption,
    /// A critical extension (`crit`, RFC 7515 §4.1.11): none is understood.
    CriticalExtension,
    /// Unencoded payloads (`b64`, RFC 7797).
    UnencodedPayload,
    /// Compression (`zip`): lengths would leak and plaintexts could explode.
    Compression,
    /// `typ` is not the one expected (RFC 8725 §3.11).
    Type,
    /// `cty` is not the one expected.
    ContentType,
    /// `kid` is required and missing.
    MissingKeyId,
    /// s is above n/2 and the policy asks for low s.
    HighS,
    /// A key agreement party value (`apu`, `apv`) longer than the limit.
    PartyInfoTooLong,
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnusableKey {
    /// `kty` is not `EC`.
    KeyType,
    /// `crv` is not `P-384`.
    Curve,
    /// A coordinate or the private value is not exactly 48 bytes (RFC 7518 §6.2.1.2).
    Length,
    /// Not a point of the curve, or the identity (SP 800-56A §5.6.2.3).
    NotOnCurve,
    /// The private value is zero or not below the order.
    PrivateValue,
    /// The private value does not belong to the public point.
    PairMismatch,
    /// A private member stands where only a public key may be.
    PrivateMember,
    /// A public key stands where a private key is due.
    NotPrivate,
    /// `use` does not allow this operation.
    Use,
    /// `key_ops` does not allow this operation, repeats a value or contradicts `use`.
    KeyOps,
    /// `alg` does not allow this operation.
    Algorithm,
    /// No key of the set has the `kid` asked for.
    UnknownKeyId,
    /// Two keys of the set have the same `kid`.
    DuplicateKeyId,
    /// The set holds more than one usable key and no `kid` chooses.
    AmbiguousKey,
    /// The key's `kid` is not the token's.
    KeyIdMismatch,
}

impl Error {
    /// A stable, lower-case code for programs, such as `malformed_base64url`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(what) => what.code(),
            Self::NotAllowed(what) => what.code(),
            Self::UnusableKey(why) => why.code(),
            Self::DecryptFailed => "decrypt_failed",
            Self::SignatureInvalid => "signature_invalid",
            Self::RandomnessFailed => "randomness_failed",
            Self::KeyOperationFailed => "key_operation_failed",
        }
    }
}

impl Malformed {
    const fn code(self) -> &'static str {
        match self {
            Self::Base64Url => "malformed_base64url",
            Self::Json(JsonFault::Syntax) => "malformed_json",
            Self::Json(JsonFault::DuplicateMember) => "malformed_json_duplicate_member",
            Self::Json(JsonFault::TooDeep) => "malformed_json_too_deep",
            Self::Json(JsonFault::NotAnObject) => "malformed_json_not_an_object",
            Self::Segments => "malformed_segments",
            Self::Missing(_) => "malformed_missing_member",
            Self::Member(_) => "malformed_member",
            Self::EncryptedKeyLength => "malformed_encrypted_key_length",
            Self::IvLength => "malformed_iv_length",
            Self::TagLength => "malformed_tag_length",
            Self::SignatureLength => "malformed_signature_length",
            Self::Pkix => "malformed_pkix",
        }
    }
}

impl NotAllowed {
    const fn code(self) -> &'static str {
        match self {
            Self::TokenTooLong => "not_allowed_token_too_long",
            Self::HeaderTooLong => "not_allowed_header_too_long",
            Self::Algorithm => "not_allowed_alg",
            Self::ContentEncryption => "not_allowed_enc",
            Self::CriticalExtension => "not_allowed_crit",
            Self::UnencodedPayload => "not_allowed_b64",
            Self::Compression => "not_allowed_zip",
            Self::Type => "not_allowed_typ",
            Self::ContentType => "not_allowed_cty",
            Self::MissingKeyId => "not_allowed_missing_kid",
            Self::HighS => "not_allowed_high_s",
            Self::PartyInfoTooLong => "not_allowed_party_info_too_long",
        }
    }
}

impl UnusableKey {
    const fn code(self) -> &'static str {
        match self {
            Self::KeyType => "unusable_key_kty",
            Self::Curve => "unusable_key_crv",
            Self::Length => "unusable_key_length",
            Self::NotOnCurve => "unusable_key_not_on_curve",
            Self::PrivateValue => "unusable_key_private_value",
            Self::PairMismatch => "unusable_key_pair_mismatch",
            Self::PrivateMember => "unusable_key_private_member",
            Self::NotPrivate => "unusable_key_not_private",
            Self::Use => "unusable_key_use",
            Self::KeyOps => "unusable_key_key_ops",
            Self::Algorithm => "unusable_key_alg",
            Self::UnknownKeyId => "unusable_key_unknown_kid",
            Self::DuplicateKeyId => "unusable_key_duplicate_kid",
            Self::AmbiguousKey => "unusable_key_ambiguous",
            Self::KeyIdMismatch => "unusable_key_kid_mismatch",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "malformed input: {what}"),
            Self::NotAllowed(what) => write!(f, "not allowed: {what}"),
            Self::UnusableKey(why) => write!(f, "unusable key: {why}"),
            Self::DecryptFailed => f.write_str("decryption failed"),
            Self::SignatureInvalid => f.write_str("the signature is not valid"),
            Self::RandomnessFailed => f.write_str("the random number generator failed"),
            Self::KeyOperationFailed => f.write_str("the external key did not answer"),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64Url => f.write_str("not canonical base64url without padding"),
            Self::Json(fault) => write!(f, "{fault}"),
            Self::Segments => f.write_str("wrong number of segments for the compact form"),
            Self::Missing(name) => write!(f, "member \"{name}\" is missing"),
            Self::Member(name) => write!(f, "member \"{name}\" has the wrong type or value"),
            Self::EncryptedKeyLength => f.write_str("the encrypted key has the wrong length"),
            Self::IvLength => f.write_str("the initialization vector is not 12 bytes"),
            Self::TagLength => f.write_str("the authentication tag is not 16 bytes"),
            Self::SignatureLength => f.write_str("the signature is not 96 bytes (r followed by s)"),
            Self::Pkix => f.write_str("not a P-384 key in PEM or DER (PKCS#8, SEC 1 or SPKI)"),
        }
    }
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "not valid JSON in UTF-8",
            Self::DuplicateMember => "a JSON object names a member twice",
            Self::TooDeep => "JSON nested too deep",
            Self::NotAnObject => "not a JSON object",
        })
    }
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TokenTooLong => "the token is longer than the limit",
            Self::HeaderTooLong => "the header is longer than the limit",
            Self::Algorithm => "this \"alg\" is not among the allowed ones",
            Self::ContentEncryption => "this \"enc\" is not among the allowed ones",
            Self::CriticalExtension => "critical extensions (\"crit\") are not supported",
            Self::UnencodedPayload => "unencoded payloads (\"b64\") are not supported",
            Self::Compression => "compression (\"zip\") is not supported",
            Self::Type => "\"typ\" is not the expected one",
            Self::ContentType => "\"cty\" is not the expected one",
            Self::MissingKeyId => "\"kid\" is required",
            Self::HighS => "the signature's s is in the upper half and low s is required",
            Self::PartyInfoTooLong => "\"apu\" or \"apv\" is longer than the limit",
        })
    }
}

impl fmt::Display for UnusableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyType => "\"kty\" is not \"EC\"",
            Self::Curve => "\"crv\" is not \"P-384\"",
            Self::Length => "\"x\", \"y\" and \"d\" must be exactly 48 bytes each",
            Self::NotOnCurve => "x and y are not a point of P-384",
            Self::PrivateValue => "the private value is zero or not below the group order",
            Self::PairMismatch => "\"d\" does not belong to x and y",
            Self::PrivateMember => "a private member stands in a public key",
            Self::NotPrivate => "a private key is needed and \"d\" is missing",
            Self::Use => "\"use\" does not allow this operation",
            Self::KeyOps => "\"key_ops\" does not allow this operation or is inconsistent",
            Self::Algorithm => "the key's \"alg\" does not allow this operation",
            Self::UnknownKeyId => "no key has this \"kid\"",
            Self::DuplicateKeyId => "two keys have the same \"kid\"",
            Self::AmbiguousKey => "several keys could serve and no \"kid\" chooses one",
            Self::KeyIdMismatch => "the key's \"kid\" is not the token's",
        })
    }
}

impl core::error::Error for Error {}

impl From<Malformed> for Error {
    fn from(what: Malformed) -> Self {
        Self::Malformed(what)
    }
}

impl From<JsonFault> for Error {
    fn from(fault: JsonFault) -> Self {
        Self::Malformed(Malformed::Json(fault))
    }
}

impl From<NotAllowed> for Error {
    fn from(what: NotAllowed) -> Self {
        Self::NotAllowed(what)
    }
}

impl From<UnusableKey> for Error {
    fn from(why: UnusableKey) -> Self {
        Self::UnusableKey(why)
    }
}
