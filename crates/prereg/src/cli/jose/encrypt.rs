//! `prereg jose encrypt`

use std::path::PathBuf;

use getrandom::SysRng;
use jose_core::alg::{ContentEncryption, KeyManagement};
use jose_core::error::{Error, UnusableKey};
use jose_core::jwe::{EncryptHeader, Recipient};
use jose_core::jwk::{KeyOperation, PublicJwk};
use jose_core::{Backend, Level};

use super::Stream;
use super::answer::{Item, within_limits};
use crate::cli::Outcome;
use crate::cli::key_file::{self, Keys};

/// Encrypt data to a public key: a compact JWE (ECDH-ES on P-384, AES-GCM).
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg jwk generate --use enc > key.jwk
  $ prereg jwk public --key key.jwk > public.jwk
  $ printf secret | prereg jose encrypt --key public.jwk > token.jwe")]
pub(crate) struct Args {
    /// The recipient's public key: JWK, JWK Set (with --kid) or PEM.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Which key of a JWK Set.
    #[arg(long)]
    kid: Option<String>,
    /// The key management algorithm.
    #[arg(long, default_value = "ECDH-ES", value_parser = super::decrypt::key_management)]
    alg: KeyManagement,
    /// The content encryption.
    #[arg(long, default_value = "A256GCM", value_parser = super::decrypt::content_encryption)]
    enc: ContentEncryption,
    /// The token's media type.
    #[arg(long)]
    typ: Option<String>,
    /// The plaintext's media type.
    #[arg(long)]
    cty: Option<String>,
    /// Agreement party information of the sender (apu), as text.
    #[arg(long)]
    apu: Option<String>,
    /// Agreement party information of the recipient (apv), as text.
    #[arg(long)]
    apv: Option<String>,
    #[command(flatten)]
    pub(crate) stream: Stream,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let text = self.stream.load_key(&self.key)?;
        let header = self.header();
        match self.recipient(&text) {
            Err(error) => self
                .stream
                .refuse(error, key_file::refusal(&self.key, error)),
            Ok(recipient) => self.stream.answer(Item::Data, |plaintext| {
                recipient
                    .encrypt(plaintext, &header, &mut SysRng)
                    .and_then(within_limits)
            }),
        }
    }

    fn recipient(&self, text: &[u8]) -> Result<Recipient, Error> {
        let key: PublicJwk = match key_file::public(text)? {
            Keys::Set(set) => set
                .select(self.kid.as_deref(), KeyOperation::Encrypt)?
                .clone(),
            Keys::One(key) if self.kid.is_some() && key.kid() != self.kid.as_deref() => {
                return Err(UnusableKey::UnknownKeyId.into());
            }
            Keys::One(key) => key,
        };
        let level = if self.stream.lines {
            Level::Many
        } else {
            Level::OneShot
        };
        Recipient::prepare(&key, level, Backend::default())
    }

    fn header(&self) -> EncryptHeader {
        let mut header = EncryptHeader::new(self.alg, self.enc);
        if let Some(typ) = &self.typ {
            header = header.with_typ(typ);
        }
        if let Some(cty) = &self.cty {
            header = header.with_cty(cty);
        }
        if let Some(apu) = &self.apu {
            header = header.with_apu(apu.as_bytes());
        }
        if let Some(apv) = &self.apv {
            header = header.with_apv(apv.as_bytes());
        }
        header
    }
}
