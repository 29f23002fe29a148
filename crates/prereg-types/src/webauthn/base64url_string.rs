//! `Base64URLString` (WebAuthn §5.1.8): bytes that JSON carries in base64url.

use jose_core::base64url;
use serde::Serializer;

/// For `#[serde(serialize_with = "…")]`.
pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&base64url::encode(bytes))
}

/// The same for a member that may be absent.
#[expect(
    clippy::ref_option,
    reason = "serde's serialize_with passes the field by reference"
)]
pub(super) fn serialize_optional<S: Serializer>(
    bytes: &Option<Vec<u8>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match bytes {
        Some(bytes) => serialize(bytes, serializer),
        None => serializer.serialize_none(),
    }
}
