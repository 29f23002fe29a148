//! The key-encryption keys: one in use, and older ones that still open rows.

use std::fmt;
use std::sync::Arc;

use aes_kw::{KeyInit as _, KwAes256};
use arc_swap::ArcSwap;
use jose_core::base64url;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::data_key::{KEY_BYTES, WRAPPED_BYTES, random};
use super::{KeyError, KeySource, SealError};

/// Names a key-encryption key: 16 hexadecimal digits of a digest of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KekId(String);

/// A key-encryption key. Wiped when dropped, never printed.
#[derive(Clone)]
pub(crate) struct KeyEncryptionKey {
    key: Arc<Zeroizing<[u8; KEY_BYTES]>>,
    id: KekId,
}

/// The key-encryption keys. Clones share what [`Keyring::reload`] finds.
#[derive(Clone)]
pub(crate) struct Keyring(Arc<Shared>);

struct Shared {
    source: KeySource,
    /// At least one; the first is the one to seal with.
    keys: ArcSwap<Vec<KeyEncryptionKey>>,
}

impl KeyEncryptionKey {
    /// Draws a key.
    ///
    /// # Errors
    /// [`SealError::Randomness`].
    pub(crate) fn generate() -> Result<Self, SealError> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        random(&mut *key)?;
        Ok(Self::new(key))
    }

    pub(super) fn new(key: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"prereg key-encryption key id\0");
        digest.update(*key);
        let digest: [u8; 32] = digest.finalize().into();
        let hex = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
        Self {
            id: KekId(hex.collect()),
            key: Arc::new(key),
        }
    }

    /// Its name.
    pub(crate) const fn id(&self) -> &KekId {
        &self.id
    }

    /// The key as it is written in a file or the environment.
    pub(crate) fn to_base64url(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(64));
        base64url::encode_to(self.expose(), &mut text);
        text
    }

    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.key
    }

    pub(super) fn wrap(&self, key: &[u8; KEY_BYTES]) -> Result<[u8; WRAPPED_BYTES], SealError> {
        let mut wrapped = [0; WRAPPED_BYTES];
        self.cipher()
            .wrap_key(key, &mut wrapped)
            .map_err(|_| SealError::DataKey(self.id.clone()))?;
        Ok(wrapped)
    }

    pub(super) fn unwrap(
        &self,
        wrapped: &[u8; WRAPPED_BYTES],
    ) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        self.cipher().unwrap_key(wrapped, &mut *key).ok()?;
        Some(key)
    }

    fn cipher(&self) -> KwAes256 {
        KwAes256::new((&**self.key).into())
    }
}

impl Keyring {
    /// Reads the keys.
    ///
    /// # Errors
    /// [`KeyError`]; see [`KeySource::read`].
    pub(crate) fn load(source: KeySource) -> Result<Self, KeyError> {
        let keys = source.read()?;
        Ok(Self::holding(source, keys))
    }

    /// A key of this process alone, for tests.
    #[cfg(test)]
    pub(crate) fn ephemeral() -> Self {
        let key = KeyEncryptionKey::generate().unwrap();
        Self::holding(KeySource::Fixed, vec![key])
    }

    fn holding(source: KeySource, keys: Vec<KeyEncryptionKey>) -> Self {
        let keys = ArcSwap::from_pointee(keys);
        Self(Arc::new(Shared { source, keys }))
    }

    /// Where the keys come from.
    pub(crate) fn source(&self) -> &KeySource {
        &self.0.source
    }

    /// The key of that name. Where it is not known the keys are read once more:
    /// another process may have rotated them.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`].
    pub(crate) fn key(&self, id: &str) -> Result<KeyEncryptionKey, SealError> {
        let unknown = || SealError::UnknownKey(KekId(id.to_owned()));
        if let Some(key) = self.find(id) {
            return Ok(key);
        }
        self.reload().map_err(|_| unknown())?;
        self.find(id).ok_or_else(unknown)
    }

    /// The keys, the one to seal with first.
    pub(crate) fn keys(&self) -> Arc<Vec<KeyEncryptionKey>> {
        self.0.keys.load_full()
    }

    /// Reads the keys again.
    ///
    /// # Errors
    /// [`KeyError`]; the keys known so far stay.
    pub(crate) fn reload(&self) -> Result<(), KeyError> {
        if !matches!(self.0.source, KeySource::Fixed) {
            self.0.keys.store(Arc::new(self.0.source.read()?));
        }
        Ok(())
    }

    /// Draws a key and puts it in front of the others, at their source too.
    ///
    /// # Errors
    /// [`KeyError`] where the source cannot be written; the keys then stay.
    pub(crate) fn draw_new(&self) -> Result<KeyEncryptionKey, KeyError> {
        let new = KeyEncryptionKey::generate()?;
        let mut keys = vec![new.clone()];
        keys.extend(self.keys().iter().cloned());
        self.0.source.write(&keys)?;
        self.0.keys.store(Arc::new(keys));
        Ok(new)
    }

    /// Drops every key but this one, at their source too, if it can be written.
    ///
    /// # Errors
    /// [`KeyError`] where a file cannot be written; the keys then stay.
    pub(crate) fn retire_all_but(&self, key: &KeyEncryptionKey) -> Result<(), KeyError> {
        if self.0.source.is_writable() {
            let keys = vec![key.clone()];
            self.0.source.write(&keys)?;
            self.0.keys.store(Arc::new(keys));
        }
        Ok(())
    }

    fn find(&self, id: &str) -> Option<KeyEncryptionKey> {
        let keys = self.0.keys.load();
        keys.iter().find(|key| key.id.0 == id).cloned()
    }
}

impl KekId {
    /// The name in a text, if it can be one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 16 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyEncryptionKey({}, redacted)", self.id)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys().iter()).finish()
    }
}
