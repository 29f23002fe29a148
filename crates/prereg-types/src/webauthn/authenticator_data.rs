//! Authenticator data (WebAuthn §6.1): what an authenticator signs.

use core::ops::BitOr;

use super::{Aaguid, CoseKey, Error};
use crate::cbor::{self, Map, Value};

/// The longest credential id (WebAuthn §5.8.3, §7.1 step "credentialId").
pub const MAX_CREDENTIAL_ID_BYTES: usize = 1023;

/// Authenticator data in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorData<'a> {
    /// SHA-256 of the RP ID.
    pub rp_id_hash: [u8; 32],
    /// The flags. [`Flags::AT`] and [`Flags::ED`] follow the two members below
    /// when this is encoded.
    pub flags: Flags,
    /// The signature counter.
    pub sign_count: u32,
    /// The new credential; absent in an assertion.
    pub attested_credential_data: Option<AttestedCredentialData<'a>>,
    /// Extension outputs.
    pub extensions: Option<Map<'a>>,
}

/// Attested credential data (WebAuthn §6.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttestedCredentialData<'a> {
    /// The authenticator's model.
    pub aaguid: Aaguid,
    /// The credential id: 1 to [`MAX_CREDENTIAL_ID_BYTES`] bytes.
    pub credential_id: &'a [u8],
    /// The credential public key.
    pub public_key: CoseKey,
}

/// The flags byte of authenticator data (WebAuthn §6.1). Reserved bits are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// User present.
    pub const UP: Self = Self(1 << 0);
    /// User verified.
    pub const UV: Self = Self(1 << 2);
    /// Backup eligible.
    pub const BE: Self = Self(1 << 3);
    /// Backed up at the moment.
    pub const BS: Self = Self(1 << 4);
    /// Attested credential data included.
    pub const AT: Self = Self(1 << 6);
    /// Extension data included.
    pub const ED: Self = Self(1 << 7);

    /// Whether all of `flags` are set.
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    const fn with(self, flag: Self, set: bool) -> Self {
        if set {
            Self(self.0 | flag.0)
        } else {
            Self(self.0 & !flag.0)
        }
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl<'a> AuthenticatorData<'a> {
    /// Reads authenticator data.
    ///
    /// Which flags must be set, and which may be set together, is for the caller
    /// to say; that the members fit the flags is checked here, so a missing AT
    /// flag shows as `attested_credential_data` being `None`.
    ///
    /// # Errors
    /// [`Error::CredentialIdLength`], [`Error::Truncated`],
    /// [`Error::TrailingBytes`], those of [`CoseKey::from_cbor`], and
    /// [`Error::Cbor`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut rest = bytes;
        let rp_id_hash = chunk(&mut rest)?;
        let [flags] = chunk(&mut rest)?;
        let flags = Flags(flags);
        let sign_count = u32::from_be_bytes(chunk(&mut rest)?);
        let attested_credential_data = flags
            .contains(Flags::AT)
            .then(|| AttestedCredentialData::read(&mut rest))
            .transpose()?;
        let extensions = flags
            .contains(Flags::ED)
            .then(|| extensions(&mut rest))
            .transpose()?;
        if !rest.is_empty() {
            return Err(Error::TrailingBytes);
        }
        Ok(Self {
            rp_id_hash,
            flags,
            sign_count,
            attested_credential_data,
            extensions,
        })
    }

    /// The bytes of authenticator data.
    ///
    /// # Errors
    /// [`Error::CredentialIdLength`] when the credential id does not fit the
    /// length field of 16 bits. A longer one than the specification allows is
    /// written, so that a faulty authenticator can be simulated.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let flags = self
            .flags
            .with(Flags::AT, self.attested_credential_data.is_some())
            .with(Flags::ED, self.extensions.is_some());
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(&self.rp_id_hash);
        out.push(flags.0);
        out.extend_from_slice(&self.sign_count.to_be_bytes());
        if let Some(attested) = &self.attested_credential_data {
            attested.write(&mut out)?;
        }
        if let Some(extensions) = &self.extensions {
            out.extend(Value::Map(extensions.clone()).encode());
        }
        Ok(out)
    }
}

impl<'a> AttestedCredentialData<'a> {
    fn read(rest: &mut &'a [u8]) -> Result<Self, Error> {
        let aaguid = Aaguid::from_bytes(chunk(rest)?);
        let len = usize::from(u16::from_be_bytes(chunk(rest)?));
        if len == 0 || len > MAX_CREDENTIAL_ID_BYTES {
            return Err(Error::CredentialIdLength);
        }
        let (credential_id, after) = rest.split_at_checked(len).ok_or(Error::Truncated)?;
        let (public_key, after) = cbor::parse_prefix(after)?;
        *rest = after;
        Ok(Self {
            aaguid,
            credential_id,
            public_key: CoseKey::from_cbor(&public_key)?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let len = u16::try_from(self.credential_id.len()).map_err(|_| Error::CredentialIdLength)?;
        out.extend_from_slice(self.aaguid.as_bytes());
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(self.credential_id);
        out.extend(self.public_key.to_cbor().encode());
        Ok(())
    }
}

fn extensions<'a>(rest: &mut &'a [u8]) -> Result<Map<'a>, Error> {
    let (value, after) = cbor::parse_prefix(rest)?;
    *rest = after;
    match value {
        Value::Map(map) => Ok(map),
        _ => Err(Error::WrongType("extensions")),
    }
}

fn chunk<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Error> {
    let (chunk, after) = rest.split_first_chunk().ok_or(Error::Truncated)?;
    *rest = after;
    Ok(*chunk)
}
