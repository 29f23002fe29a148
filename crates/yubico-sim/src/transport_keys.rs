//! Transport keys: what relying parties encrypt their requests to.
//!
//! Several are published at a time and orchestrators pick one at random, so
//! any of them may serve. A key that is withdrawn is no longer published, but
//! still opens the requests that are under way, until it is removed.

use jose_core::error::UnusableKey;
use jose_core::jwe::{Decrypted, DecryptionKey, Pending};
use jose_core::jwk::{JwkSet, KeyOperation, KeyUse, PrivateJwk, PublicJwk};
use jose_core::{Backend, Error, Level};
use rand_core::TryCryptoRng;

/// The transport keys of a provider; no two have the same `kid`.
#[derive(Clone, Debug)]
pub struct TransportKeys {
    keys: Vec<TransportKey>,
    backend: Backend,
}

#[derive(Clone, Debug)]
struct TransportKey {
    jwk: PrivateJwk,
    prepared: DecryptionKey,
    published: bool,
}

impl TransportKeys {
    /// Draws `count` keys, all of them published.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn generate<R: TryCryptoRng + ?Sized>(
        count: usize,
        backend: Backend,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let mut keys = Self {
            keys: Vec::with_capacity(count),
            backend,
        };
        for _ in 0..count {
            keys.rotate(rng)?;
        }
        Ok(keys)
    }

    /// Keys that were made before; each needs a `kid`.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] for a key that cannot decrypt, for one without
    /// `kid` ([`UnusableKey::UnknownKeyId`]), and for two of the same `kid`.
    pub fn from_jwks(keys: &[PrivateJwk], backend: Backend) -> Result<Self, Error> {
        let mut set = Self {
            keys: Vec::with_capacity(keys.len()),
            backend,
        };
        keys.iter().try_for_each(|key| set.add(key.clone()))?;
        Ok(set)
    }

    /// Adds and publishes a key made elsewhere.
    ///
    /// # Errors
    /// As [`Self::from_jwks`].
    pub fn add(&mut self, key: PrivateJwk) -> Result<(), Error> {
        let kid = key.public().kid().ok_or(UnusableKey::UnknownKeyId)?;
        if self.keys.iter().any(|own| own.has_kid(kid)) {
            return Err(UnusableKey::DuplicateKeyId.into());
        }
        key.public().permits(KeyOperation::Encrypt)?;
        let prepared = DecryptionKey::prepare(&key, Level::Many, self.backend)?;
        self.keys.push(TransportKey {
            jwk: key,
            prepared,
            published: true,
        });
        Ok(())
    }

    /// Draws one more key, publishes it and gives its `kid`.
    ///
    /// # Errors
    /// [`Error::RandomnessFailed`].
    pub fn rotate<R: TryCryptoRng + ?Sized>(&mut self, rng: &mut R) -> Result<String, Error> {
        let key = PrivateJwk::generate(rng)?.with_use(KeyUse::Enc);
        let kid = key_id("SIM-Ttrans", self.keys.len(), key.public());
        self.add(key.with_kid(&kid))?;
        Ok(kid)
    }

    /// Publishes a key no longer. Gives whether there is such a key.
    pub fn withdraw(&mut self, kid: &str) -> bool {
        let found = self.keys.iter_mut().find(|key| key.has_kid(kid));
        found.map(|key| key.published = false).is_some()
    }

    /// Removes a key: requests encrypted to it can no longer be opened. Gives
    /// whether there was such a key.
    pub fn remove(&mut self, kid: &str) -> bool {
        let before = self.keys.len();
        self.keys.retain(|key| !key.has_kid(kid));
        self.keys.len() < before
    }

    /// The published keys, as `/.well-known/yubico-transport-keys.jwks` shows them.
    pub fn jwks(&self) -> JwkSet<PublicJwk> {
        let published = self.keys.iter().filter(|key| key.published);
        // `add` keeps key ids distinct, which is all that a set asks for.
        JwkSet::new(published.map(|key| key.jwk.public().clone()).collect()).unwrap_or_default()
    }

    /// All private keys, for whoever keeps them; the published ones and those
    /// withdrawn.
    pub fn private_keys(&self) -> impl Iterator<Item = &PrivateJwk> {
        self.keys.iter().map(|key| &key.jwk)
    }

    /// All private keys, and whether each is published.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (&PrivateJwk, bool)> {
        self.keys.iter().map(|key| (&key.jwk, key.published))
    }

    /// Decrypts a request with the key that its `kid` names, and no other.
    ///
    /// # Errors
    /// [`UnusableKey::UnknownKeyId`], or [`Error::DecryptFailed`].
    pub(crate) fn decrypt(&self, pending: Pending) -> Result<Decrypted, Error> {
        let kid = pending.header().kid().unwrap_or_default();
        let key = self.keys.iter().find(|key| key.has_kid(kid));
        pending.finish_with(&key.ok_or(UnusableKey::UnknownKeyId)?.prepared)
    }
}

impl TransportKey {
    fn has_kid(&self, kid: &str) -> bool {
        self.jwk.public().kid() == Some(kid)
    }
}

/// A key id in the manner of the vendor's, but marked as simulated: a number
/// for people and a piece of the thumbprint, so that no two keys share one.
pub(crate) fn key_id(prefix: &str, number: usize, key: &PublicJwk) -> String {
    let thumbprint = key.thumbprint();
    let [a, b, c, d, ..] = *thumbprint.as_bytes();
    let piece = u32::from_be_bytes([a, b, c, d]);
    format!("{prefix}-I{:03}-{piece:08X}", number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use jose_core::alg::{ContentEncryption, KeyManagement};
    use jose_core::jwe::{DecryptPolicy, EncryptHeader, Recipient, begin_decrypt};

    fn keys(count: usize) -> TransportKeys {
        let mut rng = Seed::from_text("transport").stream("keys", 0);
        TransportKeys::generate(count, Backend::default(), &mut rng).unwrap()
    }

    fn encrypt(to: &PublicJwk) -> String {
        let recipient = Recipient::prepare(to, Level::OneShot, Backend::default()).unwrap();
        let header = EncryptHeader::new(KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
        let mut rng = Seed::from_text("sender").stream("jwe", 0);
        recipient.encrypt(b"{}", &header, &mut rng).unwrap()
    }

    fn open(keys: &TransportKeys, token: &str) -> Result<(), Error> {
        let policy = DecryptPolicy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm]);
        let pending = begin_decrypt(token.as_bytes(), &policy)?;
        keys.decrypt(pending).map(drop)
    }

    #[test]
    fn any_published_key_serves() {
        let keys = keys(3);
        assert_eq!(keys.jwks().keys().len(), 3);
        for key in keys.jwks().keys() {
            assert_eq!(key.key_use(), Some(KeyUse::Enc));
            open(&keys, &encrypt(key)).unwrap();
        }
    }

    #[test]
    fn a_withdrawn_key_opens_until_it_is_removed() {
        let mut keys = keys(1);
        let old = keys.jwks().keys()[0].clone();
        let token = encrypt(&old);
        let new = keys
            .rotate(&mut Seed::from_text("new").stream("keys", 0))
            .unwrap();
        assert!(keys.withdraw(old.kid().unwrap()));
        assert_eq!(keys.jwks().keys().len(), 1);
        assert!(keys.jwks().find(&new).is_some());
        open(&keys, &token).unwrap();
        assert!(keys.remove(old.kid().unwrap()));
        assert_eq!(open(&keys, &token), Err(UnusableKey::UnknownKeyId.into()));
    }

    #[test]
    fn an_unknown_kid_is_not_tried_with_every_key() {
        let keys = keys(2);
        let mislabeled = keys.jwks().keys()[0].clone().with_kid("SIM-elsewhere");
        assert_eq!(
            open(&keys, &encrypt(&mislabeled)),
            Err(UnusableKey::UnknownKeyId.into())
        );
    }

    #[test]
    fn keys_of_another_use_or_the_same_kid_are_refused() {
        let mut keys = keys(1);
        let own = keys.private_keys().next().unwrap().clone();
        assert_eq!(
            keys.add(own.clone()),
            Err(UnusableKey::DuplicateKeyId.into())
        );
        let signing = own.with_kid("other").with_use(KeyUse::Sig);
        assert_eq!(keys.add(signing), Err(UnusableKey::Use.into()));
    }

    #[test]
    fn only_public_halves_are_published() {
        let keys = keys(2);
        let json = keys.jwks().to_json();
        assert!(!json.contains("\"d\""));
        let printed = format!("{keys:?}");
        for key in keys.private_keys() {
            let d = jose_core::base64url::encode(&*key.scalar().to_bytes());
            assert!(!json.contains(&d) && !printed.contains(&d));
        }
    }
}
