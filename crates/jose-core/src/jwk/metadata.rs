//! What a key says about itself beside its point: `kid`, `use`, `key_ops`, `alg`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::alg::{KeyManagement, SignatureAlgorithm};
use crate::error::{Error, Malformed, UnusableKey};
use crate::json::{self, Object, Value};

/// What a key is for (`use`, RFC 7517 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// `sig`
    Sig,
    /// `enc`
    Enc,
}

/// What is about to be done with a key; checked against `use`, `key_ops` and `alg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOperation {
    /// Sign with the private key.
    Sign,
    /// Verify with the public key.
    Verify,
    /// Agree on a key as the sender, with the recipient's public key.
    Encrypt,
    /// Agree on a key as the recipient, with the own private key.
    Decrypt,
}

/// The metadata of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) kid: Option<String>,
    pub(super) key_use: Option<KeyUse>,
    pub(super) key_ops: Option<Vec<String>>,
    pub(super) alg: Option<String>,
}

impl KeyUse {
    /// The registered value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sig => "sig",
            Self::Enc => "enc",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Sig, Self::Enc]
            .into_iter()
            .find(|key_use| key_use.name() == name)
    }
}

impl KeyOperation {
    const fn key_use(self) -> KeyUse {
        match self {
            Self::Sign | Self::Verify => KeyUse::Sig,
            Self::Encrypt | Self::Decrypt => KeyUse::Enc,
        }
    }

    /// The `key_ops` values of which one must be there (RFC 7517 §4.3).
    const fn key_ops(self) -> &'static [&'static str] {
        match self {
            Self::Sign => &["sign"],
            Self::Verify => &["verify"],
            Self::Encrypt | Self::Decrypt => &["deriveKey", "deriveBits"],
        }
    }

    fn allowed_by(self, ops: &[String]) -> bool {
        // Web Cryptography §24.4 gives every public ECDH key an empty list and
        // exports it so; agreeing with such a key is what it is for.
        (self == Self::Encrypt && ops.is_empty())
            || self
                .key_ops()
                .iter()
                .any(|op| ops.iter().any(|allowed| allowed == op))
    }
}

impl Metadata {
    /// Reads the members that are there.
    pub(super) fn read(object: &Object<'_>) -> Result<Self, Error> {
        check_certificates(object)?;
        let key_use = match object.optional_str("use")? {
            Some(name) => Some(KeyUse::from_name(name).ok_or(UnusableKey::Use)?),
            None => None,
        };
        Ok(Self {
            kid: object.optional_str("kid")?.map(ToString::to_string),
            key_use,
            key_ops: key_ops(object, key_use)?,
            alg: object.optional_str("alg")?.map(ToString::to_string),
        })
    }

    /// Appends the members that are there to an object under construction.
    pub(super) fn write(&self, out: &mut String) {
        if let Some(alg) = &self.alg {
            json::write_member("alg", alg, out);
        }
        if let Some(ops) = &self.key_ops {
            json::write_name("key_ops", out);
            for (index, op) in ops.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                json::write_string(op, out);
            }
            out.push_str(if ops.is_empty() { "[]" } else { "]" });
        }
        if let Some(kid) = &self.kid {
            json::write_member("kid", kid, out);
        }
        if let Some(key_use) = self.key_use {
            json::write_member("use", key_use.name(), out);
        }
    }

    /// Whether `use`, `key_ops` and `alg`, where present, allow an operation.
    pub(super) fn permits(&self, operation: KeyOperation) -> Result<(), Error> {
        if self
            .key_use
            .is_some_and(|key_use| key_use != operation.key_use())
        {
            return Err(UnusableKey::Use.into());
        }
        if self
            .key_ops
            .as_ref()
            .is_some_and(|ops| !operation.allowed_by(ops))
        {
            return Err(UnusableKey::KeyOps.into());
        }
        match &self.alg {
            Some(alg) if algorithm_use(alg) != Some(operation.key_use()) => {
                Err(UnusableKey::Algorithm.into())
            }
            _ => Ok(()),
        }
    }

    /// The metadata of a private key's public half: who signs with the one
    /// verifies with the other.
    pub(super) fn of_public_half(&self) -> Self {
        let key_ops = self.key_ops.as_ref().map(|ops| {
            let mut public: Vec<String> = Vec::with_capacity(ops.len());
            for op in ops.iter().map(|op| public_operation(op)) {
                if !public.iter().any(|known| known == op) {
                    public.push(op.to_string());
                }
            }
            public
        });
        Self {
            key_ops,
            ..self.clone()
        }
    }
}

fn public_operation(op: &str) -> &str {
    match op {
        "sign" => "verify",
        "decrypt" => "encrypt",
        "unwrapKey" => "wrapKey",
        other => other,
    }
}

/// Certificates and pointers to them are never used, but have the types of RFC
/// 7517 §4.6 to §4.9.
pub(crate) fn check_certificates(object: &Object<'_>) -> Result<(), Error> {
    for name in ["x5u", "x5t", "x5t#S256"] {
        object.optional_str(name)?;
    }
    let strings = |values: &[Value<'_>]| {
        !values.is_empty() && values.iter().all(|value| value.as_str().is_some())
    };
    match object.get("x5c").map(Value::as_array) {
        None => Ok(()),
        Some(Some(values)) if strings(values) => Ok(()),
        Some(_) => Err(Malformed::Member("x5c").into()),
    }
}

/// `key_ops`: strings without repetition, consistent with `use` (RFC 7517 §4.3).
/// Values outside the registry are allowed there and contradict nothing.
fn key_ops(object: &Object<'_>, key_use: Option<KeyUse>) -> Result<Option<Vec<String>>, Error> {
    let Some(value) = object.get("key_ops") else {
        return Ok(None);
    };
    let elements = value.as_array().ok_or(Malformed::Member("key_ops"))?;
    let ops = elements
        .iter()
        .map(|element| element.as_str().ok_or(Malformed::Member("key_ops")))
        .collect::<Result<Vec<&str>, _>>()?;
    let contradicts = |op: &&str| {
        let implied = operation_use(op);
        implied.is_some() && key_use.is_some() && implied != key_use
    };
    if ops.iter().any(contradicts) || json::repeats(ops.iter().copied()) {
        return Err(UnusableKey::KeyOps.into());
    }
    Ok(Some(ops.into_iter().map(ToString::to_string).collect()))
}

fn operation_use(op: &str) -> Option<KeyUse> {
    match op {
        "sign" | "verify" => Some(KeyUse::Sig),
        "encrypt" | "decrypt" | "wrapKey" | "unwrapKey" | "deriveKey" | "deriveBits" => {
            Some(KeyUse::Enc)
        }
        _ => None,
    }
}

fn algorithm_use(alg: &str) -> Option<KeyUse> {
    if SignatureAlgorithm::from_name(alg).is_some() {
        Some(KeyUse::Sig)
    } else {
        KeyManagement::from_name(alg).map(|_| KeyUse::Enc)
    }
}
