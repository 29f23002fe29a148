//! Data keys: one a row, wrapped by a key-encryption key.

use std::fmt;

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit as _};
use getrandom::SysRng;
use rand_core::TryRng as _;
use zeroize::Zeroizing;

use super::{KekId, KeyEncryptionKey, SealError};

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of a wrapped data key: eight more (RFC 3394 §2.2.1).
pub(crate) const WRAPPED_BYTES: usize = KEY_BYTES + 8;

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Where a sealed value stands. It opens there and nowhere else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The table.
    pub(crate) table: &'static str,
    /// The column.
    pub(crate) column: &'static str,
    /// What names the row: its id.
    pub(crate) row: &'a str,
}

/// The key of one row. Wiped when dropped, never printed.
pub(crate) struct DataKey {
    key: Zeroizing<[u8; KEY_BYTES]>,
    wrapped: [u8; WRAPPED_BYTES],
    kek: KekId,
}

impl DataKey {
    /// Draws a key, and wraps it.
    ///
    /// # Errors
    /// [`SealError::Randomness`].
    pub(crate) fn generate(kek: &KeyEncryptionKey) -> Result<Self, SealError> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        random(&mut *key)?;
        Ok(Self {
            wrapped: kek.wrap(&key)?,
            kek: kek.id().clone(),
            key,
        })
    }

    /// Unwraps the key of a row.
    ///
    /// # Errors
    /// [`SealError::DataKey`].
    pub(crate) fn unwrap(kek: &KeyEncryptionKey, wrapped: &[u8]) -> Result<Self, SealError> {
        let refused = || SealError::DataKey(kek.id().clone());
        let wrapped = wrapped.try_into().map_err(|_| refused())?;
        Ok(Self {
            key: kek.unwrap(&wrapped).ok_or_else(refused)?,
            wrapped,
            kek: kek.id().clone(),
        })
    }

    /// The same key under another key-encryption key.
    ///
    /// # Errors
    /// [`SealError::DataKey`] never occurs for keys of this type; it is passed on
    /// rather than hidden.
    pub(crate) fn rewrapped(self, kek: &KeyEncryptionKey) -> Result<Self, SealError> {
        Ok(Self {
            wrapped: kek.wrap(&self.key)?,
            kek: kek.id().clone(),
            key: self.key,
        })
    }

    /// The key as it is kept.
    pub(crate) const fn wrapped(&self) -> &[u8; WRAPPED_BYTES] {
        &self.wrapped
    }

    /// What it is wrapped by.
    pub(crate) const fn kek(&self) -> &KekId {
        &self.kek
    }

    /// Seals a secret for its place: nonce, ciphertext and tag.
    ///
    /// # Errors
    /// [`SealError::Randomness`].
    pub(crate) fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        random(&mut nonce)?;
        // As long as it will be: a buffer that grows leaves copies behind.
        let mut sealed = Vec::with_capacity(NONCE_BYTES + secret.len() + TAG_BYTES);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(secret);
        let (_, text) = sealed.split_at_mut(NONCE_BYTES);
        let tag = self
            .cipher()
            .encrypt_inout_detached(&nonce.into(), &place.associated_data(), text.into())
            .map_err(|_| place.refused())?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`SealError::Refused`].
    pub(crate) fn open(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let parts = sealed
            .split_first_chunk::<NONCE_BYTES>()
            .and_then(|(nonce, rest)| Some((nonce, rest.split_last_chunk::<TAG_BYTES>()?)));
        let (nonce, (text, tag)) = parts.ok_or_else(|| place.refused())?;
        let mut secret = Zeroizing::new(text.to_vec());
        self.cipher()
            .decrypt_inout_detached(
                nonce.into(),
                &place.associated_data(),
                secret.as_mut_slice().into(),
                tag.into(),
            )
            .map_err(|_| place.refused())?;
        Ok(secret)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&*self.key).into())
    }
}

impl Place<'_> {
    /// `table|column|row`. Names of tables and columns are ours and hold no bar,
    /// so no two places have the same.
    fn associated_data(&self) -> Vec<u8> {
        [self.table, self.column, self.row].join("|").into_bytes()
    }

    const fn refused(&self) -> SealError {
        SealError::Refused {
            table: self.table,
            column: self.column,
        }
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey(redacted, under {})", self.kek)
    }
}

/// Fills a buffer from the operating system's generator.
pub(super) fn random(bytes: &mut [u8]) -> Result<(), SealError> {
    SysRng
        .try_fill_bytes(bytes)
        .map_err(|_| SealError::Randomness)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place {
        table: "enrollment_sets",
        column: "pin",
        row: "set-1",
    };

    fn key() -> (KeyEncryptionKey, DataKey) {
        let kek = KeyEncryptionKey::generate().unwrap();
        let key = DataKey::generate(&kek).unwrap();
        (kek, key)
    }

    #[test]
    fn a_sealed_value_opens_only_where_it_belongs() {
        let (kek, key) = key();
        let sealed = key.seal(PLACE, b"493817").unwrap();
        let again = DataKey::unwrap(&kek, key.wrapped()).unwrap();
        assert_eq!(**again.open(PLACE, &sealed).unwrap(), *b"493817");
        let others = [
            Place {
                table: "mail_outbox",
                ..PLACE
            },
            Place {
                column: "response_key",
                ..PLACE
            },
            Place {
                row: "set-2",
                ..PLACE
            },
        ];
        for place in others {
            assert_eq!(key.open(place, &sealed), Err(place.refused()));
        }
        assert_eq!(
            DataKey::generate(&kek).unwrap().open(PLACE, &sealed),
            Err(PLACE.refused()),
            "the key of another row"
        );
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let (kek, key) = key();
        let sealed = key.seal(PLACE, b"493817").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(PLACE, &changed), Err(PLACE.refused()), "byte {at}");
            assert_eq!(key.open(PLACE, &sealed[..at]), Err(PLACE.refused()));
        }
        for at in 0..WRAPPED_BYTES {
            let mut wrapped = *key.wrapped();
            wrapped[at] ^= 1;
            let refused = DataKey::unwrap(&kek, &wrapped).unwrap_err();
            assert_eq!(refused, SealError::DataKey(kek.id().clone()));
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let (kek, key) = key();
        let first = key.seal(PLACE, b"493817").unwrap();
        assert_ne!(key.seal(PLACE, b"493817").unwrap(), first);
        assert_ne!(DataKey::generate(&kek).unwrap().wrapped(), key.wrapped());
    }

    #[test]
    fn wrapping_anew_leaves_what_is_sealed() {
        let (old, key) = key();
        let sealed = key.seal(PLACE, b"493817").unwrap();
        let new = KeyEncryptionKey::generate().unwrap();
        let key = key.rewrapped(&new).unwrap();
        assert_eq!(key.kek(), new.id());
        let again = DataKey::unwrap(&new, key.wrapped()).unwrap();
        assert_eq!(**again.open(PLACE, &sealed).unwrap(), *b"493817");
        assert!(DataKey::unwrap(&old, key.wrapped()).is_err());
    }
}
