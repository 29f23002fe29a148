//! Many tokens at once: one result per item, in order; items may mix keys.

use alloc::string::String;
use alloc::vec::Vec;

use rand_core::TryCryptoRng;

use super::decrypt::{Decrypted, DecryptionKey, agree_batch};
use super::encrypt::{EncryptHeader, Recipient};
use super::pending::{Pending, begin_decrypt};
use crate::curve::{self, PreparedPoint, SecretScalar};
use crate::error::Error;
use crate::policy::DecryptPolicy;

/// One plaintext of a batch.
#[derive(Clone, Copy)]
pub struct EncryptItem<'a> {
    /// Whom it is for.
    pub recipient: &'a Recipient,
    /// What is to be encrypted.
    pub plaintext: &'a [u8],
    /// The header beside `epk` and `kid`.
    pub header: &'a EncryptHeader,
}

/// One token of a batch.
#[derive(Clone, Copy, Debug)]
pub struct DecryptItem<'a> {
    /// The key that decrypts it.
    pub key: &'a DecryptionKey,
    /// The compact token.
    pub token: &'a [u8],
    /// What is allowed.
    pub policy: &'a DecryptPolicy,
}

/// Encrypts every item; see [`Recipient::encrypt`].
///
/// In which order and in what pieces randomness is drawn for the items is not
/// part of the contract.
pub fn encrypt_batch<R: TryCryptoRng + ?Sized>(
    items: &[EncryptItem<'_>],
    rng: &mut R,
) -> Vec<Result<String, Error>> {
    let ephemerals: Vec<Result<SecretScalar, Error>> = items
        .iter()
        .map(|item| item.recipient.ephemeral(item.header, rng))
        .collect();
    let pairs: Vec<(&PreparedPoint, &SecretScalar)> = items
        .iter()
        .zip(&ephemerals)
        .filter_map(|(item, ephemeral)| Some((item.recipient.prepared(), ephemeral.as_ref().ok()?)))
        .collect();
    let mut agreements = curve::send_batch(&pairs).into_iter();
    let seal = |(item, ephemeral): (&EncryptItem<'_>, Result<SecretScalar, Error>)| {
        ephemeral?;
        // There is one for each ephemeral scalar.
        let agreement = agreements.next().ok_or(Error::RandomnessFailed)??;
        let EncryptItem {
            recipient,
            plaintext,
            header,
        } = item;
        recipient.seal(plaintext, header, &agreement, rng)
    };
    items.iter().zip(ephemerals).map(seal).collect()
}

/// Decrypts every item; see [`DecryptionKey::decrypt`].
pub fn decrypt_batch(items: &[DecryptItem<'_>]) -> Vec<Result<Decrypted, Error>> {
    let begun = |item: &DecryptItem<'_>| {
        let pending = begin_decrypt(item.token, item.policy)?;
        item.key.serves(pending.header())?;
        Ok(pending)
    };
    let pending: Vec<Result<Pending, Error>> = items.iter().map(begun).collect();
    let begun = items.iter().zip(&pending);
    let begun = begun.filter_map(|(item, pending)| Some((item.key, pending.as_ref().ok()?)));
    let pairs: Vec<_> = begun
        .map(|(key, pending)| (key, pending.ephemeral()))
        .collect();
    let mut agreed = agree_batch(&pairs).into_iter();
    let finish = |pending: Result<Pending, Error>| {
        let pending = pending?;
        // There is a Z, or an error, for each.
        pending.finish(&agreed.next().ok_or(Error::DecryptFailed)??)
    };
    pending.into_iter().map(finish).collect()
}

/// Plaintexts are secret: only sizes are printed.
impl core::fmt::Debug for EncryptItem<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "EncryptItem({} bytes for {:?})",
            self.plaintext.len(),
            self.recipient.kid()
        )
    }
}
