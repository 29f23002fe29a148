//! JWK thumbprints (RFC 7638).

use alloc::string::String;
use core::fmt;

use sha2::{Digest, Sha256};

use crate::base64url;
use crate::curve::Point;
use crate::json;

/// The SHA-256 thumbprint of a key (RFC 7638 §3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The thumbprint of a public point.
    pub fn of(point: &Point) -> Self {
        let mut text = String::with_capacity(180);
        text.push('{');
        write_point(point, &mut text);
        text.push('}');
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The bytes in base64url, as `jkt` confirmation members carry them (RFC 9449 §6.1).
    pub fn to_base64url(&self) -> String {
        base64url::encode(&self.0)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64url())
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

/// The required members of a public EC key in lexicographic order (RFC 7638 §3.2).
pub(super) fn write_point(point: &Point, out: &mut String) {
    let (x, y) = point.coordinates();
    json::write_member("crv", "P-384", out);
    json::write_member("kty", "EC", out);
    for (name, coordinate) in [("x", x), ("y", y)] {
        json::write_name(name, out);
        out.push('"');
        base64url::encode_to(&coordinate, out);
        out.push('"');
    }
}
