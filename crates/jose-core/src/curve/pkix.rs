//! Keys in their ASN.1 forms: `SubjectPublicKeyInfo`, PKCS#8, SEC 1.

use p384::pkcs8::der::asn1::AnyRef;
use p384::pkcs8::{Document, PrivateKeyInfoRef, SecretDocument, SubjectPublicKeyInfoRef};
use p384::{PublicKey, SecretKey};
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

use super::{Point, SecretScalar};
use crate::error::{Error, Malformed};

impl Point {
    /// Reads a `SubjectPublicKeyInfo`: an uncompressed or compressed point. The
    /// library also takes "compact" points, which RFC 5480 §2.2 refuses.
    pub(crate) fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        let info = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| Malformed::Pkix)?;
        let octets = info.subject_public_key.as_bytes();
        match octets.and_then(<[u8]>::first) {
            Some(2..=4) => {}
            _ => return Err(Malformed::Pkix.into()),
        }
        let key = PublicKey::try_from(info).map_err(|_| Malformed::Pkix)?;
        Self::from_rustcrypto(&key)
    }

    pub(crate) fn from_spki_pem(pem: &str) -> Result<Self, Error> {
        let (label, document) = Document::from_pem(pem).map_err(|_| Malformed::Pkix)?;
        match label {
            "PUBLIC KEY" => Self::from_spki_der(document.as_bytes()),
            _ => Err(Malformed::Pkix.into()),
        }
    }
}

impl SecretScalar {
    /// Reads PKCS#8; a public key beside the private one must belong to it.
    pub(crate) fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        let info = PrivateKeyInfoRef::try_from(der).map_err(|_| Malformed::Pkix)?;
        check_private_length(info.private_key.as_bytes())?;
        let public = info.public_key;
        let key = SecretKey::try_from(info).map_err(|_| Malformed::Pkix)?;
        let scalar = Self::from_rustcrypto(&key)?;
        if let Some(public) = public {
            let stated = public
                .as_bytes()
                .and_then(|octets| Point::from_uncompressed(octets).ok());
            if stated != Some(scalar.point()) {
                return Err(Malformed::Pkix.into());
            }
        }
        Ok(scalar)
    }

    /// Reads an `ECPrivateKey`, which by itself must name its curve (RFC 5915 §3).
    pub(crate) fn from_sec1_der(der: &[u8]) -> Result<Self, Error> {
        check_private_length(der)?;
        let parsed = EcPrivateKey::try_from(der).map_err(|_| Malformed::Pkix)?;
        if parsed.parameters.is_none() {
            return Err(Malformed::Pkix.into());
        }
        let key = SecretKey::from_sec1_der(der).map_err(|_| Malformed::Pkix)?;
        Self::from_rustcrypto(&key)
    }

    /// PKCS#8 ("PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY").
    pub(crate) fn from_pem(pem: &str) -> Result<Self, Error> {
        let (label, document) = SecretDocument::from_pem(pem).map_err(|_| Malformed::Pkix)?;
        match label {
            "PRIVATE KEY" => Self::from_pkcs8_der(document.as_bytes()),
            "EC PRIVATE KEY" => Self::from_sec1_der(document.as_bytes()),
            _ => Err(Malformed::Pkix.into()),
        }
    }

    fn from_rustcrypto(key: &SecretKey) -> Result<Self, Error> {
        let bytes: Zeroizing<[u8; 48]> = Zeroizing::new(key.to_bytes().into());
        Self::from_bytes(&*bytes)
    }
}

/// An `ECPrivateKey` holds all 48 bytes of its scalar (RFC 5915 §3); the library
/// would pad a shorter one. The body begins with version 1 and the octet string.
fn check_private_length(der: &[u8]) -> Result<(), Error> {
    let body = AnyRef::try_from(der).map_err(|_| Malformed::Pkix)?;
    if body.value().starts_with(&[0x02, 0x01, 0x01, 0x04, 0x30]) {
        Ok(())
    } else {
        Err(Malformed::Pkix.into())
    }
}
