//! The algorithms, one table per registry (RFC 7518 §3.1, §4.1, §5.1).

/// How the content encryption key is agreed (`alg` of a JWE, RFC 7518 §4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyManagement {
    /// `ECDH-ES`: the agreed key encrypts the content directly.
    EcdhEs,
    /// `ECDH-ES+A128KW`: the agreed key wraps a random content key.
    EcdhEsA128Kw,
    /// `ECDH-ES+A192KW`
    EcdhEsA192Kw,
    /// `ECDH-ES+A256KW`
    EcdhEsA256Kw,
}

/// How the content is encrypted (`enc` of a JWE, RFC 7518 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentEncryption {
    /// `A128GCM`
    A128Gcm,
    /// `A192GCM`
    A192Gcm,
    /// `A256GCM`
    A256Gcm,
}

/// How a JWS is signed (`alg` of a JWS, RFC 7518 §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// `ES384`: ECDSA on P-384 with SHA-384.
    Es384,
}

impl KeyManagement {
    /// Every key management algorithm of this crate.
    pub const ALL: [Self; 4] = [
        Self::EcdhEs,
        Self::EcdhEsA128Kw,
        Self::EcdhEsA192Kw,
        Self::EcdhEsA256Kw,
    ];

    /// The registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA128Kw => "ECDH-ES+A128KW",
            Self::EcdhEsA192Kw => "ECDH-ES+A192KW",
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
        }
    }

    /// The algorithm of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.name() == name)
    }

    /// Bytes of the key wrapping key, or none where the agreement is direct.
    pub const fn wrapping_key_bytes(self) -> Option<usize> {
        match self {
            Self::EcdhEs => None,
            Self::EcdhEsA128Kw => Some(16),
            Self::EcdhEsA192Kw => Some(24),
            Self::EcdhEsA256Kw => Some(32),
        }
    }
}

impl ContentEncryption {
    /// Every content encryption algorithm of this crate.
    pub const ALL: [Self; 3] = [Self::A128Gcm, Self::A192Gcm, Self::A256Gcm];

    /// The registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A192Gcm => "A192GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    /// The algorithm of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|enc| enc.name() == name)
    }

    /// Bytes of the content encryption key.
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A256Gcm => 32,
        }
    }
}

impl SignatureAlgorithm {
    /// Every signature algorithm of this crate.
    pub const ALL: [Self; 1] = [Self::Es384];

    /// The registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es384 => "ES384",
        }
    }

    /// The algorithm of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.name() == name)
    }
}
