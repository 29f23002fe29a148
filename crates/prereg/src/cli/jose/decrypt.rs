//! `prereg jose decrypt`

use std::path::PathBuf;

use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::error::{Error, UnusableKey};
use jose_core::jwe::{DecryptPolicy, Decrypted, DecryptionKey, begin_decrypt};
use jose_core::jwk::PrivateJwk;
use jose_core::{Backend, Level};
use zeroize::Zeroizing;

use super::Stream;
use super::answer::{Answer, Item, LIMITS};
use crate::cli::Outcome;
use crate::cli::key_file::{self, Keys};

/// Decrypt a compact JWE (ECDH-ES on P-384, AES-GCM) with a private key.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate --use enc > key.jwk
  $ prereg jwk public --key key.jwk > public.jwk
  $ printf secret | prereg jose encrypt --key public.jwk > token.jwe
  $ prereg jose decrypt --key key.jwk token.jwe")]
pub(crate) struct Args {
    /// The recipient's private key: JWK, JWK Set (the token's kid chooses) or PEM.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// An allowed key management algorithm; repeat or separate by commas. All when missing.
    #[arg(long, value_delimiter = ',', value_parser = key_management)]
    alg: Vec<KeyManagement>,
    /// An allowed content encryption; repeat or separate by commas. All when missing.
    #[arg(long, value_delimiter = ',', value_parser = content_encryption)]
    enc: Vec<ContentEncryption>,
    #[command(flatten)]
    pub(crate) stream: Stream,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let text = self.stream.load_key(&self.key)?;
        let policy = DecryptPolicy::new(
            if self.alg.is_empty() {
                &KeyManagement::ALL
            } else {
                &self.alg
            },
            if self.enc.is_empty() {
                &ContentEncryption::ALL
            } else {
                &self.enc
            },
        )
        .with_limits(LIMITS);
        match self.keys(&text) {
            Err(error) => self
                .stream
                .refuse(error, key_file::refusal(&self.key, error)),
            Ok(keys) => self.stream.answer(Item::Token, |token| {
                let decrypted = keys.decrypt(token, &policy)?;
                Ok(Answer::Payload(Zeroizing::new(
                    decrypted.plaintext().to_vec(),
                )))
            }),
        }
    }

    fn keys(&self, text: &[u8]) -> Result<PreparedKeys, Error> {
        let level = if self.stream.lines {
            Level::Many
        } else {
            Level::OneShot
        };
        let prepare = |key: &PrivateJwk| DecryptionKey::prepare(key, level, Backend::default());
        match key_file::private(text)? {
            Keys::One(key) => prepare(&key).map(PreparedKeys::One),
            Keys::Set(set) => {
                let usable = set
                    .keys()
                    .iter()
                    .filter_map(|key| prepare(key).ok())
                    .collect();
                Ok(PreparedKeys::Set(usable))
            }
        }
    }
}

enum PreparedKeys {
    One(DecryptionKey),
    Set(Vec<DecryptionKey>),
}

impl PreparedKeys {
    fn decrypt(&self, token: &[u8], policy: &DecryptPolicy) -> Result<Decrypted, Error> {
        let pending = begin_decrypt(token, policy)?;
        let key = match (self, pending.header().kid()) {
            (Self::One(key), _) => key,
            (Self::Set(keys), Some(kid)) => keys
                .iter()
                .find(|key| key.kid() == Some(kid))
                .ok_or(UnusableKey::UnknownKeyId)?,
            (Self::Set(keys), None) => match keys.as_slice() {
                [only] => only,
                [] => return Err(UnusableKey::UnknownKeyId.into()),
                _ => return Err(UnusableKey::AmbiguousKey.into()),
            },
        };
        pending.finish_with(key)
    }
}

/// Parses an `alg` of a JWE.
pub(super) fn key_management(name: &str) -> Result<KeyManagement, String> {
    KeyManagement::from_name(name).ok_or_else(|| {
        format!(
            "one of {}",
            KeyManagement::ALL.map(KeyManagement::name).join(", ")
        )
    })
}

/// Parses an `enc`.
pub(super) fn content_encryption(name: &str) -> Result<ContentEncryption, String> {
    let names = ContentEncryption::ALL.map(ContentEncryption::name);
    ContentEncryption::from_name(name).ok_or_else(|| format!("one of {}", names.join(", ")))
}
