//! What a caller allows. Nothing is allowed by default: the algorithms are
//! always stated, and never taken from the token (RFC 8725 §3.1).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::alg::{ContentEncryption, KeyManagement, SignatureAlgorithm};
use crate::error::{Error, NotAllowed};

/// Sizes checked before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole token; 256 KiB by default.
    pub token_bytes: usize,
    /// Characters of the encoded header; 8 KiB by default.
    pub header_bytes: usize,
    /// Bytes of `apu` and of `apv` each; 1 KiB by default.
    pub party_info_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            token_bytes: 256 * 1024,
            header_bytes: 8 * 1024,
            party_info_bytes: 1024,
        }
    }
}

/// What a recipient of encrypted tokens allows.
#[derive(Clone, Debug)]
pub struct DecryptPolicy {
    key_management: Vec<KeyManagement>,
    content: Vec<ContentEncryption>,
    expected: Expected,
    pub(crate) limits: Limits,
}

/// What a verifier of signed tokens allows.
#[derive(Clone, Debug)]
pub struct VerifyPolicy {
    algorithms: Vec<SignatureAlgorithm>,
    expected: Expected,
    low_s: bool,
    pub(crate) limits: Limits,
}

/// Header members that must have certain values.
#[derive(Clone, Debug, Default)]
struct Expected {
    kid: bool,
    typ: Option<String>,
    cty: Vec<String>,
}

impl DecryptPolicy {
    /// Allows these algorithms and nothing else.
    pub fn new(key_management: &[KeyManagement], content: &[ContentEncryption]) -> Self {
        Self {
            key_management: key_management.to_vec(),
            content: content.to_vec(),
            expected: Expected::default(),
            limits: Limits::default(),
        }
    }

    /// Refuses tokens without `kid`.
    #[must_use]
    pub const fn require_kid(mut self) -> Self {
        self.expected.kid = true;
        self
    }

    /// Refuses tokens whose `typ` is not this media type (RFC 7515 §4.1.9).
    #[must_use]
    pub fn with_typ(mut self, typ: &str) -> Self {
        self.expected.typ = Some(typ.to_string());
        self
    }

    /// Refuses tokens whose `cty` is not one of these (RFC 7516 §4.1.12).
    #[must_use]
    pub fn with_cty(mut self, cty: &[&str]) -> Self {
        self.expected.cty = cty.iter().map(ToString::to_string).collect();
        self
    }

    /// Other limits than the default ones.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    pub(crate) fn key_management(&self, name: &str) -> Result<KeyManagement, Error> {
        let known = KeyManagement::from_name(name);
        known
            .filter(|alg| self.key_management.contains(alg))
            .ok_or(NotAllowed::Algorithm.into())
    }

    pub(crate) fn content_encryption(&self, name: &str) -> Result<ContentEncryption, Error> {
        let known = ContentEncryption::from_name(name);
        known
            .filter(|enc| self.content.contains(enc))
            .ok_or(NotAllowed::ContentEncryption.into())
    }

    pub(crate) fn check(&self, common: &crate::header::Common) -> Result<(), Error> {
        self.expected.check(common)
    }
}

impl VerifyPolicy {
    /// Allows these algorithms and nothing else.
    pub fn new(algorithms: &[SignatureAlgorithm]) -> Self {
        Self {
            algorithms: algorithms.to_vec(),
            expected: Expected::default(),
            low_s: false,
            limits: Limits::default(),
        }
    }

    /// Refuses tokens without `kid`.
    #[must_use]
    pub const fn require_kid(mut self) -> Self {
        self.expected.kid = true;
        self
    }

    /// Refuses tokens whose `typ` is not this media type (RFC 8725 §3.11).
    #[must_use]
    pub fn with_typ(mut self, typ: &str) -> Self {
        self.expected.typ = Some(typ.to_string());
        self
    }

    /// Refuses signatures with s above n/2. ECDSA and RFC 7518 allow both
    /// halves, so the default accepts them for interoperability.
    #[must_use]
    pub const fn require_low_s(mut self) -> Self {
        self.low_s = true;
        self
    }

    /// Other limits than the default ones.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    pub(crate) const fn low_s(&self) -> bool {
        self.low_s
    }

    pub(crate) fn algorithm(&self, name: &str) -> Result<SignatureAlgorithm, Error> {
        let known = SignatureAlgorithm::from_name(name);
        known
            .filter(|alg| self.algorithms.contains(alg))
            .ok_or(NotAllowed::Algorithm.into())
    }

    pub(crate) fn check(&self, common: &crate::header::Common) -> Result<(), Error> {
        self.expected.check(common)
    }
}

impl Expected {
    fn check(&self, header: &crate::header::Common) -> Result<(), Error> {
        if self.kid && header.kid().is_none() {
            return Err(NotAllowed::MissingKeyId.into());
        }
        let is = |value: Option<&str>, expected: &str| {
            value.is_some_and(|value| same_media_type(value, expected))
        };
        if let Some(typ) = &self.typ
            && !is(header.typ(), typ)
        {
            return Err(NotAllowed::Type.into());
        }
        if !self.cty.is_empty() && !self.cty.iter().any(|cty| is(header.cty(), cty)) {
            return Err(NotAllowed::ContentType.into());
        }
        Ok(())
    }
}

/// Compares media types without regard to case; a value without a slash stands
/// for one below `application/` (RFC 7515 §4.1.9).
pub(crate) fn same_media_type(one: &str, other: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = |name| {
        let (prefix, rest) = str::split_at_checked(name, PREFIX.len()).unwrap_or_default();
        let shortened = prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/');
        if shortened { rest } else { name }
    };
    short(one).eq_ignore_ascii_case(short(other))
}
