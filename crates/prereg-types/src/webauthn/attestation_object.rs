//! Attestation objects (WebAuthn §6.5.4), formats `packed` (§8.2) and `none` (§8.7).

use super::{AuthenticatorData, Error};
use crate::cbor::{self, Map, Value};

/// An attestation object: authenticator data and a statement about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestationObject<'a> {
    /// `fmt` and `attStmt`.
    pub statement: AttestationStatement<'a>,
    /// `authData` as it was signed; [`AttestationObject::authenticator_data`]
    /// takes it apart.
    pub auth_data: &'a [u8],
}

/// An attestation statement in one of the formats we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttestationStatement<'a> {
    /// `none`: nothing is attested (§8.7).
    None,
    /// `packed` (§8.2).
    Packed(PackedStatement<'a>),
}

/// A packed attestation statement (WebAuthn §8.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedStatement<'a> {
    /// The `COSEAlgorithmIdentifier` of the attestation key; any number parses.
    pub alg: i64,
    /// The signature over authData ‖ clientDataHash.
    pub sig: &'a [u8],
    /// The attestation certificate and its chain, each in DER. `None` means
    /// self attestation: the credential key itself has signed.
    pub x5c: Option<Vec<&'a [u8]>>,
}

impl<'a> AttestationObject<'a> {
    /// Reads an attestation object; the authenticator data inside is left whole.
    ///
    /// # Errors
    /// [`Error::Format`] for another format, [`Error::Missing`],
    /// [`Error::WrongType`], [`Error::UnknownMember`] and [`Error::Cbor`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let value = cbor::parse(bytes)?;
        let map = value
            .as_map()
            .ok_or(Error::WrongType("attestationObject"))?;
        let fmt = required(map, "fmt")?
            .as_text()
            .ok_or(Error::WrongType("fmt"))?;
        let att_stmt = required(map, "attStmt")?
            .as_map()
            .ok_or(Error::WrongType("attStmt"))?;
        let auth_data = bytes_of(required(map, "authData")?, "authData")?;
        at_most(map, 3)?;
        let statement = match fmt {
            "none" => at_most(att_stmt, 0).map(|()| AttestationStatement::None)?,
            "packed" => AttestationStatement::Packed(PackedStatement::from_cbor(att_stmt)?),
            _ => return Err(Error::Format),
        };
        Ok(Self {
            statement,
            auth_data,
        })
    }

    /// Reads the authenticator data inside.
    ///
    /// # Errors
    /// Those of [`AuthenticatorData::parse`].
    pub fn authenticator_data(&self) -> Result<AuthenticatorData<'a>, Error> {
        AuthenticatorData::parse(self.auth_data)
    }

    /// The bytes of the attestation object.
    pub fn encode(&self) -> Vec<u8> {
        let mut map = Map::new();
        map.insert("fmt", Value::Text(self.statement.fmt()));
        map.insert("attStmt", Value::Map(self.statement.to_cbor()));
        map.insert("authData", Value::Bytes(self.auth_data));
        Value::Map(map).encode()
    }
}

impl<'a> AttestationStatement<'a> {
    /// The registered name of the format (WebAuthn §8.1).
    pub const fn fmt(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Packed(_) => "packed",
        }
    }

    fn to_cbor(&self) -> Map<'a> {
        match self {
            Self::None => Map::new(),
            Self::Packed(packed) => packed.to_cbor(),
        }
    }
}

impl<'a> PackedStatement<'a> {
    fn from_cbor(map: &Map<'a>) -> Result<Self, Error> {
        let alg = required(map, "alg")?
            .as_integer()
            .ok_or(Error::WrongType("alg"))?;
        let sig = bytes_of(required(map, "sig")?, "sig")?;
        let x5c = map.get("x5c").map(certificates).transpose()?;
        at_most(map, 2 + usize::from(x5c.is_some()))?;
        Ok(Self { alg, sig, x5c })
    }

    fn to_cbor(&self) -> Map<'a> {
        let mut map = Map::new();
        map.insert("alg", Value::from(self.alg));
        map.insert("sig", Value::Bytes(self.sig));
        if let Some(x5c) = &self.x5c {
            let certificates = x5c.iter().map(|der| Value::Bytes(der)).collect();
            map.insert("x5c", Value::Array(certificates));
        }
        map
    }
}

/// §8.2: `x5c: [ attestnCert: bytes, * (caCert: bytes) ]`, so never empty.
fn certificates<'a>(value: &Value<'a>) -> Result<Vec<&'a [u8]>, Error> {
    let items = value.as_array().ok_or(Error::WrongType("x5c"))?;
    if items.is_empty() {
        return Err(Error::Missing("attestnCert"));
    }
    items.iter().map(|item| bytes_of(item, "x5c")).collect()
}

fn required<'m, 'a>(map: &'m Map<'a>, name: &'static str) -> Result<&'m Value<'a>, Error> {
    map.get(name).ok_or(Error::Missing(name))
}

fn bytes_of<'a>(value: &Value<'a>, name: &'static str) -> Result<&'a [u8], Error> {
    value.as_bytes().ok_or(Error::WrongType(name))
}

/// The known members have been found, so more than `known` means an unknown one.
const fn at_most(map: &Map<'_>, known: usize) -> Result<(), Error> {
    if map.len() > known {
        Err(Error::UnknownMember)
    } else {
        Ok(())
    }
}
