//! Many tokens at once: one result per item, in order; items may mix keys.

use alloc::string::String;
use alloc::vec::Vec;

use rand_core::TryCryptoRng;

use super::decrypt::{Decrypted, DecryptionKey, agree_batch};
use super::encrypt::{EncryptHeader, Fresh, Recipient};
use super::pending::{Pending, begin_decrypt};
use crate::curve::{self, EphemeralScalar, PreparedPoint};
use crate::error::Error;
use crate::policy::DecryptPolicy;
use crate::secret::SecretBytes;

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
    let fresh = draw_batch(items, rng);
    let pairs: Vec<(&PreparedPoint, &EphemeralScalar)> = items
        .iter()
        .zip(&fresh)
        .filter_map(|(item, fresh)| {
            Some((item.recipient.prepared(), &fresh.as_ref().ok()?.ephemeral))
        })
        .collect();
    let agreements = curve::send_batch(&pairs);
    let mut agreements = agreements.iter();
    let seal = |(item, fresh): (&EncryptItem<'_>, &Result<Fresh, Error>)| {
        let fresh = fresh.as_ref().map_err(|error| *error)?;
        // There is one for each ephemeral scalar.
        let agreement = agreements.next().ok_or(Error::RandomnessFailed)?;
        let agreement = agreement.as_ref().map_err(|error| *error)?;
        item.recipient
            .seal_new(item.plaintext, item.header, agreement, fresh)
    };
    items.iter().zip(&fresh).map(seal).collect()
}

/// What is random in each token: drawn at once, or, where that fails, piece by
/// piece, so that a failure is its own item's.
fn draw_batch<R: TryCryptoRng + ?Sized>(
    items: &[EncryptItem<'_>],
    rng: &mut R,
) -> Vec<Result<Fresh, Error>> {
    let needed = items.iter().map(|item| Fresh::bytes(item.header)).sum();
    let mut bytes = SecretBytes::new(alloc::vec![0; needed]);
    let drawn = rng.try_fill_bytes(bytes.expose_mut()).is_ok();
    let mut rest = bytes.expose();
    let one = |item: &EncryptItem<'_>| {
        let (bytes, others) = rest
            .split_at_checked(Fresh::bytes(item.header))
            .unwrap_or_default();
        rest = others;
        item.recipient.permits(item.header)?;
        if drawn {
            Fresh::from_random(bytes, rng)
        } else {
            Fresh::draw(item.header, rng)
        }
    };
    items.iter().map(one).collect()
}

/// Decrypts every item; see [`DecryptionKey::decrypt`].
pub fn decrypt_batch(items: &[DecryptItem<'_>]) -> Vec<Result<Decrypted, Error>> {
    let begun = items
        .iter()
        .map(|item| Ok((begin_decrypt(item.token, item.policy)?, item.key)));
    finish_batch(begun.collect())
}

/// Decrypts tokens that have been read, each with its key.
pub(crate) fn finish_batch(
    mut begun: Vec<Result<(Pending, &DecryptionKey), Error>>,
) -> Vec<Result<Decrypted, Error>> {
    for item in &mut begun {
        if let Ok((pending, key)) = item
            && let Err(error) = key.serves(pending.header())
        {
            *item = Err(error);
        }
    }
    let pairs: Vec<_> = begun
        .iter()
        .flatten()
        .map(|(pending, key)| (*key, pending.ephemeral()))
        .collect();
    let agreed = agree_batch(&pairs);
    let mut agreed = agreed.iter();
    let finish = |item: Result<(Pending, _), Error>| {
        let (pending, _) = item?;
        // There is a Z, or an error, for each.
        let z = agreed.next().ok_or(Error::DecryptFailed)?;
        pending.finish(z.as_ref().map_err(|error| *error)?)
    };
    begun.into_iter().map(finish).collect()
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
