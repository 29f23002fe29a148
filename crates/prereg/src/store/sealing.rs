//! Under which key-encryption keys the sealed rows are, and changing them.

use super::{Database, StoreError};
use crate::seal::{KekId, KeyEncryptionKey, KeyError};

/// Where sealing stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealingStatus {
    /// Where the keys come from.
    pub(crate) source: String,
    /// The keys that are there, the one to seal with first.
    pub(crate) ring: Vec<KekId>,
    /// The key that seals.
    pub(crate) current: KekId,
    /// How many rows are under each key, in the order of their names.
    pub(crate) rows: Vec<(KekId, u64)>,
}

/// What a rotation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rotation {
    /// The key that sealed before.
    pub(crate) from: KekId,
    /// The key that seals now.
    pub(crate) to: KekId,
    /// How many data keys were wrapped anew.
    pub(crate) rewrapped: u64,
}

impl Database {
    /// Draws a new key-encryption key, keeps it where the keys come from, seals
    /// with it from now on, wraps every data key anew and drops the older keys.
    ///
    /// An interrupted rotation is brought to its end, as is one for which the
    /// operator has put a new key in front of the old one.
    ///
    /// # Errors
    /// [`StoreError`] where the keys cannot be kept, another rotation runs, or
    /// the database does not do it. Everything can still be read then, and the
    /// next run goes on.
    pub(crate) async fn rotate_secrets(&self) -> Result<Rotation, StoreError> {
        let keyring = self.keyring();
        let _lock = keyring.source().lock()?;
        keyring.reload()?;
        let target = self.target_key().await?;
        let from = self.begin_rotation(target.id()).await?;
        let mut rewrapped = 0;
        loop {
            match self.rewrap_some(&target).await? {
                0 => break,
                some => rewrapped += some,
            }
        }
        let status = self.sealing_status().await?;
        if status.current != *target.id() || status.behind() > 0 {
            let words = "the rotation was overtaken; the older keys stay; run it again";
            return Err(StoreError(words.to_owned()));
        }
        keyring.retire_all_but(&target)?;
        Ok(Rotation {
            from,
            to: target.id().clone(),
            rewrapped,
        })
    }

    /// The key to rotate to: a new one, unless one waits for it.
    async fn target_key(&self) -> Result<KeyEncryptionKey, StoreError> {
        let status = self.sealing_status().await?;
        let keys = self.keyring().keys();
        match keys.first() {
            Some(first) if *first.id() != status.current || status.behind() > 0 => {
                Ok(first.clone())
            }
            _ => Ok(self.keyring().draw_new()?),
        }
    }
}

impl From<KeyError> for StoreError {
    fn from(error: KeyError) -> Self {
        Self(error.to_string())
    }
}

impl SealingStatus {
    /// How many rows are under other keys than the one that seals: a rotation
    /// was interrupted.
    pub(crate) fn behind(&self) -> u64 {
        let others = self.rows.iter().filter(|(kek, _)| *kek != self.current);
        others.map(|(_, rows)| rows).sum()
    }
}
