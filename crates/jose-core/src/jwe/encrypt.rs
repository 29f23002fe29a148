//! The sender's side (RFC 7516 §5.1).

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::content::{self, IV_BYTES};
use super::key_wrap::{self, OVERHEAD};
use crate::alg::{ContentEncryption, KeyManagement};
use crate::base64url;
use crate::curve::{Agreement, Backend, Level, Point, PreparedPoint, SecretScalar};
use crate::error::{Error, UnusableKey};
use crate::json;
use crate::jwk::{KeyOperation, PublicJwk};
use crate::kdf;
use crate::secret::{SharedSecret, SymmetricKey};

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
    fn to_json(&self, epk: &Point, kid: Option<&str>) -> String {
        let mut out = String::with_capacity(384);
        out.push_str(r#"{"epk":{"kty":"EC","crv":"P-384""#);
        let (x, y) = epk.coordinates();
        for (name, coordinate) in [("x", x), ("y", y)] {
            write_bytes(name, &coordinate, &mut out);
        }
        out.push('}');
        json::write_member("alg", self.alg.name(), &mut out);
        json::write_member("enc", self.enc.name(), &mut out);
        for (name, value) in [
            ("kid", kid),
            ("typ", self.typ.as_deref()),
            ("cty", self.cty()),
        ] {
            if let Some(value) = value {
                json::write_member(name, value, &mut out);
            }
        }
        for (name, value) in [("apu", &self.apu), ("apv", &self.apv)] {
            if let Some(value) = value {
                write_bytes(name, value, &mut out);
            }
        }
        out.push('}');
        out
    }
}

impl Recipient {
    /// Prepares a recipient's key; see [`Level`] for what to ask.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] where `use`, `key_ops` or `alg` is not for key agreement.
    pub fn prepare(key: &PublicJwk, level: Level, backend: Backend) -> Result<Self, Error> {
        key.permits(KeyOperation::Encrypt)?;
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
        let ephemeral = self.ephemeral(header, rng)?;
        let agreement = self.0.point.send(&ephemeral)?;
        self.seal(plaintext, header, &agreement, rng)
    }

    /// Draws the ephemeral scalar of a token with that header.
    pub(super) fn ephemeral<R: TryCryptoRng + ?Sized>(
        &self,
        header: &EncryptHeader,
        rng: &mut R,
    ) -> Result<SecretScalar, Error> {
        if self.0.alg.is_some_and(|alg| alg != header.alg) {
            return Err(UnusableKey::Algorithm.into());
        }
        SecretScalar::generate(rng)
    }

    pub(super) fn prepared(&self) -> &PreparedPoint {
        &self.0.point
    }

    /// Encrypts under what was agreed with an ephemeral scalar.
    pub(super) fn seal<R: TryCryptoRng + ?Sized>(
        &self,
        plaintext: &[u8],
        header: &EncryptHeader,
        (epk, z): &Agreement,
        rng: &mut R,
    ) -> Result<String, Error> {
        let (cek, wrapped) = content_key(header, z, rng)?;
        let mut iv = [0u8; IV_BYTES];
        draw(rng, &mut iv)?;

        let json = header.to_json(epk, self.kid());
        let mut token = String::with_capacity((json.len() + plaintext.len()) * 4 / 3 + 128);
        base64url::encode_to(json.as_bytes(), &mut token);
        let mut text = Zeroizing::new(plaintext.to_vec());
        let tag = content::seal(header.enc, cek.expose(), &iv, token.as_bytes(), &mut text)?;
        for segment in [wrapped.as_slice(), &iv, &text, &tag] {
            token.push('.');
            base64url::encode_to(segment, &mut token);
        }
        Ok(token)
    }
}

/// The content key and what the token carries of it: nothing for direct
/// agreement, else a random key wrapped (RFC 7518 §4.6).
fn content_key<R: TryCryptoRng + ?Sized>(
    header: &EncryptHeader,
    z: &SharedSecret,
    rng: &mut R,
) -> Result<(SymmetricKey, Vec<u8>), Error> {
    let party_u = header.apu.as_deref().unwrap_or_default();
    let party_v = header.apv.as_deref().unwrap_or_default();
    let agreed = kdf::derive(z, header.alg, header.enc, party_u, party_v);
    if header.alg.wrapping_key_bytes().is_none() {
        return Ok((agreed, Vec::new()));
    }
    let mut cek = SymmetricKey::zeroed(header.enc.key_bytes());
    draw(rng, cek.expose_mut())?;
    let wrapped = key_wrap::wrap(agreed.expose(), cek.expose())?;
    let bytes = header.enc.key_bytes() + OVERHEAD;
    Ok((cek, wrapped.iter().copied().take(bytes).collect()))
}

/// Fills a key or an IV. All zero means a generator that did not write: by
/// chance it happens once in 2^96.
fn draw<R: TryCryptoRng + ?Sized>(rng: &mut R, out: &mut [u8]) -> Result<(), Error> {
    rng.try_fill_bytes(out)
        .map_err(|_| Error::RandomnessFailed)?;
    if out.iter().fold(0, |seen, byte| seen | byte) == 0 {
        return Err(Error::RandomnessFailed);
    }
    Ok(())
}

fn write_bytes(name: &str, bytes: &[u8], out: &mut String) {
    json::write_name(name, out);
    out.push('"');
    base64url::encode_to(bytes, out);
    out.push('"');
}
