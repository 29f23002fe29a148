//! Credential public keys as `COSE_Key` (RFC 9052 §7, RFC 9053 §7.1.1).

use super::Error;
use crate::cbor::{Map, Value};

/// Labels of RFC 9052 §7.1 and RFC 9053 §7.1.1.
const KTY: i64 = 1;
const ALG: i64 = 3;
const CRV: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;

/// Key type EC2: x and y coordinate (RFC 9053 §7.1).
const EC2: i64 = 2;

/// What stands before the point in a `SubjectPublicKeyInfo` (RFC 5480 §2): two
/// sequences around `id-ecPublicKey` and the curve, and the head of the BIT STRING.
const SPKI_P256: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
    \x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
const SPKI_P384: &[u8] = b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
    \x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00";

/// A signature algorithm of the IANA COSE registry that credentials may use
/// (WebAuthn §5.8.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CoseAlgorithm {
    /// ECDSA with SHA-256 on P-256: −7.
    Es256,
    /// ECDSA with SHA-384 on P-384: −35.
    Es384,
}

impl CoseAlgorithm {
    /// The `COSEAlgorithmIdentifier`.
    pub const fn id(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::Es384 => -35,
        }
    }

    /// The algorithm of a `COSEAlgorithmIdentifier`, if it is one of ours.
    pub const fn from_id(id: i64) -> Option<Self> {
        match id {
            -7 => Some(Self::Es256),
            -35 => Some(Self::Es384),
            _ => None,
        }
    }

    /// The curve that WebAuthn §5.8.5 fixes for the algorithm (RFC 9053 §7.1).
    const fn curve(self) -> i64 {
        match self {
            Self::Es256 => 1,
            Self::Es384 => 2,
        }
    }
}

/// A credential public key on the wire: its coordinates have the right length,
/// but nobody has checked yet that they are a point of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoseKey {
    /// A key on P-256.
    Es256 {
        /// The x coordinate, big-endian.
        x: [u8; 32],
        /// The y coordinate, big-endian.
        y: [u8; 32],
    },
    /// A key on P-384.
    Es384 {
        /// The x coordinate, big-endian.
        x: [u8; 48],
        /// The y coordinate, big-endian.
        y: [u8; 48],
    },
}

impl CoseKey {
    /// The signature algorithm of the key.
    pub const fn algorithm(&self) -> CoseAlgorithm {
        match self {
            Self::Es256 { .. } => CoseAlgorithm::Es256,
            Self::Es384 { .. } => CoseAlgorithm::Es384,
        }
    }

    /// The x coordinate, big-endian: 32 or 48 bytes.
    pub const fn x(&self) -> &[u8] {
        match self {
            Self::Es256 { x, .. } => x,
            Self::Es384 { x, .. } => x,
        }
    }

    /// The y coordinate, big-endian: 32 or 48 bytes.
    pub const fn y(&self) -> &[u8] {
        match self {
            Self::Es256 { y, .. } => y,
            Self::Es384 { y, .. } => y,
        }
    }

    /// The uncompressed point of SEC 1 §2.3.3: 04 ‖ x ‖ y.
    pub fn to_sec1(&self) -> Vec<u8> {
        [&[4], self.x(), self.y()].concat()
    }

    /// The `SubjectPublicKeyInfo` in DER (RFC 5480 §2), which is what
    /// `getPublicKey()` of WebAuthn §5.2.1.1 returns.
    pub fn to_spki_der(&self) -> Vec<u8> {
        let head = match self {
            Self::Es256 { .. } => SPKI_P256,
            Self::Es384 { .. } => SPKI_P384,
        };
        [head, &self.to_sec1()].concat()
    }

    /// Reads a `COSE_Key` map.
    ///
    /// WebAuthn §6.5.1.1: the key carries `alg` and no optional parameter, and
    /// §5.8.5 forbids compressed points.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::WrongType`], [`Error::UnknownMember`],
    /// [`Error::KeyType`], [`Error::Algorithm`], [`Error::Curve`] or
    /// [`Error::CoordinateLength`].
    pub fn from_cbor(value: &Value<'_>) -> Result<Self, Error> {
        let map = value.as_map().ok_or(Error::WrongType("COSE_Key"))?;
        if integer(map, KTY, "kty")? != EC2 {
            return Err(Error::KeyType);
        }
        let algorithm =
            CoseAlgorithm::from_id(integer(map, ALG, "alg")?).ok_or(Error::Algorithm)?;
        if integer(map, CRV, "crv")? != algorithm.curve() {
            return Err(Error::Curve);
        }
        let key = match algorithm {
            CoseAlgorithm::Es256 => Self::Es256 {
                x: coordinate(map, X, "x")?,
                y: coordinate(map, Y, "y")?,
            },
            CoseAlgorithm::Es384 => Self::Es384 {
                x: coordinate(map, X, "x")?,
                y: coordinate(map, Y, "y")?,
            },
        };
        // The five members are there, so any other would be a sixth.
        if map.len() > 5 {
            return Err(Error::UnknownMember);
        }
        Ok(key)
    }

    /// The `COSE_Key` map, ready to be encoded.
    pub fn to_cbor(&self) -> Value<'_> {
        let mut map = Map::new();
        map.insert(KTY, Value::from(EC2));
        map.insert(ALG, Value::from(self.algorithm().id()));
        map.insert(CRV, Value::from(self.algorithm().curve()));
        map.insert(X, Value::Bytes(self.x()));
        map.insert(Y, Value::Bytes(self.y()));
        Value::Map(map)
    }
}

fn integer(map: &Map<'_>, label: i64, name: &'static str) -> Result<i64, Error> {
    let value = map.get(label).ok_or(Error::Missing(name))?;
    value.as_integer().ok_or(Error::WrongType(name))
}

fn coordinate<const N: usize>(
    map: &Map<'_>,
    label: i64,
    name: &'static str,
) -> Result<[u8; N], Error> {
    let value = map.get(label).ok_or(Error::Missing(name))?;
    let bytes = value.as_bytes().ok_or(Error::WrongType(name))?;
    bytes.try_into().map_err(|_| Error::CoordinateLength)
}
