//! The sender's side (RFC 7516 §5.1).

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::content::{self, IV_BYTES};
use super::key_wrap::{self, OVERHEAD, Wrapped};
use crate::alg::{ContentEncryption, KeyManagement};
use crate::base64url;
use crate::curve::{Agreement, Backend, EphemeralScalar, FIELD_BYTES, Level, Point, PreparedPoint};
use crate::error::{Error, UnusableKey};
use crate::json;
use crate::jwk::{KeyOperation, PublicJwk};
use crate::kdf;
use crate::secret::{SharedSecret, SymmetricKey, wipe_all};

/// A recipient's public key prepared for encryption; cheap to clone, `Send + Sync`.
#[derive(Clone, Debug)]
pub struct Recipient(Arc<Prepared>);

#[derive(Debug)]
struct Prepared {
    point: PreparedPoint,
    kid: Option<String>,
    alg: Option<KeyManagement>,
}

/// What a sender puts into the header beside `epk` and the recipient's `kid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptHeader {
    alg: KeyManagement,
    enc: ContentEncryption,
    typ: Option<String>,
    cty: Option<String>,
    apu: Option<Vec<u8>>,
    apv: Option<Vec<u8>>,
}

impl EncryptHeader {
    /// A header with these algorithms and nothing else.
    pub const fn new(alg: KeyManagement, enc: ContentEncryption) -> Self {
        Self {
            alg,
            enc,
            typ: None,
            cty: None,
            apu: None,
            apv: None,
        }
    }

    /// Adds the token's media type (`typ`).
    #[must_use]
    pub fn with_typ(mut self, typ: &str) -> Self {
        self.typ = Some(typ.to_string());
        self
    }

    /// Adds the plaintext's media type (`cty`).
    #[must_use]
    pub fn with_cty(mut self, cty: &str) -> Self {
        self.cty = Some(cty.to_string());
        self
    }

    /// Adds the sender's party information (`apu`), bound into the key.
    #[must_use]
    pub fn with_apu(mut self, apu: &[u8]) -> Self {
        self.apu = Some(apu.to_vec());
        self
    }

    /// Adds the recipient's party information (`apv`), bound into the key.
    #[must_use]
    pub fn with_apv(mut self, apv: &[u8]) -> Self {
        self.apv = Some(apv.to_vec());
        self
    }

    pub(crate) fn cty(&self) -> Option<&str> {
        self.cty.as_deref()
    }

    /// The JSON text, `epk` first as in Okta's published examples.
    fn write_json(&self, epk: &Point, kid: Option<&str>, out: &mut String) {
        out.push_str(r#"{"epk":{"kty":"EC","crv":"P-384""#);
        let (x, y) = epk.coordinates();
        for (name, coordinate) in [("x", x), ("y", y)] {
            write_bytes(name, &coordinate, out);
        }
        out.push('}');
        json::write_member("alg", self.alg.name(), out);
        json::write_member("enc", self.enc.name(), out);
        for (name, value) in [
            ("kid", kid),
            ("typ", self.typ.as_deref()),
            ("cty", self.cty()),
        ] {
            if let Some(value) = value {
                json::write_member(name, value, out);
            }
        }
        for (name, value) in [("apu", &self.apu), ("apv", &self.apv)] {
            if let Some(value) = value {
                write_bytes(name, value, out);
            }
        }
        out.push('}');
    }
}

impl Recipient {
    /// Prepares a recipient's key; see [`Level`] for what to ask. From
    /// [`Level::Many`] on it makes no difference.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] where `use`, `key_ops` or `alg` is not for key agreement.
    pub fn prepare(key: &PublicJwk, level: Level, backend: Backend) -> Result<Self, Error> {
        key.permits(KeyOperation::Encrypt)?;
        // A sender reads whole windows, to hide its digits: those of the largest
        // table cost more than the additions that they save.
        let level = level.min(Level::Many);
        Ok(Self(Arc::new(Prepared {
            point: PreparedPoint::prepare(key.point(), level, backend),
            kid: key.kid().map(ToString::to_string),
            alg: key.key_management(),
        })))
    }

    /// The key id that goes into the headers.
    pub fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// The point that was prepared.
    pub fn point(&self) -> &Point {
        self.0.point.point()
    }

    /// Encrypts a plaintext into a compact token.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`], or [`UnusableKey::Algorithm`] where the
    /// key's `alg` is another one than the header asks for.
    pub fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        plaintext: &[u8],
        header: &EncryptHeader,
        rng: &mut R,
    ) -> Result<String, Error> {
        let mut token = room_for(plaintext);
        self.encrypt_into(plaintext, header, rng, &mut token)?;
        Ok(token)
    }

    /// As [`Self::encrypt`], in place of what `token` holds. Allocates nothing
    /// where `token` has room for the token, and neither `kid` nor the header's
    /// members are unusually long.
    ///
    /// # Errors
    /// As [`Self::encrypt`]; then `token` is empty.
    pub fn encrypt_into<R: TryCryptoRng + ?Sized>(
        &self,
        plaintext: &[u8],
        header: &EncryptHeader,
        rng: &mut R,
        token: &mut String,
    ) -> Result<(), Error> {
        token.clear();
        self.permits(header)?;
        let fresh = Fresh::draw(header, rng)?;
        let agreement = self.0.point.send(&fresh.ephemeral)?;
        self.seal(plaintext, header, &agreement, &fresh, token)
    }

    /// Whether the key is for that header's algorithm.
    pub(super) fn permits(&self, header: &EncryptHeader) -> Result<(), Error> {
        if self.0.alg.is_some_and(|alg| alg != header.alg) {
            return Err(UnusableKey::Algorithm.into());
        }
        Ok(())
    }

    pub(super) fn prepared(&self) -> &PreparedPoint {
        &self.0.point
    }

    /// Encrypts under what was agreed with an ephemeral scalar.
    pub(super) fn seal_new(
        &self,
        plaintext: &[u8],
        header: &EncryptHeader,
        agreement: &Agreement,
        fresh: &Fresh,
    ) -> Result<String, Error> {
        let mut token = room_for(plaintext);
        self.seal(plaintext, header, agreement, fresh, &mut token)?;
        Ok(token)
    }

    /// The same, into an empty string.
    fn seal(
        &self,
        plaintext: &[u8],
        header: &EncryptHeader,
        (epk, z): &Agreement,
        fresh: &Fresh,
        token: &mut String,
    ) -> Result<(), Error> {
        let (cek, wrapped) = content_key(header, z, fresh)?;
        header.write_json(epk, self.kid(), token);
        // All the room at once: a buffer that grows leaves copies behind.
        let length = base64url::encoded_len(token.len()) + base64url::encoded_len(plaintext.len());
        token.reserve_exact((length + OVERHEAD_CHARACTERS).saturating_sub(token.len()));
        let mut bytes = core::mem::take(token).into_bytes();
        base64url::encode_tail(&mut bytes, 0);
        let aad = bytes.len();
        let wrapped = wrapped.get(..wrapped_bytes(header)).unwrap_or_default();
        for segment in [wrapped, &fresh.iv] {
            bytes.push(b'.');
            base64url::append(segment, &mut bytes);
        }
        bytes.push(b'.');
        let start = bytes.len();
        bytes.extend_from_slice(plaintext);
        let (before, text) = bytes.split_at_mut(start);
        let aad = before.get(..aad).unwrap_or_default();
        let Ok(tag) = content::seal(header.enc, cek.expose(), &fresh.iv, aad, text) else {
            wipe_all(&mut bytes);
            return Err(Error::KeyOperationFailed);
        };
        base64url::encode_tail(&mut bytes, start);
        bytes.push(b'.');
        base64url::append(&tag, &mut bytes);
        // Base64url and dots.
        *token = String::from_utf8(bytes).unwrap_or_default();
        Ok(())
    }
}

/// An empty string with room for an ordinary token.
fn room_for(plaintext: &[u8]) -> String {
    String::with_capacity(base64url::encoded_len(plaintext.len()) + 640)
}

/// Four dots, the longest wrapped key, IV and tag.
const OVERHEAD_CHARACTERS: usize = 4 + 54 + 16 + 22;

/// What is random in one token, drawn at once.
pub(super) struct Fresh {
    pub(super) ephemeral: EphemeralScalar,
    /// The content key where one is wrapped.
    cek: SymmetricKey,
    iv: [u8; IV_BYTES],
}

/// Bytes for an ephemeral scalar, a content key and an IV.
const FRESH_BYTES: usize = FIELD_BYTES + 32 + IV_BYTES;

impl Fresh {
    /// How many bytes a token with that header needs: those of a content key only
    /// where one is wrapped.
    pub(super) const fn bytes(header: &EncryptHeader) -> usize {
        let cek = match header.alg.wrapping_key_bytes() {
            Some(_) => header.enc.key_bytes(),
            None => 0,
        };
        FIELD_BYTES + cek + IV_BYTES
    }

    pub(super) fn draw<R: TryCryptoRng + ?Sized>(
        header: &EncryptHeader,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; FRESH_BYTES]);
        let bytes = bytes.get_mut(..Self::bytes(header)).unwrap_or_default();
        rng.try_fill_bytes(bytes)
            .map_err(|_| Error::RandomnessFailed)?;
        Self::from_random(bytes, rng)
    }

    /// Cuts random bytes up. All zero means a generator that did not write: by
    /// chance it happens to an IV once in 2^96.
    pub(super) fn from_random<R: TryCryptoRng + ?Sized>(
        bytes: &[u8],
        rng: &mut R,
    ) -> Result<Self, Error> {
        let parts = bytes.split_first_chunk().and_then(|(scalar, rest)| {
            let (cek, iv) = rest.split_last_chunk()?;
            Some((scalar, cek, *iv))
        });
        let (scalar, key, iv) = parts.ok_or(Error::RandomnessFailed)?;
        let is_zero = |bytes: &[u8]| bytes.iter().fold(0, |seen, byte| seen | byte) == 0;
        if is_zero(&iv) || (!key.is_empty() && is_zero(key)) {
            return Err(Error::RandomnessFailed);
        }
        let mut cek = SymmetricKey::zeroed(key.len());
        cek.expose_mut().copy_from_slice(key);
        let ephemeral = EphemeralScalar::from_random(scalar, rng)?;
        Ok(Self { ephemeral, cek, iv })
    }
}

/// The content key and what the token carries of it: nothing for direct
/// agreement, else a random key wrapped (RFC 7518 §4.6).
fn content_key(
    header: &EncryptHeader,
    z: &SharedSecret,
    fresh: &Fresh,
) -> Result<(SymmetricKey, Wrapped), Error> {
    let party_u = header.apu.as_deref().unwrap_or_default();
    let party_v = header.apv.as_deref().unwrap_or_default();
    let agreed = kdf::derive(z, header.alg, header.enc, party_u, party_v);
    if header.alg.wrapping_key_bytes().is_none() {
        return Ok((agreed, [0; _]));
    }
    let wrapped = key_wrap::wrap(agreed.expose(), fresh.cek.expose())?;
    Ok((fresh.cek.clone(), wrapped))
}

/// How many bytes of a wrapped key the token carries.
const fn wrapped_bytes(header: &EncryptHeader) -> usize {
    match header.alg.wrapping_key_bytes() {
        Some(_) => header.enc.key_bytes() + OVERHEAD,
        None => 0,
    }
}

fn write_bytes(name: &str, bytes: &[u8], out: &mut String) {
    json::write_name(name, out);
    out.push('"');
    base64url::encode_to(bytes, out);
    out.push('"');
}
