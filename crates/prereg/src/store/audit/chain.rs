//! The codes of the chain, and walking over it.

use std::fmt;

use getrandom::SysRng;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::TryRng as _;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{AuditEntry, AuditHead, AuditRecord, AuditVerdict};
use crate::seal::SealError;

/// As long as a block of SHA-256, so that HMAC takes it as it is (RFC 2104 §2).
const KEY_BYTES: usize = 64;

/// The key that makes the codes. Wiped when dropped, never printed.
#[derive(Clone)]
pub(in crate::store) struct AuditKey(Zeroizing<[u8; KEY_BYTES]>);

/// A walk over the chain, from its beginning.
pub(in crate::store) struct Walk<'k> {
    key: &'k AuditKey,
    /// What must be part of the chain.
    known: Option<AuditHead>,
    head: AuditHead,
}

impl AuditKey {
    /// Draws a key.
    pub(in crate::store) fn generate() -> Result<Self, SealError> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        SysRng
            .try_fill_bytes(&mut *key)
            .map_err(|_| SealError::Randomness)?;
        Ok(Self(key))
    }

    /// A key as it was kept, if it has its length.
    pub(in crate::store) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if bytes.len() != key.len() {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    /// The key, to be sealed and kept.
    pub(in crate::store) fn expose(&self) -> &[u8] {
        &*self.0
    }

    /// The code of the entry after `head`.
    pub(in crate::store) fn code(&self, head: &AuditHead, entry: &AuditEntry) -> [u8; 32] {
        let texts = [
            &entry.actor,
            &entry.action,
            &entry.target,
            &entry.outcome,
            &entry.request_id,
        ];
        let mut parts = vec![head.code.to_vec(), next(head.seq).to_be_bytes().to_vec()];
        parts.push(entry.at.millis().to_be_bytes().to_vec());
        parts.extend(texts.map(|text| text.as_bytes().to_vec()));
        self.mac(b"prereg audit entry", &parts)
    }

    /// The code that says that the chain ends there.
    pub(in crate::store) fn end_code(&self, head: &AuditHead) -> [u8; 32] {
        let parts = [head.seq.to_be_bytes().to_vec(), head.code.to_vec()];
        self.mac(b"prereg audit end", &parts)
    }

    /// Every part with its length, so that no two lists are alike.
    fn mac(&self, purpose: &[u8], parts: &[Vec<u8>]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new((&*self.0).into());
        mac.update(purpose);
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            mac.update(&length.to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl<'k> Walk<'k> {
    /// Begins before the first entry.
    pub(in crate::store) const fn new(key: &'k AuditKey, known: Option<AuditHead>) -> Self {
        Self {
            key,
            known,
            head: AuditHead::EMPTY,
        }
    }

    /// The last record that was walked over.
    pub(in crate::store) const fn head(&self) -> &AuditHead {
        &self.head
    }

    /// Goes on to the next record.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::store) fn step(&mut self, record: &AuditRecord) -> Result<(), AuditVerdict> {
        let due = next(self.head.seq);
        if record.seq != due {
            return Err(broken(due, "it is missing"));
        }
        if record.code != self.key.code(&self.head, &record.entry) {
            return Err(broken(due, "it, or one before it, was changed"));
        }
        self.head = AuditHead {
            seq: record.seq,
            code: record.code,
        };
        match self.known {
            Some(known) if known.seq == due && known.code != record.code => Err(broken(
                due,
                "the chain is not the one that the known head was taken from",
            )),
            _ => Ok(()),
        }
    }

    /// Ends the walk behind the last record; `end` is the code kept for it.
    pub(in crate::store) fn finish(self, end: Option<[u8; 32]>) -> AuditVerdict {
        let head = self.head;
        let is_behind = self.known.is_some_and(|known| known.seq > head.seq);
        if end != Some(self.key.end_code(&head)) || is_behind {
            return broken(next(head.seq), "it, and what followed, was cut off");
        }
        AuditVerdict::Intact(head)
    }
}

impl AuditHead {
    /// Before the first entry.
    pub(in crate::store) const EMPTY: Self = Self {
        seq: 0,
        code: [0; 32],
    };
}

const fn next(seq: u64) -> u64 {
    seq.saturating_add(1)
}

const fn broken(seq: u64, why: &'static str) -> AuditVerdict {
    AuditVerdict::Broken { seq, why }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditKey(redacted)")
    }
}
